#include "k8s/logtail.h"

static void on_line(void *data, int64_t time UNUSED, const char *line, size_t len, bool cut UNUSED)
{
    struct log_tail *tail = data;
    static const char none[] = "unable to retrieve container logs"; /* the kubelet's word, with a status of 200 */
    if (len >= sizeof none - 1 && memcmp(line, none, sizeof none - 1) == 0)
        return;
    if (len && tail->count < LOGTAIL_LINES)
        tail->lines[tail->count++] = xstrndup(line, MIN(len, LOGTAIL_LINE));
}

static void on_state(void *data UNUSED, const char *why UNUSED)
{
}

static void on_done(void *data, const struct err *err UNUSED)
{
    struct log_tail *tail = data;
    tail->over = true;
    if (tail->told)
        tail->told(tail->data);
}

void log_tail_read(struct log_tail *tail, struct kube_client *client, const struct log_options *of)
{
    static const struct log_events events = {on_line, on_state, NULL, on_done};
    struct log_options options = *of;
    options.tail = LOGTAIL_LINES;
    tail->follow = log_follow_new(client, &options, &events, tail);
}

void log_tail_release(struct log_tail *tail)
{
    if (tail->follow)
        log_follow_free(tail->follow);
    for (size_t i = 0; i < tail->count; i++)
        free(tail->lines[i]);
    *tail = (struct log_tail){.told = tail->told, .data = tail->data};
}
