#include "app/session_private.h"

#include "k8s/recorder.h"

#define LIMIT (UINT64_C(256) << 20)
#define FLUSH NSEC_PER_SEC

/* The same cluster again, so that the recording begins with all that is there. */
static void reconnect(struct session *s, struct http_transport *transport)
{
    struct kube_context *context = kube_context_copy(kube_client_context(s->model.client));
    model_changed(&s->model, CHANGED_CLIENT);
    session_end_trial(s);
    cluster_close(s->cluster);
    s->app->transport = transport;
    s->cluster = cluster_open(s->app, &s->model, context, s->ns);
    session_watch(s);
    cluster_follow_graph(s->cluster);
    kube_context_free(context);
}

/* Ends it, and says so: why it cannot go on, or how much it is. */
static void end_recording(struct session *s)
{
    struct err why = ERR_INIT;
    struct http_transport *recorder = s->app->transport;
    bool cut = recorder_flush(recorder, &why) < 0;
    double size = (double)recorder_count(recorder)->bytes / (1 << 20);
    loop_timer_stop(&s->record_flush);
    reconnect(s, recorder_inner(recorder));
    recorder_end(recorder);
    if (cut)
        model_notice(&s->model, "%s", why.text);
    else
        model_notice(&s->model, "recorded %s, %.1f MiB; 'patchbay replay' plays it", s->model.recording, size);
    free(s->model.recording);
    s->model.recording = NULL;
    model_changed(&s->model, CHANGED_CONTEXT);
}

static void on_flush(void *data)
{
    struct session *s = data;
    struct err why = ERR_INIT;
    if (recorder_flush(s->app->transport, &why) < 0)
        end_recording(s);
    else
        loop_timer_start(&s->record_flush, FLUSH);
}

static int record(void *data, const char *path, struct err *err)
{
    struct session *s = data;
    if (s->app->playback)
        return err_set(err, "this is a record already");
    if (!s->cluster || s->model.task.running)
        return err_set(err, s->cluster ? "something is under way: %s" : "there is no cluster yet%s", s->cluster ? s->model.task.text : "");
    if (s->model.recording && *path)
        return err_set(err, "%s is being recorded; :record alone ends that", s->model.recording);
    if (s->model.recording) {
        end_recording(s);
        return 0;
    }
    if (!*path)
        return err_set(err, "record wants a file");
    struct http_transport *recorder = recorder_new(s->app->loop, s->app->transport, path, LIMIT, err);
    if (!recorder)
        return -1;
    reconnect(s, recorder);
    s->model.recording = xstrdup(path);
    loop_timer_start(&s->record_flush, FLUSH);
    model_notice(&s->model, "what is seen is recorded in %s; :record ends that", path);
    model_changed(&s->model, CHANGED_CONTEXT);
    return 0;
}

void session_record_init(struct session *s)
{
    loop_timer_init(&s->record_flush, s->app->loop, on_flush, s);
    s->model.ops.record = record;
}

void session_record_release(struct session *s)
{
    loop_timer_stop(&s->record_flush);
    free(s->model.recording);
}
