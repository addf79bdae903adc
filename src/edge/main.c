/* patchbay-edge: the embedded cluster. */
#include <getopt.h>
#include <signal.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/text.h"
#include "edge/agent.h"
#include "edge/cert.h"
#include "edge/reaper.h"
#include "edge/seed.h"
#include "edge/slices.h"

static const char usage[] =
    "usage: patchbay-edge [--port N] [--kubeconfig PATH] [--state DIR] [--thing PATH] [--watch-fd N]\n"
    "\n"
    "A small Kubernetes cluster on this machine: an API server on 127.0.0.1, four nodes with one\n"
    "simulated GPU each, and pods that are local processes. It ends with Ctrl-C and leaves nothing.\n"
    "\n"
    "  --port N           listen on this port (any free one)\n"
    "  --kubeconfig PATH  write the kubeconfig here (in the state folder)\n"
    "  --state DIR        keep this run's files in a folder of its own below DIR\n"
    "  --thing PATH       the program that is run for the image patchbay/thing:1\n"
    "  --watch-fd N       end when this descriptor is closed at its other end\n"
    "  --help, --version\n"
    "\n"
    "It prints `ready PATH` when it can be used; then: kubectl --kubeconfig PATH get nodes\n";

struct options {
    uint16_t port;
    int watch_fd; /* -1: none */
    const char *kubeconfig, *state, *thing;
};

struct edge {
    struct loop *loop;
    char *state, *logs, *kubeconfig; /* state: this run's own folder */
    bool kubeconfig_written, stopping, stopped;
    struct edge_net net;
    char *cert, *key, *token;
    struct edge_store *store;
    struct edge_reaper *reaper;
    struct http_transport *http;
    struct edge_proxy *proxy;
    struct edge_controllers *controllers;
    struct edge_node_agents *agents;
    struct edge_api *api;
    struct loop_signal signals[3];
    struct edge_slices *slices;
    struct loop_timer renew;
    struct loop_io parent;
};

/* 0 to go on, else the exit status plus one. */
static int read_options(struct options *options, int argc, char **argv)
{
    enum { PORT = 1, KUBECONFIG, STATE, THING, WATCH_FD, HELP, SHOW_VERSION };
    static const struct option known[] = {
        {"port", required_argument, NULL, PORT},         {"kubeconfig", required_argument, NULL, KUBECONFIG},
        {"state", required_argument, NULL, STATE},       {"thing", required_argument, NULL, THING},
        {"watch-fd", required_argument, NULL, WATCH_FD}, {"help", no_argument, NULL, HELP},
        {"version", no_argument, NULL, SHOW_VERSION},    {0},
    };
    int option;
    int64_t number;
    while ((option = getopt_long(argc, argv, "h", known, NULL)) != -1) {
        switch (option) {
        case PORT:
            if (!text_int(optarg, &number) || number < 0 || number > 65535) {
                fprintf(stderr, "patchbay-edge: --port takes a number from 0 to 65535, not '%s'\n", optarg);
                return 3;
            }
            options->port = (uint16_t)number;
            break;
        case KUBECONFIG:
            options->kubeconfig = optarg;
            break;
        case STATE:
            options->state = optarg;
            break;
        case THING:
            options->thing = optarg;
            break;
        case WATCH_FD:
            if (!text_int(optarg, &number) || number < 3 || number > 1 << 20) {
                fprintf(stderr, "patchbay-edge: --watch-fd takes a descriptor's number, not '%s'\n", optarg);
                return 3;
            }
            options->watch_fd = (int)number;
            break;
        case HELP:
        case 'h':
            fputs(usage, stdout);
            return 1;
        case SHOW_VERSION:
            printf("patchbay-edge %s\n", PACKAGE_VERSION);
            return 1;
        default:
            fputs("try: patchbay-edge --help\n", stderr);
            return 3;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "patchbay-edge: '%s' is not expected here\ntry: patchbay-edge --help\n", argv[optind]);
        return 3;
    }
    return 0;
}

static int make_folders(struct edge *e, const char *below, struct err *err)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR"), *tmp = getenv("TMPDIR");
    if (below && file_mkdirs(below, 0700, err) < 0)
        return -1;
    if (!below)
        below = runtime && *runtime && access(runtime, W_OK) == 0 ? runtime : tmp && *tmp ? tmp : "/tmp";
    char *folder = xasprintf("%s/patchbay-edge-XXXXXX", below);
    if (!mkdtemp(folder)) {
        err_set_errno(err, "cannot make a folder for this run below '%s'", below);
        free(folder);
        return -1;
    }
    e->state = folder;
    e->logs = xasprintf("%s/logs", e->state);
    return file_mkdirs(e->logs, 0700, err);
}

static char *make_token(void)
{
    uint8_t bytes[24];
    struct buf text;
    buf_init(&text, 64);
    digest_random(bytes, sizeof bytes);
    digest_base64url(&text, bytes, sizeof bytes);
    return buf_take(&text);
}

static void agents_stopped(void *data)
{
    struct edge *e = data;
    e->stopped = true;
}

