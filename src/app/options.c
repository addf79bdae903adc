#include "app/options.h"

#include "base/text.h"

const struct option_row option_rows[OPTION_COUNT] = {
    [OPT_HELP] = {"help", 'h', NULL, "what this command does and takes"},
    [OPT_VERSION] = {"version", 0, NULL, "the version"},
    [OPT_EDGE] = {"edge", 0, NULL, "on the embedded cluster, started for this and stopped after it"},
    [OPT_KUBECONFIG] = {"kubeconfig", 0, "FILE", "the kubeconfig file, instead of $KUBECONFIG or ~/.kube/config"},
    [OPT_CONTEXT] = {"context", 0, "NAME", "the kubeconfig context, instead of the current one"},
    [OPT_NAMESPACE] = {"namespace", 'n', "NAME", "the namespace, instead of the context's"},
    [OPT_ALL] = {"all-namespaces", 'A', NULL, "all namespaces"},
    [OPT_SELECTOR] = {"selector", 'l', "LABELS", "only what has these labels, as kubectl's -l"},
    [OPT_TIMEOUT_REQUEST] = {"request-timeout", 0, "TIME", "give a request up after this long, e.g. 10s"},
    [OPT_OUTPUT] = {"output", 'o', "FORMAT", "table, wide, json, yaml, csv or name"},
    [OPT_WATCH] = {"watch", 'w', NULL, "go on and print what changes"},
    [OPT_FILE] = {"filename", 'f', "FILE", "the document, '-' for standard input"},
    [OPT_WAIT] = {"wait", 0, NULL, "wait until every pod is as it is to be; deploy then prints the timing"},
    [OPT_TIMEOUT] = {"timeout", 0, "TIME", "wait at most this long, e.g. 5m"},
    [OPT_DRY_RUN] = {"dry-run", 0, NULL, "let the cluster check everything and change nothing"},
    [OPT_FORCE] = {"force-conflicts", 0, NULL, "take over fields that other managers own"},
    [OPT_SET] = {"set", 0, "THING.PARAM=VALUE", "another value for a parameter, replicas or gpu, this time only", true},
    [OPT_SAMPLE] = {"sample", 0, "NAME", "start from a sample graph instead of an empty one"},
    [OPT_CHECK] = {"check", 0, "FILE", "check this catalogue file and name its faults"},
    [OPT_FOLLOW] = {"follow", 'f', NULL, "go on with what comes"},
    [OPT_TAIL] = {"tail", 0, "LINES", "only the last lines"},
    [OPT_PREVIOUS] = {"previous", 'p', NULL, "of the container's run before this one"},
    [OPT_TIMESTAMPS] = {"timestamps", 0, NULL, "each line with its time"},
    [OPT_CONTAINER] = {"container", 'c', "NAME", "the container, where a pod has several"},
    [OPT_STDIN] = {"stdin", 'i', NULL, "give the command our standard input"},
    [OPT_TTY] = {"tty", 't', NULL, "give the command a terminal"},
    [OPT_LABEL] = {"label", 0, "LABEL", "only detections with an object of this label"},
    [OPT_THING] = {"thing", 0, "NAME", "only of this thing"},
    [OPT_MIN_CONFIDENCE] = {"min-confidence", 0, "0..1", "only objects at least this sure"},
    [OPT_COUNT_LIMIT] = {"count", 0, "N", "end after this many"},
    [OPT_PORT] = {"port", 0, "PORT", "the port to listen on, instead of any free one"},
    [OPT_YES] = {"yes", 'y', NULL, "do not ask"},
    [OPT_READ_ONLY] = {"read-only", 0, NULL, "write nothing to the cluster"},
    [OPT_ASCII] = {"ascii", 0, NULL, "draw with ASCII only"},
    [OPT_AS] = {"as", 0, "USER", "act as this user, where the cluster allows it"},
    [OPT_AS_GROUP] = {"as-group", 0, "GROUP", "act as a member of this group", true},
    [OPT_AS_UID] = {"as-uid", 0, "UID", "act as the user with this uid"},
    [OPT_OVERLAY] = {"overlay", 0, "FILE", "what this site has otherwise: a ServiceGraph laid over the document", true},
    [OPT_REPLICAS] = {"replicas", 0, "N", "how many pods of it"},
    [OPT_TAKE_OVER] = {"take-over", 0, "THING", "take over what other managers set of this thing", true},
    [OPT_RULES] = {"rules", 0, NULL, "the causes that are known, and nothing else", false},
    [OPT_ONLY] = {"only", 0, "THING[,THING]", "only these things, with what goes into them; the rest stays as it is deployed", true},
    [OPT_TO] = {"to", 0, "REVISION", "the deployment to go back to, instead of the one before"},
    [OPT_REVISION] = {"revision", 0, "REVISION", "of this deployment, as 'history' numbers them"},
    [OPT_COMPARE] = {"compare", 0, "REVISION", "beside an earlier deployment: how much more or less each phase took"},
    [OPT_PARALLEL] = {"parallel", 0, "N", "so many at a time"},
    [OPT_MIN_FPS] = {"min-fps", 0, "N", "at least so many frames a second on every wire"},
    [OPT_MAX_AGE] = {"max-age", 0, "TIME", "the last frame or result is no older, e.g. 10s"},
    [OPT_CONTEXTS] = {"contexts", 0, "PATTERN", "each cluster whose context's name matches, e.g. 'shop-*'"},
    [OPT_FILTER] = {"filter", 0, "WORDS", "only rows that pass, as behind '/' on the screen: 'status!=Running restarts>3 /cam.*/'"},
    [OPT_AT] = {"at", 0, "TIME", "then: 02:14, 02:14:07, first, last or +5m from the beginning"},
    [OPT_SINCE] = {"since", 0, "TIME", "what was written since then: 10m ago, or a time"},
    [OPT_UNTIL] = {"until", 0, "TIME", "what was written before then"},
    [OPT_GREP] = {"grep", 0, "FILTER", "only lines that fit: TEXT, !TEXT, /REGEX/, level=warning, from=NAME, with ' & ' between"},
    [OPT_LIMIT] = {"limit", 0, "SIZE", "at most this much, e.g. 64Mi"},
};

