#include "app/commands.h"
#include "app/target.h"
#include "base/text.h"
#include "k8s/forward.h"
#include "k8s/record.h"

#define MAX_PORTS 64

struct asked {
    uint16_t local, remote;
};

struct forwards {
    struct app *app;
    struct forward *items[MAX_PORTS];
    bool over;
};

static bool port_of(const char *text, size_t len, int64_t least, uint16_t *out)
{
    char *word = xstrndup(text, len);
    int64_t number;
    bool good = text_int(word, &number) && number >= least && number <= 65535;
    free(word);
    if (good)
        *out = (uint16_t)number;
    return good;
}

/* A name among the ports of the pod's containers; 0: no. */
static uint16_t named_port(const cJSON *pod, const char *name)
{
    const cJSON *container, *port;
    cJSON_ArrayForEach(container, json_array(pod, "spec.containers")) {
        cJSON_ArrayForEach(port, json_array(container, "ports")) {
            int64_t number = json_int(port, "containerPort", 0);
            if (str_eq(json_str(port, "name"), name) && number > 0 && number <= 65535)
                return (uint16_t)number;
        }
    }
    return 0;
}

/* "8080", "8080:80", ":80", "8080:http". */
static int read_asked(const char *word, const cJSON *pod, struct asked *out, struct err *err)
{
    const char *colon = strchr(word, ':'), *remote = colon ? colon + 1 : word;
    *out = (struct asked){0};
    if (!port_of(remote, strlen(remote), 1, &out->remote))
        out->remote = named_port(pod, remote);
    if (!out->remote || (colon && colon > word && !port_of(word, (size_t)(colon - word), 0, &out->local)))
        return err_set(err, "'%s' is no port of this pod: it takes PORT, LOCAL:PORT or :PORT, where PORT is a number or a "
                       "name that the pod gives one", word);
    if (!colon)
        out->local = out->remote;
    return 0;
}

static void on_failed(void *data, const char *why)
{
    (void)data;
    app_note("patchbay: %s", why);
}

struct look {
    struct forwards *forwards;
    const char *ns, *pod;
    int status;
};

/* The pod is looked at once: for the names of ports, and so that a pod that is not there is said now. */
static void on_pod(void *data, const struct kube_answer *answer)
{
    static const struct forward_events events = {.failed = on_failed};
    struct look *look = data;
    const struct options *o = look->forwards->app->options;
    for (int i = 1; i < o->arg_count; i++) {
        struct err err = ERR_INIT;
        struct asked asked;
        struct forward *f = NULL;
        if (read_asked(o->args[i], answer->json, &asked, &err) == 0)
            f = forward_new(look->forwards->app->client,
                            &(struct forward_options){look->ns, look->pod, asked.local, asked.remote}, &events, NULL, &err);
        if (!f) {
            look->status = app_fail(STATUS_USAGE, &err);
            return;
        }
        look->forwards->items[i - 1] = f;
        printf("Forwarding from 127.0.0.1:%u -> %u\n", forward_port(f), asked.remote);
        if (forward_has_ipv6(f))
            printf("Forwarding from [::1]:%u -> %u\n", forward_port(f), asked.remote);
    }
    fflush(stdout);
}

static int start(struct forwards *forwards, const char *ns, const char *pod)
{
    struct look look = {.forwards = forwards, .ns = ns, .pod = pod};
    struct buf path;
    buf_init(&path, 4096);
    kind_path(&path, &kind_pod, ns, pod);
    int status = app_get(forwards->app, &(struct kube_request){.path = path.data}, on_pod, &look);
    buf_release(&path);
    return status == STATUS_DONE ? look.status : status;
}

static int run(struct app *app)
{
    struct forwards forwards = {.app = app};
    char *pod = NULL, *ns = NULL;
    int status = app_connect(app);
    if (status == STATUS_DONE)
        status = target_find(app, app->options->args[0], &ns, &pod);
    if (status == STATUS_DONE)
        status = start(&forwards, ns, pod);
    if (status == STATUS_DONE) {
        app_end_with_reader(app, &forwards.over);
        status = app_wait(app, &forwards.over, 0);
    }
    for (size_t i = 0; i < MAX_PORTS; i++)
        forward_free(forwards.items[i]);
    free(pod);
    free(ns);
    return status;
}

const struct command command_port_forward = {
    .name = "port-forward",
    .args = "POD|[GRAPH/]THING [LOCAL:]PORT…",
    .summary = "a port of this machine that leads to a pod's",
    .help = "Listens on this machine's loopback and carries each connection to a port of the pod, until it is interrupted. One\n"
            "that breaks is named and ends alone. LOCAL 0, or nothing before the colon, is any free port; it is printed.\n"
            "PORT may be a name that the pod's container gives a port.\n"
            "\n"
            "  patchbay port-forward lobby/monitoring 8080\n"
            "  patchbay port-forward -n media object-detect 0:8080",
    .options = OPTS_CLUSTER,
    .min_args = 2,
    .max_args = 1 + MAX_PORTS,
    .run = run,
};
