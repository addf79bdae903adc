#include "k8s/exec.h"

#include "base/text.h"
#include "k8s/channels.h"
#include "k8s/record.h"
#include "net/url.h"

#define PROTOCOL "v5.channel.k8s.io"
#define PROTOCOL_OLD "v4.channel.k8s.io" /* before 1.30: an input cannot be ended */
#define MAX_STATUS (64u << 10)
#define CLOSING (2 * NSEC_PER_SEC) /* the server closes after the command's end; if not, we do */

enum channel { CHANNEL_IN, CHANNEL_OUT, CHANNEL_ERR, CHANNEL_STATUS, CHANNEL_RESIZE, CHANNEL_CLOSE = 255 };

struct exec_session {
    struct kube_client *client;
    struct exec_events events;
    void *data;
    char *ns, *pod, *container;
    char **argv;
    bool in, tty, open;
    struct kube_call *look; /* at the pod */
    struct channels *channels;
    struct buf status, choice;
    struct loop_timer closing;
    struct loop_task over; /* ended without a connection of its own */
    struct exec_end end;
};

/* ---- the end ---- */

static void tell_end(void *data)
{
    struct exec_session *s = data;
    s->events.done(s->data, &s->end);
}

static void end_with(struct exec_session *s, const struct err *err)
{
    s->end.err = *err;
    loop_task_start(&s->over);
}

/* What the server says of the command: a Status, its exit code among the causes. */
static void read_status(struct exec_session *s)
{
    struct err err = ERR_INIT;
    cJSON *status = json_parse(s->status.data, s->status.len, &err);
    const cJSON *cause;
    if (str_eq(json_str(status, "status"), "Success"))
        s->end.exited = true;
    cJSON_ArrayForEach(cause, json_array(status, "details.causes")) {
        int64_t code;
        const char *message = json_str(cause, "message");
        if (str_eq(json_str(cause, "reason"), "ExitCode") && message && text_int(message, &code)) {
            s->end.exited = true;
            s->end.code = (int)(code & 255);
        }
    }
    if (!s->end.exited)
        kube_status_text(500, s->status.data, s->status.len, &s->end.err);
    /* What the runtime says comes at the end of what five programs said before it. */
    static const char start[] = "unable to start container process: ";
    const char *runtime = strstr(s->end.err.text, start);
    if (runtime) {
        struct err copy = s->end.err;
        err_set(&s->end.err, "cannot start the command: %s", copy.text + (runtime - s->end.err.text) + strlen(start));
    }
    cJSON_Delete(status);
}

static void on_done(void *data, const struct err *err)
{
    struct exec_session *s = data;
    loop_timer_stop(&s->closing);
    if (s->status.len)
        read_status(s);
    else if (err_is_set(err) && s->open)
        err_set(&s->end.err, "%s; the command's output may be cut, and how it ended is not known", err->text);
    else if (err_is_set(err))
        s->end.err = *err;
    else
        err_set(&s->end.err, "the server closed the connection without saying how the command ended");
    tell_end(s);
}

static void on_closing(void *data)
{
    channels_close(((struct exec_session *)data)->channels);
}

/* ---- the channels ---- */

static void on_open(void *data)
{
    struct exec_session *s = data;
    s->open = true;
    s->events.open(s->data);
}

static void on_bytes(void *data, int channel, const char *bytes, size_t len)
{
    struct exec_session *s = data;
    if (channel == CHANNEL_STATUS) {
        buf_add(&s->status, bytes, len);
        if (len)
            loop_timer_start(&s->closing, CLOSING);
    } else if ((channel == CHANNEL_OUT || channel == CHANNEL_ERR) && len) {
        s->events.output(s->data, channel == CHANNEL_ERR, bytes, len);
    }
}

static void on_room(void *data)
{
    struct exec_session *s = data;
    if (s->events.room)
        s->events.room(s->data);
}

static void query(struct buf *path, const char *name, const char *value)
{
    buf_addf(path, "%c%s=", strchr(path->data, '?') ? '&' : '?', name);
    url_escape(path, value);
}

