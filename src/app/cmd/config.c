#include "ui/config.h"

#include "app/commands.h"
#include "base/file.h"

static int run(struct app *app)
{
    const struct options *o = app->options;
    char *path = o->values[OPT_CHECK] ? xstrdup(o->values[OPT_CHECK]) : o->arg_count ? xstrdup(o->args[0]) : config_path();
    bool told = o->values[OPT_CHECK] || o->arg_count;
    if (told && !str_eq(path, "-") && !file_exists(path)) {
        int status = app_failf(STATUS_USAGE, "cannot read '%s': there is no such file", path);
        free(path);
        return status;
    }
    struct config *config = config_load(path);
    struct buf line;
    buf_init(&line, 4096);
    for (size_t i = 0; i < config->faults.count; i++) {
        buf_reset(&line);
        fault_format(&config->faults.items[i], &line);
        printf("%s\n", line.data);
    }
    int status = config->faults.count ? STATUS_FAULT : STATUS_DONE;
    if (!config->faults.count && !told && !file_exists(path))
        app_note("%s is not there: all is as delivered", path);
    else if (!config->faults.count)
        app_note("%s has no faults", path);
    buf_release(&line);
    config_free(config);
    free(path);
    return status;
}

const struct command command_config = {
    .name = "config",
    .args = "[FILE]",
    .summary = "the faults of the dashboard's configuration",
    .help = "Checks $XDG_CONFIG_HOME/patchbay/config.yaml, or FILE, and names each fault with line and column (exit 1). What is\n"
            "faulty has no effect; the rest has. In the dashboard ':config' reads it again.\n"
            "\n"
            "  theme: high-contrast              # as ':theme' names them\n"
            "  mouse: false\n"
            "  protected: [production, \"prod-*\"]  # contexts where ':write' comes before anything is changed\n"
            "  keys:\n"
            "    pods: {delete: F8, l: F3}       # by the hint's word, or by the key it has; ? lists them\n"
            "    list: {\">\": [\">\", S-Right]}\n"
            "  columns:\n"
            "    pods: [NAME, STATUS, AGE]       # these, in this order\n"
            "  notices:                          # bell: the terminal's; osc9: one of the desktop\n"
            "  - {pod: CrashLoopBackOff, do: bell}\n"
            "  - {deployment: finished, do: [bell, osc9]}",
    .options = OPT(OPT_CHECK),
    .max_args = 1,
    .run = run,
};
