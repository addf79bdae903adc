#include "app/app.h"

#include <poll.h>
#include <signal.h>
#include <sys/stat.h>

#include "app/edge_process.h"
#include "app/entries.h"
#include "app/playback.h"
#include "base/text.h"
#include "base/time.h"
#include "k8s/config.h"
#include "k8s/recorder.h"

#define EDGE_PATIENCE (10 * NSEC_PER_SEC)

static void print_line(const char *before, const char *sentence)
{
    struct buf clean;
    buf_init(&clean, 1 << 16);
    text_sanitise(&clean, sentence, strlen(sentence));
    fprintf(stderr, "%s%s\n", before, clean.data);
    buf_release(&clean);
}

static void print_failure(const char *sentence)
{
    print_line("patchbay: ", sentence);
}

int app_fail(int status, const struct err *err)
{
    print_failure(err->text);
    return status;
}

int app_failf(int status, const char *fmt, ...)
{
    char *text = NULL;
    va_list ap;
    va_start(ap, fmt);
    if (vasprintf(&text, fmt, ap) < 0)
        BUG("no memory for a sentence");
    va_end(ap);
    print_failure(text);
    free(text);
    return status;
}

void app_note(const char *fmt, ...)
{
    char *text = NULL;
    va_list ap;
    va_start(ap, fmt);
    if (vasprintf(&text, fmt, ap) < 0)
        BUG("no memory for a sentence");
    va_end(ap);
    print_line("", text);
    free(text);
}

void app_print(struct buf *out)
{
    fwrite(out->data, 1, out->len, stdout); /* whether it could be written is asked at the end: main.c */
    fflush(stdout);
    if (out->over)
        app_note("patchbay: not all of it is printed: it is more than %zu MiB", out->max >> 20);
    buf_release(out);
}

static void on_interrupt(void *data, int signo)
{
    (void)signo;
    ((struct app *)data)->interrupted = true;
}

static void on_reader(void *data, short revents)
{
    struct app *app = data;
    if (!(revents & (POLLERR | POLLHUP)))
        return;
    loop_io_stop(&app->reader);
    *app->reader_left = true;
}

void app_init(struct app *app, const struct options *options)
{
    *app = (struct app){.options = options};
    app->loop = loop_new(NULL);
    loop_io_init(&app->reader, app->loop, on_reader, app);
    loop_signal_init(&app->interrupt, app->loop, on_interrupt, app);
    loop_signal_init(&app->terminate, app->loop, on_interrupt, app);
}

void app_end_with_reader(struct app *app, bool *over)
{
    struct stat st;
    if (fstat(STDOUT_FILENO, &st) < 0 || !(S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode)))
        return;
    app->reader_left = over;
    loop_io_start(&app->reader, STDOUT_FILENO, 0);
}

void app_release(struct app *app)
{
    loop_io_stop(&app->reader);
    kube_client_free(app->client);
    if (app->transport)
        http_transport_free(app->transport);
    kube_config_free(app->config);
    edge_process_stop(app->edge);
    playback_free(app->playback);
    entries_release(app);
    loop_signal_stop(&app->interrupt);
    loop_signal_stop(&app->terminate);
    loop_free(app->loop);
}

struct edge_wait {
    bool over;
    struct err err;
};

static void on_edge(void *data, const struct err *err)
{
    struct edge_wait *wait = data;
    wait->over = true;
    wait->err = *err;
}

static int start_edge(struct app *app, struct err *err)
{
    struct edge_wait wait = {0};
    app->edge = edge_process_start(app->loop, 0, NULL, on_edge, &wait, err);
    if (!app->edge)
        return STATUS_USAGE;
    int status = app_wait(app, &wait.over, loop_now(app->loop) + EDGE_PATIENCE);
    edge_process_tell(app->edge, NULL, NULL);
    if (status == 130)
        return status;
    if (!wait.over)
        err_set(&wait.err, "the embedded cluster did not get ready within %d s", (int)(EDGE_PATIENCE / NSEC_PER_SEC));
    *err = wait.err;
    return err_is_set(err) ? STATUS_USAGE : STATUS_DONE;
}

