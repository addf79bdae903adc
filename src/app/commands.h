/* commands: each one a file under cmd/. */
#ifndef APP_COMMANDS_H
#define APP_COMMANDS_H

#include "app/app.h"

extern const struct command command_dashboard, command_new, command_catalog, command_validate, command_render,
    command_deploy, command_status, command_timing, command_delete, command_nodes, command_pods, command_events,
    command_logs, command_tail, command_exec, command_port_forward, command_place, command_record, command_edge, command_history,
    command_rollback, command_restart, command_stop, command_start, command_scale, command_pause, command_resume;

#endif
