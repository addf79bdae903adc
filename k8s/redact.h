/* redact: takes out of what a cluster said all that may hold a credential. Pure. */
#ifndef K8S_REDACT_H
#define K8S_REDACT_H

#include "base/json.h"

/* An object, or a watch's event around one: environment, commands and arguments of containers, the annotation of kubectl
 * apply and managedFields go; a Secret keeps its metadata alone; "user:password@" of URLs in any text becomes "…@". */
void redact_object(cJSON *object);
/* The same for eyes: whoever may read an object is shown it whole, but for what is a secret. The values of a Secret become
 * "*** (12 bytes)", those of variables that are named as credentials "***", as does what stands in URLs. */
void redact_shown(cJSON *object);
/* A line of text: only the user part of URLs. */
void redact_text(struct buf *out, const char *text, size_t len);

#endif
