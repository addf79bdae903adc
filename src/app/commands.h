/* commands: each one a file under cmd/. */
#ifndef APP_COMMANDS_H
#define APP_COMMANDS_H

#include "app/app.h"

extern const struct command command_assert, command_catalog, command_config, command_cordon, command_dashboard,
    command_delete, command_deploy, command_describe, command_diff, command_drain, command_edge, command_events,
    command_exec, command_get, command_history, command_logs, command_manual, command_new, command_nodes, command_pause, command_place,
    command_pods, command_port_forward, command_record, command_render, command_replay, command_restart, command_resume,
    command_rollback, command_scale, command_start, command_status, command_stop, command_tail, command_timing,
    command_uncordon, command_validate, command_warm, command_why;

/* Of the table in main.c; NULL behind the last. */
const struct command *command_at(size_t i);
/* By name or alias, NULL: there is none. Whether it takes these options and words: STATUS_*, said on standard error. */
const struct command *command_find(const char *name);
int command_check(const struct command *command, const struct options *options);
/* The dashboard until it is left. file NULL: on what is deployed. */
int app_dashboard(struct app *app, const char *file);

#endif
