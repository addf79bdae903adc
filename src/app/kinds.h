/* kinds: what kind a word of the command line means, as the server has them. */
#ifndef APP_KINDS_H
#define APP_KINDS_H

#include "app/app.h"

/* *kind NULL: the server has none that is called so; nothing is said then, but which one may have been meant is in near (NULL: not
 * wanted), "" for none. STATUS_*. */
int app_kind(struct app *app, const char *word, const struct kind **kind, char near[128]);
/* Turns the loop until *over, no longer than --request-timeout; says so when that was too short. STATUS_*. */
int app_wait_answer(struct app *app, const bool *over);

#endif
