/* app: what the commands share: the loop, the way to the cluster, the catalogue. */
#ifndef APP_APP_H
#define APP_APP_H

#include "app/options.h"
#include "graph/catalogue.h"
#include "k8s/access.h"
#include "k8s/applyset.h"
#include "k8s/client.h"
#include "k8s/reflector.h"
#include "k8s/store.h"

/* Exit codes: STATUS_* everywhere, as the manual says. */
enum {
    STATUS_DONE = 0,        /* done */
    STATUS_FAULT = 1,       /* a fault found, or a deployment failed */
    STATUS_USAGE = 2,       /* wrong usage, or a file, terminal or port that cannot be used */
    STATUS_UNREACHABLE = 3, /* the cluster cannot be reached */
};

struct edge_process;
struct config;
struct playback;

struct app {
    const struct options *options;
    struct loop *loop;
    struct http_transport *transport;
    struct kube_config *config;
    struct kube_client *client;        /* after app_connect */
    const struct kube_context *context;
    const char *ns;                    /* -n, else the context's */
    int64_t request_timeout;           /* --request-timeout, ns; 0: none */
    const char *record_file;           /* what the cluster says is written down there; NULL: not at all */
    uint64_t record_limit;             /* bytes */
    struct edge_process *edge;         /* with --edge */
    struct playback *playback;         /* a recording stands for the cluster; NULL: none does */
    struct catalogue catalogue;        /* after app_catalogue */
    bool has_catalogue;
    struct catalogue *retired;         /* what documents may still point into: see entries.h */
    size_t retired_count, retired_cap;
    bool entries_asked;                /* the cluster was asked for its part */
    char *catalogue_mark;              /* what of it came from the cluster; NULL: nothing */
    char *catalogue_note;              /* its first fault; NULL: none */
    const struct config *dashboard_config; /* the dashboard's; NULL: none */
    bool quiet;                        /* standard error is under the dashboard */
    struct loop_signal interrupt, terminate;
    bool interrupted;
    struct loop_io reader; /* standard output, for those that go on printing */
    bool *reader_left;
};

/* A command: one row of the table in main.c, one file under cmd/. */
struct command {
    const char *name, *alias;
    const char *args;    /* "FILE", "GRAPH [THING]" */
    const char *summary; /* one line */
    const char *help;    /* what it prints, examples */
    uint64_t options;    /* OPT(…) it takes, beside --help */
    int min_args, max_args;
    int (*run)(struct app *app); /* STATUS_* */
};

/* "patchbay: SENTENCE" on standard error; returns status. */
int app_fail(int status, const struct err *err);
int app_failf(int status, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* A line on standard error about what goes on; what the cluster said in it is made harmless. */
void app_note(const char *fmt, ...) PRINTF_LIKE(1, 2);
/* To standard output at once, and releases it; says so where the buffer could not hold all of it. */
void app_print(struct buf *out);

/* For what goes on printing: *over becomes true when nobody reads standard output any more ("| head -1"). */
void app_end_with_reader(struct app *app, bool *over);
void app_init(struct app *app, const struct options *options);
void app_release(struct app *app);
/* What every way to a cluster needs and none waits for: signals, time-outs, the transport. STATUS_*. */
int app_begin(struct app *app);
/* The contexts of a kubeconfig, as the options want them (--as); path as in kube_config_load. The caller's. */
struct kube_config *app_config(const struct app *app, const char *path, struct err *err);
/* A client of a context, as the options want it; the caller's. */
struct kube_client *app_client(struct app *app, const struct kube_context *context);
/* The way to the cluster, after app_begin, which it does: context, client, with --edge the embedded cluster first. STATUS_DONE, or the
 * sentence was printed and this is the status to end with. */
int app_connect(struct app *app);
/* Reads the catalogue, but for the cluster's part (entries.h): assets, then the user's folder over it. A broken entry is named
 * on standard error, the rest works. */
int app_catalogue(struct app *app);
/* Lists a kind into the store: returns when it is whole. ns NULL: all. With `out`, the reflector goes on and is the
 * caller's; NULL: it ends. STATUS_*. */
int app_list(struct app *app, struct store *store, const char *ns, const char *selector, struct reflector **out);
/* What is only of help: where it may not be listed, the store stays empty and nothing is said. */
int app_list_if_allowed(struct app *app, struct store *store, const char *ns, const char *selector);
/* All namespaces; where these may not be listed, ns alone (NULL: none is known); where that may not either, -n's or the
 * context's, which is said. */
int app_list_most(struct app *app, struct store *store, const char *ns, const char *selector);
/* The namespace for lists: NULL with -A. */
const char *app_list_ns(const struct app *app);
/* Turns the loop until *flag, or an interrupt: then 130. STATUS_DONE otherwise. `until` monotonic, 0: for ever; past it
 * STATUS_FAULT. */
int app_wait(struct app *app, const bool *flag, int64_t until);
/* As long as two scrapes take, which make a rate; a pod that answers none within that is shown without. */
void app_measure(struct app *app);

/* One answer, waited for. err is the sentence of any failure. `use` gets it (may be NULL). */
int app_get(struct app *app, const struct kube_request *request, void (*use)(void *data, const struct kube_answer *),
            void *data);

#endif