static void stop(struct edge *e)
{
    if (e->stopping)
        return;
    e->stopping = true;
    edge_controllers_free(e->controllers); /* nobody starts pods again */
    e->controllers = NULL;
    edge_node_agents_stop(e->agents, agents_stopped, e);
}

static void on_signal(void *data, int signo)
{
    (void)signo;
    stop(data);
}

static void on_parent(void *data, short revents)
{
    struct edge *e = data;
    char byte[64];
    ssize_t n = read(e->parent.fd, byte, sizeof byte);
    (void)revents;
    if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
        return;
    loop_io_stop(&e->parent);
    stop(e);
}

#define RENEW_EVERY (10 * NSEC_PER_SEC)

static void renew_leases(void *data)
{
    struct edge *e = data;
    edge_seed_renew(e->store);
    loop_timer_start(&e->renew, RENEW_EVERY);
}

static int start(struct edge *e, const struct options *options, struct err *err)
{
    if (make_folders(e, options->state, err) < 0)
        return -1;
    e->reaper = edge_reaper_new(e->loop, e->state, NULL, err);
    if (!e->reaper || edge_net_init(&e->net, err) < 0 || edge_cert_make(&e->cert, &e->key, err) < 0)
        return -1;
    e->token = make_token();
    if (options->thing) {
        static const char *const names[] = {"patchbay/thing", "patchbay/thing:1", "patchbay/thing:latest"};
        for (size_t i = 0; i < ARRAY_SIZE(names); i++)
            edge_image_add(names[i], options->thing);
    }
    e->store = edge_store_new(e->loop);
    if (edge_seed(e->store, &e->net, err) < 0)
        return -1;
    renew_leases(e);
    e->http = http_curl_new(e->loop, "patchbay-edge/" PACKAGE_VERSION);
    e->proxy = edge_proxy_new(e->store, &e->net, err);
    if (!e->proxy)
        return -1;
    e->agents = edge_node_agents_new(e->store, e->http, &e->net, e->logs, edge_proxy_url(e->proxy));
    edge_node_agents_use_reaper(e->agents, e->reaper);
    e->controllers = edge_controllers_new(e->store);
    e->slices = edge_slices_new(e->store);
    struct edge_api_options api = {
        .port = options->port, .token = e->token, .cert_pem = e->cert, .key_pem = e->key, .http = e->http};
    e->api = edge_api_new(e->store, &api, e->agents, err);
    if (!e->api)
        return -1;
    e->kubeconfig = options->kubeconfig ? xstrdup(options->kubeconfig) : xasprintf("%s/kubeconfig", e->state);
    if (edge_kubeconfig_save(e->kubeconfig, edge_api_port(e->api), e->cert, e->token, err) < 0)
        return -1;
    e->kubeconfig_written = true;
    return 0;
}

static void finish(struct edge *e)
{
    struct err err = ERR_INIT;
    /* The signals stay watched to the end, and say nothing new: told once more while it ends, it must not die half way,
     * or its files would stay. */
    e->stopping = true;
    loop_io_stop(&e->parent);
    loop_timer_stop(&e->renew);
    edge_api_free(e->api);
    edge_slices_free(e->slices);
    edge_controllers_free(e->controllers);
    edge_node_agents_free(e->agents);
    edge_proxy_free(e->proxy);
    if (e->http)
        http_transport_free(e->http);
    edge_store_free(e->store);
    edge_reaper_free(e->reaper);
    edge_images_release();
    if (e->kubeconfig_written)
        unlink(e->kubeconfig);
    if (e->state)
        file_remove_tree(e->state, &err);
    free(e->state);
    free(e->logs);
    free(e->kubeconfig);
    free(e->cert);
    free(e->key);
    free(e->token);
    loop_free(e->loop);
}

int main(int argc, char **argv)
{
    if (argc > 1 && str_eq(argv[1], "--reaper"))
        return edge_reaper_main(argc, argv);
    struct options options = {.watch_fd = -1};
    int rc = read_options(&options, argc, argv);
    if (rc)
        return rc - 1;
    static const int signos[] = {SIGTERM, SIGINT, SIGHUP};
    struct err err = ERR_INIT;
    struct edge e = {.loop = loop_new(NULL)};
    signal(SIGPIPE, SIG_IGN);
    loop_io_init(&e.parent, e.loop, on_parent, &e);
    loop_timer_init(&e.renew, e.loop, renew_leases, &e);
    for (size_t i = 0; i < ARRAY_SIZE(signos); i++) {
        loop_signal_init(&e.signals[i], e.loop, on_signal, &e);
        loop_signal_start(&e.signals[i], signos[i]);
    }
    if (start(&e, &options, &err) < 0) {
        fprintf(stderr, "patchbay-edge: %s\n", err.text);
        finish(&e);
        return 2;
    }
    if (options.watch_fd >= 0)
        loop_io_start(&e.parent, options.watch_fd, POLLIN);
    printf("ready %s\n", e.kubeconfig);
    fflush(stdout);
    while (!e.stopped) /* not loop_run: what ends last still needs the loop */
        loop_turn(e.loop, -1);
    finish(&e);
    return 0;
}
