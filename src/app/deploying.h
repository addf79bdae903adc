/* deploying: a deployment as a command follows it: each object, with --wait the pods as they come up, then the timing. */
#ifndef APP_DEPLOYING_H
#define APP_DEPLOYING_H

#include "app/app.h"
#include "app/deployer.h"

/* Returns the command's status. An interruption lets the cluster know that it was cut short. */
int deploying_run(struct app *app, const struct deployer_options *options, const char *ns, const char *graph);

#endif
