/* istr: interned, counted strings. Equal texts are one pointer, so records share namespaces, images and node names and
 * compare them by address. One pool, one thread. NULL stands for "not given" everywhere and is passed through. */
#ifndef BASE_ISTR_H
#define BASE_ISTR_H

#include "base/base.h"

typedef const char *istr; /* the one typedef: it marks who must unref */

istr istr_new(const char *s); /* NULL gives NULL */
istr istr_newn(const char *s, size_t len);
istr istr_ref(istr s);
void istr_unref(istr s);
/* How many different strings live, and their bytes with overhead. */
size_t istr_count(void);
size_t istr_bytes(void);

#endif