static void connect_channels(struct exec_session *s)
{
    static const struct channels_events events = {on_open, on_bytes, on_room, on_done};
    static const char *const protocols[] = {PROTOCOL, PROTOCOL_OLD, NULL};
    struct err err = ERR_INIT;
    struct buf path;
    buf_init(&path, 128 << 10);
    kind_path(&path, &kind_pod, s->ns, s->pod);
    buf_adds(&path, s->argv ? "/exec" : "/attach");
    for (char **arg = s->argv; arg && *arg; arg++)
        query(&path, "command", *arg);
    if (s->container)
        query(&path, "container", s->container);
    query(&path, "stdout", "true");
    query(&path, s->tty ? "tty" : "stderr", "true");
    if (s->in)
        query(&path, "stdin", "true");
    if (path.over) {
        err_set(&err, "the command is longer than a request may be (128 KiB)");
        end_with(s, &err);
    } else {
        s->channels = channels_new(s->client, path.data, protocols, s->argv ? "exec" : "attach", &events, s);
    }
    buf_release(&path);
}

/* ---- the pod ---- */

static bool has_container(const cJSON *spec, const char *name)
{
    static const char *const lists[] = {"containers", "initContainers", "ephemeralContainers"};
    const cJSON *c;
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        cJSON_ArrayForEach(c, json_array(spec, lists[i])) {
            if (str_eq(json_str(c, "name"), name))
                return true;
        }
    return false;
}

static void container_names(struct buf *out, const cJSON *spec)
{
    static const struct {
        const char *list, *note;
    } lists[] = {{"containers", ""}, {"ephemeralContainers", " (ephem)"}, {"initContainers", " (init)"}};
    const cJSON *c;
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        cJSON_ArrayForEach(c, json_array(spec, lists[i].list)) {
            buf_addf(out, "%s%s%s", out->len ? ", " : "", str_or_empty(json_str(c, "name")), lists[i].note);
        }
}

/* As kubectl chooses: the annotation, when such a container is there, else the first. */
static int choose_container(struct exec_session *s, const cJSON *pod, struct err *err)
{
    const cJSON *spec = json_object(pod, "spec");
    const char *wanted = cJSON_GetStringValue(json_get(json_object(pod, "metadata.annotations"),
                                                       "kubectl.kubernetes.io/default-container"));
    const char *first = json_str(cJSON_GetArrayItem(json_array(spec, "containers"), 0), "name");
    struct buf names;
    buf_init(&names, 4096);
    container_names(&names, spec);
    int rc = 0;
    if (s->container) {
        if (!has_container(spec, s->container))
            rc = err_set(err, "pod %s has no container '%s'; it has: %s", s->pod, s->container, names.data);
    } else if (!first) {
        rc = err_set(err, "pod %s has no container", s->pod);
    } else {
        bool named = wanted && has_container(spec, wanted);
        s->container = xstrdup(named ? wanted : first);
        if (!named && strchr(names.data, ','))
            buf_addf(&s->choice, "container '%s' of: %s", s->container, names.data);
    }
    buf_release(&names);
    return rc;
}

static const char *waiting_reason(const cJSON *pod, const char *container)
{
    static const char *const lists[] = {"status.containerStatuses", "status.initContainerStatuses"};
    const cJSON *c;
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        cJSON_ArrayForEach(c, json_array(pod, lists[i])) {
            if (str_eq(json_str(c, "name"), container) && json_object(c, "state.waiting"))
                return json_str_or(c, "state.waiting.reason", "waiting");
        }
    return NULL;
}

