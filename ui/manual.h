/* manual: the part of the manual that tells of the dashboard, in roff (man(7)), read from the tables that do the work. */
#ifndef UI_MANUAL_H
#define UI_MANUAL_H

#include "base/buf.h"

/* A text as it is, whatever it begins with or contains. */
void manual_text(struct buf *out, const char *text);
/* Sections: keys of each view, the words of the `:` line, the configuration with its themes and notices. */
void manual_dashboard(struct buf *out);

#endif
