/* fleet: many clusters at a glance: a row for each context whose name matches, asked all at once. */
#ifndef APP_FLEET_H
#define APP_FLEET_H

#include "app/app.h"

/* `patchbay status --contexts`: names may have * and ?, commas stand between several. One that is slow or dead has a row that says
 * so and holds no other up. STATUS_*. */
int fleet_status(struct app *app, const char *names);

#endif