int app_begin(struct app *app)
{
    const char *timeout = app->options->values[OPT_TIMEOUT_REQUEST];
    app->request_timeout = timeout ? time_parse_duration(timeout) : 0;
    if (app->request_timeout < 0)
        return app_failf(STATUS_USAGE, "'%s' is no time; write 10s, 1m or 500ms", timeout);
    if (!app->transport)
        app->transport = app->playback ? app->playback->transport : http_curl_new(app->loop, "patchbay/" PACKAGE_VERSION);
    return STATUS_DONE;
}

struct kube_config *app_config(const struct app *app, const char *path, struct err *err)
{
    const struct options *o = app->options;
    struct kube_config *config = app->playback ? playback_config(app->playback) : kube_config_load(path, err);
    if (config)
        kube_config_impersonate(config, o->values[OPT_AS], o->values[OPT_AS_UID], o->groups);
    return config;
}

struct kube_client *app_client(struct app *app, const struct kube_context *context)
{
    return kube_client_new(app->loop, app->transport, context);
}

/* From here on they are heard between the loop's turns. Not before the kubeconfig is read: it may be a pipe that nobody
 * writes to, and then they must end us. */
static void listen_to_signals(struct app *app)
{
    if (app->interrupt.signo)
        return;
    loop_signal_start(&app->interrupt, SIGINT);
    loop_signal_start(&app->terminate, SIGTERM);
}

int app_connect(struct app *app)
{
    struct err err = ERR_INIT;
    const struct options *o = app->options;
    const char *kubeconfig = o->values[OPT_KUBECONFIG];
    int status = app_begin(app);
    if (status == STATUS_DONE && options_has(o, OPT_EDGE)) {
        listen_to_signals(app);
        status = start_edge(app, &err);
        if (status != STATUS_DONE)
            return status == 130 ? status : app_fail(status, &err);
        kubeconfig = edge_process_kubeconfig(app->edge);
    }
    if (status != STATUS_DONE)
        return status;
    app->config = app_config(app, kubeconfig, &err);
    app->context = app->config ? kube_config_context(app->config, o->values[OPT_CONTEXT], &err) : NULL;
    if (!app->context)
        return app_fail(STATUS_USAGE, &err);
    listen_to_signals(app);
    if (app->record_file) {
        struct http_transport *recorder =
            recorder_new(app->loop, app->transport, app->record_file, app->record_limit, &err);
        if (!recorder)
            return app_fail(STATUS_USAGE, &err);
        app->transport = recorder;
    }
    app->client = app_client(app, app->context);
    app->ns = o->values[OPT_NAMESPACE] ? o->values[OPT_NAMESPACE] : app->context->ns;
    return STATUS_DONE;
}

const char *app_list_ns(const struct app *app)
{
    return options_has(app->options, OPT_ALL) ? NULL : app->ns;
}

int app_wait(struct app *app, const bool *flag, int64_t until)
{
    while (!*flag && !app->interrupted) {
        int64_t left = until ? until - loop_now(app->loop) : -1;
        if (until && left <= 0)
            return STATUS_FAULT;
        loop_turn(app->loop, left);
    }
    return *flag || !app->interrupted ? STATUS_DONE : 130; /* what is done is done, also when ^C came with it */
}

void app_measure(struct app *app)
{
    /* In a recording the first of them is when it was then, up to a second from now. */
    int64_t until = loop_now(app->loop) + (app->playback ? 2500 : 1300) * NSEC_PER_MSEC;
    while (loop_now(app->loop) < until && !app->interrupted)
        loop_turn(app->loop, until - loop_now(app->loop));
}

/* Waits for one answer, no longer than --request-timeout. */
static int wait_answer(struct app *app, const bool *over)
{
    int status = app_wait(app, over, app->request_timeout ? loop_now(app->loop) + app->request_timeout : 0);
    if (status == STATUS_FAULT)
        return app_failf(STATUS_UNREACHABLE, "%s did not answer within %s", app->context->server,
                         app->options->values[OPT_TIMEOUT_REQUEST]);
    return status;
}

