/* options: the command line, from one table; help and completion are read from it too. */
#ifndef APP_OPTIONS_H
#define APP_OPTIONS_H

#include "base/err.h"

enum option_id {
    OPT_HELP, OPT_VERSION, OPT_EDGE, OPT_KUBECONFIG, OPT_CONTEXT, OPT_NAMESPACE, OPT_ALL, OPT_SELECTOR, OPT_TIMEOUT_REQUEST,
    OPT_OUTPUT, OPT_WATCH, OPT_FILE, OPT_WAIT, OPT_TIMEOUT, OPT_DRY_RUN, OPT_FORCE, OPT_SET, OPT_SAMPLE, OPT_CHECK,
    OPT_FOLLOW, OPT_TAIL, OPT_PREVIOUS, OPT_TIMESTAMPS, OPT_CONTAINER, OPT_STDIN, OPT_TTY, OPT_LABEL, OPT_MIN_CONFIDENCE,
    OPT_COUNT_LIMIT, OPT_THING,
    OPT_PORT, OPT_YES, OPT_READ_ONLY, OPT_ASCII, OPT_AS, OPT_AS_GROUP, OPT_AS_UID, OPT_LIMIT, OPT_OVERLAY,
    OPT_TAKE_OVER, OPT_TO, OPT_REVISION, OPT_COMPARE, OPT_PARALLEL, OPT_REPLICAS, OPT_ONLY, OPT_AT, OPT_FILTER, OPT_RULES,
    OPT_MIN_FPS, OPT_MAX_AGE, OPT_CONTEXTS,
    OPT_SINCE, OPT_UNTIL, OPT_GREP,
    OPTION_COUNT
};

#define OPT(id) (UINT64_C(1) << (id))
/* What every command that talks to a cluster takes. */
#define OPTS_CLUSTER                                                                                                   \
    (OPT(OPT_EDGE) | OPT(OPT_KUBECONFIG) | OPT(OPT_CONTEXT) | OPT(OPT_NAMESPACE) | OPT(OPT_TIMEOUT_REQUEST) |          \
     OPT(OPT_AS) | OPT(OPT_AS_GROUP) | OPT(OPT_AS_UID))
#define OPTS_LIST (OPT(OPT_ALL) | OPT(OPT_SELECTOR) | OPT(OPT_OUTPUT) | OPT(OPT_WATCH) | OPT(OPT_FILTER))

struct option_row {
    const char *name;  /* without the dashes */
    char letter;       /* 0: none */
    const char *value; /* its value's name, NULL: a flag */
    const char *help;
    bool repeats;
};
extern const struct option_row option_rows[OPTION_COUNT];

struct options {
    const char *values[OPTION_COUNT]; /* NULL: not given; "" for a flag */
    const char **sets;                /* --set, as often as given */
    size_t set_count;
    const char **overlays;            /* --overlay, as often as given */
    size_t overlay_count;
    const char **take_overs;          /* --take-over, as often as given */
    size_t take_over_count;
    const char **onlys;               /* --only, as often as given */
    size_t only_count;
    const char **groups;              /* --as-group, as often as given; NULL-terminated, NULL: never */
    size_t group_count;
    const char **args;                /* what is no option, the command's name not among them */
    int arg_count;
    uint64_t given;
};

static inline bool options_has(const struct options *o, enum option_id id)
{
    return o->values[id] != NULL;
}

/* Reads argv (without the program's name). Options may stand anywhere; "--" ends them. An unknown one is an error that
 * names the nearest. */
int options_parse(struct options *o, int argc, char **argv, struct err *err);
void options_release(struct options *o);

#endif