static int find(const char *name, size_t len)
{
    for (int i = 0; i < OPTION_COUNT; i++)
        if (strlen(option_rows[i].name) == len && memcmp(option_rows[i].name, name, len) == 0)
            return i;
    return -1;
}

static int find_letter(char letter)
{
    for (int i = 0; i < OPTION_COUNT; i++)
        if (option_rows[i].letter == letter)
            return i;
    return -1;
}

static int unknown(const char *arg, struct err *err)
{
    const char *names[OPTION_COUNT + 1];
    for (int i = 0; i < OPTION_COUNT; i++)
        names[i] = option_rows[i].name;
    names[OPTION_COUNT] = NULL;
    char *name = xstrndup(arg, strcspn(arg, "="));
    const char *plain = name + strspn(name, "-");
    const char *near = strlen(plain) > 1 ? text_nearest(plain, names) : NULL;
    if (near)
        err_set(err, "there is no option '%s'; did you mean '--%s'?", name, near);
    else
        err_set(err, "there is no option '%s'; 'patchbay help' lists them", name);
    free(name);
    return -1;
}

static void append(const char ***list, size_t *count, const char *value)
{
    *list = xreallocarray(*list, *count + 2, sizeof **list);
    (*list)[(*count)++] = value;
    (*list)[*count] = NULL;
}

static int take(struct options *o, int id, const char *value, struct err *err)
{
    if (value && !option_rows[id].value)
        return err_set(err, "the option '--%s' takes no value", option_rows[id].name);
    o->given |= OPT(id);
    if (option_rows[id].repeats) {
        switch (id) {
        case OPT_SET: append(&o->sets, &o->set_count, value); break;
        case OPT_OVERLAY: append(&o->overlays, &o->overlay_count, value); break;
        case OPT_ONLY: append(&o->onlys, &o->only_count, value); break;
        case OPT_TAKE_OVER: append(&o->take_overs, &o->take_over_count, value); break;
        default: append(&o->groups, &o->group_count, value); break;
        }
    }
    o->values[id] = value ? value : "";
    return 0;
}

/* -f is a file where one is taken (OPT_FILE stands before OPT_FOLLOW); after logs and tail it means "follow". */
static bool follows(const struct options *o)
{
    const char *command = o->arg_count ? o->args[0] : "";
    return str_eq(command, "logs") || str_eq(command, "log") || str_eq(command, "tail");
}

int options_parse(struct options *o, int argc, char **argv, struct err *err)
{
    *o = (struct options){0};
    o->args = xcalloc((size_t)argc + 1, sizeof *o->args);
    for (int i = 0; i < argc; i++) {
        const char *arg = argv[i];
        if (arg[0] != '-' || !arg[1]) {
            o->args[o->arg_count++] = arg;
            continue;
        }
        if (str_eq(arg, "--")) {
            while (++i < argc)
                o->args[o->arg_count++] = argv[i];
            break;
        }
        if (arg[1] == '-') {
            size_t len = strcspn(arg + 2, "=");
            const char *value = arg[2 + len] == '=' ? arg + 2 + len + 1 : NULL;
            int id = find(arg + 2, len);
            if (id < 0)
                return unknown(arg, err);
            if (!value && option_rows[id].value && ++i < argc)
                value = argv[i];
            if (!value && option_rows[id].value)
                return err_set(err, "the option '--%s' needs a value: --%s %s", option_rows[id].name,
                               option_rows[id].name, option_rows[id].value);
            if (take(o, id, value, err) < 0)
                return -1;
            continue;
        }
        for (const char *p = arg + 1; *p; p++) {
            int id = *p == 'f' && follows(o) ? OPT_FOLLOW : find_letter(*p);
            if (id < 0)
                return unknown(arg, err);
            const char *value = NULL;
            if (option_rows[id].value) {
                value = p[1] ? p + 1 + (p[1] == '=') : ++i < argc ? argv[i] : NULL;
                if (!value)
                    return err_set(err, "the option '-%c' needs a value: -%c %s", *p, *p, option_rows[id].value);
            }
            if (take(o, id, value, err) < 0)
                return -1;
            if (value)
                break;
        }
    }
    return 0;
}

void options_release(struct options *o)
{
    free(o->sets);
    free(o->overlays);
    free(o->take_overs);
    free(o->onlys);
    free(o->groups);
    free(o->args);
}