struct list_wait {
    bool over;
};

static void on_reflector(void *data, struct reflector *reflector)
{
    struct list_wait *wait = data;
    /* A reflector tries for ever; a command ends at the first reason why not, unless the server asks to wait. */
    if (!reflector_synced(reflector) && reflector_waits(reflector))
        app_note("patchbay: %s; the server asks to wait and is asked again", reflector_why(reflector));
    else
        wait->over = reflector_synced(reflector) || *reflector_why(reflector);
}

/* What was refused by the server itself is a fault to mend there; all else is a cluster that is not reached. */
static int failed(const struct reflector *reflector, struct err *err)
{
    int refusal = reflector_refusal(reflector);
    err_set(err, "%s", reflector_why(reflector));
    return refusal && refusal != 401 ? STATUS_FAULT : STATUS_UNREACHABLE;
}

/* *refused (may be NULL): the status it was refused with; then nothing is printed when it is 403. */
static int list(struct app *app, struct store *store, const char *ns, const char *selector, struct reflector **out,
                int *refused)
{
    struct list_wait wait = {false};
    struct reflector_options options = {.ns = ns, .label_selector = selector};
    struct reflector *reflector = reflector_new(app->client, store, &options, on_reflector, &wait);
    int status = wait_answer(app, &wait.over);
    if (status == STATUS_DONE && !reflector_synced(reflector)) {
        struct err err = ERR_INIT;
        status = failed(reflector, &err);
        if (refused)
            *refused = reflector_refusal(reflector);
        if (!refused || *refused != 403)
            app_fail(status, &err);
    }
    if (status == STATUS_DONE && *reflector_note(reflector))
        app_note("patchbay: %s", reflector_note(reflector));
    reflector_tell(reflector, NULL, NULL);
    if (out && status == STATUS_DONE)
        *out = reflector;
    else
        reflector_free(reflector);
    return status;
}

int app_list(struct app *app, struct store *store, const char *ns, const char *selector, struct reflector **out)
{
    return list(app, store, ns, selector, out, NULL);
}

int app_list_if_allowed(struct app *app, struct store *store, const char *ns, const char *selector)
{
    int refused = 0, status = list(app, store, ns, selector, NULL, &refused);
    return refused == 403 ? STATUS_DONE : status;
}

int app_list_most(struct app *app, struct store *store, const char *ns, const char *selector)
{
    int refused = 0;
    int status = list(app, store, NULL, selector, NULL, &refused);
    if (refused == 403 && ns)
        status = list(app, store, ns, selector, NULL, &refused);
    if (refused != 403 || status == STATUS_DONE)
        return status;
    app_note("patchbay: only namespace %s: %s may not list %s in all namespaces", app->ns,
             access_who(app->context), store_kind(store)->plural);
    return list(app, store, app->ns, selector, NULL, NULL);
}

struct get_wait {
    bool over;
    int status;
    void (*use)(void *data, const struct kube_answer *answer);
    void *data;
};

static void on_answer(void *data, const struct kube_answer *answer)
{
    struct get_wait *wait = data;
    wait->over = true;
    if (answer->status == 0)
        wait->status = app_fail(STATUS_UNREACHABLE, &answer->err);
    else if (answer->status >= 300)
        wait->status = app_fail(STATUS_FAULT, &answer->err);
    else if (wait->use)
        wait->use(wait->data, answer);
}

int app_get(struct app *app, const struct kube_request *request, void (*use)(void *data, const struct kube_answer *),
            void *data)
{
    struct get_wait wait = {.use = use, .data = data};
    struct kube_call *call = kube_start(app->client, request, on_answer, &wait);
    int status = wait_answer(app, &wait.over);
    if (status != STATUS_DONE)
        kube_cancel(call);
    return status != STATUS_DONE ? status : wait.status;
}