/* A container that is waiting has no process to enter; the kubelet's own words for that are long and name ids. */
static int check_running(const struct exec_session *s, const cJSON *pod, struct err *err)
{
    const char *phase = json_str_or(pod, "status.phase", "");
    if (str_eq(phase, "Succeeded") || str_eq(phase, "Failed"))
        return err_set(err, "pod %s has ended (%s): nothing can run in it any more", s->pod, phase);
    const char *node = json_str(pod, "spec.nodeName");
    if (!node || !*node)
        return err_set(err, "pod %s is not running: it is on no node yet", s->pod);
    const char *why = waiting_reason(pod, s->container);
    if (why)
        return err_set(err, "container '%s' of pod %s is not running: %s", s->container, s->pod, why);
    return 0;
}

static void on_pod(void *data, const struct kube_answer *answer)
{
    struct exec_session *s = data;
    struct err err = ERR_INIT;
    s->look = NULL;
    /* Who may not look at pods may still be allowed to enter one; the server chooses the only container then. */
    bool unseen = answer->status == 403;
    if (answer->status != 200 && !unseen)
        end_with(s, &answer->err);
    else if (!unseen && (choose_container(s, answer->json, &err) < 0 || check_running(s, answer->json, &err) < 0))
        end_with(s, &err);
    else
        connect_channels(s);
}

/* ---- a session ---- */

struct exec_session *exec_new(struct kube_client *client, const struct exec_options *options,
                              const struct exec_events *events, void *data)
{
    struct exec_session *s = xcalloc(1, sizeof *s);
    s->client = client;
    s->events = *events;
    s->data = data;
    s->ns = xstrdup(options->ns);
    s->pod = xstrdup(options->pod);
    s->container = xstrdup_or_null(options->container);
    s->in = options->in;
    s->tty = options->tty;
    if (options->argv) {
        size_t count = 0;
        while (options->argv[count])
            count++;
        s->argv = xcalloc(count + 1, sizeof *s->argv);
        for (size_t i = 0; i < count; i++)
            s->argv[i] = xstrdup(options->argv[i]);
    }
    buf_init(&s->status, MAX_STATUS);
    buf_init(&s->choice, 8192);
    loop_timer_init(&s->closing, kube_client_loop(client), on_closing, s);
    loop_task_init(&s->over, kube_client_loop(client), tell_end, s);
    struct buf path;
    buf_init(&path, 4096);
    kind_path(&path, &kind_pod, s->ns, s->pod);
    s->look = kube_start(client, &(struct kube_request){.path = path.data}, on_pod, s);
    buf_release(&path);
    return s;
}

void exec_free(struct exec_session *s)
{
    if (!s)
        return;
    kube_cancel(s->look);
    channels_free(s->channels);
    loop_timer_stop(&s->closing);
    loop_task_stop(&s->over);
    buf_release(&s->status);
    buf_release(&s->choice);
    for (char **arg = s->argv; arg && *arg; arg++)
        free(*arg);
    free(s->argv);
    free(s->ns);
    free(s->pod);
    free(s->container);
    free(s);
}

void exec_input(struct exec_session *s, const void *bytes, size_t len)
{
    if (s->open && s->in && len)
        channels_send(s->channels, CHANNEL_IN, bytes, len);
}

bool exec_full(const struct exec_session *s)
{
    return s->open && channels_full(s->channels);
}

bool exec_close_input(struct exec_session *s)
{
    static const char in = CHANNEL_IN;
    if (!s->open || !str_eq(channels_protocol(s->channels), PROTOCOL))
        return false;
    if (s->in) {
        channels_last(s->channels);
        channels_send(s->channels, CHANNEL_CLOSE, &in, 1);
    }
    s->in = false;
    return true;
}

void exec_resize(struct exec_session *s, int cols, int rows)
{
    char text[64];
    if (!s->open || !s->tty || cols <= 0 || rows <= 0)
        return;
    int n = snprintf(text, sizeof text, "{\"Width\":%d,\"Height\":%d}", cols, rows);
    channels_send(s->channels, CHANNEL_RESIZE, text, (size_t)n);
}

void exec_pause(struct exec_session *s, bool paused)
{
    if (s->channels)
        channels_pause(s->channels, paused);
}

const char *exec_choice(const struct exec_session *s)
{
    return s->choice.data;
}
