#include "ops/metrics.h"

#include <math.h>

#include "base/text.h"

bool metrics_label(const char *labels, size_t labels_len, const char *key, char *out, size_t size)
{
    const char *p = labels, *end = labels + labels_len;
    size_t key_len = strlen(key);
    while (p < end) {
        const char *eq = memchr(p, '=', (size_t)(end - p));
        if (!eq || eq + 1 >= end || eq[1] != '"')
            return false;
        bool wanted = (size_t)(eq - p) == key_len && memcmp(p, key, key_len) == 0;
        size_t n = 0;
        const char *v = eq + 2;
        for (; v < end && *v != '"'; v++) {
            char c = *v;
            if (c == '\\' && v + 1 < end) {
                c = *++v;
                c = c == 'n' ? '\n' : c;
            }
            if (wanted && n + 1 < size)
                out[n++] = c;
        }
        if (wanted) {
            if (size)
                out[n] = '\0';
            return v < end;
        }
        p = v + 1;
        while (p < end && (*p == ',' || *p == ' '))
            p++;
    }
    return false;
}

/* The end of the labels that begin after "{", or NULL. */
static const char *labels_end(const char *p, const char *end)
{
    bool quoted = false;
    for (; p < end; p++) {
        if (quoted && *p == '\\')
            p++;
        else if (*p == '"')
            quoted = !quoted;
        else if (*p == '}' && !quoted)
            return p;
    }
    return NULL;
}

static void parse_line(const char *line, const char *end, metrics_fn fn, void *data)
{
    char name[128], number[64];
    const char *p = line;
    while (p < end && *p != '{' && *p != ' ' && *p != '\t')
        p++;
    size_t n = (size_t)(p - line);
    if (!n || n >= sizeof name)
        return;
    memcpy(name, line, n);
    name[n] = '\0';
    const char *labels = p;
    size_t labels_len = 0;
    if (p < end && *p == '{') {
        labels = p + 1;
        p = labels_end(labels, end);
        if (!p)
            return;
        labels_len = (size_t)(p - labels);
        p++;
    }
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    n = 0;
    while (p + n < end && p[n] != ' ' && p[n] != '\t' && p[n] != '\r')
        n++;
    double value;
    if (!n || n >= sizeof number)
        return;
    memcpy(number, p, n);
    number[n] = '\0';
    if (text_number(number, &value))
        fn(data, name, labels, labels_len, value);
}

void metrics_parse(const char *text, size_t len, metrics_fn fn, void *data)
{
    const char *p = text, *end = text + len;
    while (p < end) {
        const char *line_end = memchr(p, '\n', (size_t)(end - p));
        if (!line_end)
            line_end = end;
        if (*p != '#')
            parse_line(p, line_end, fn, data);
        p = line_end + 1;
    }
}

/* What the reference media things say; other names are of no interest here. */
static const struct {
    const char *name;
    bool input;
    size_t field; /* of struct port_traffic, a double */
} names[] = {
    {"patchbay_input_frames_total", true, offsetof(struct port_traffic, frames)},
    {"patchbay_input_last_frame_age_seconds", true, offsetof(struct port_traffic, age)},
    {"patchbay_output_frames_total", false, offsetof(struct port_traffic, frames)},
    {"patchbay_output_last_frame_age_seconds", false, offsetof(struct port_traffic, age)},
    {"patchbay_first_output_time_seconds", false, offsetof(struct port_traffic, first)},
};

static struct port_traffic *port_of(struct thing_traffic *t, bool input, const char *labels, size_t labels_len)
{
    char port[64] = "", source[256] = "";
    if (!metrics_label(labels, labels_len, input ? "input" : "output", port, sizeof port))
        return NULL;
    metrics_label(labels, labels_len, "source", source, sizeof source);
    for (size_t i = 0; i < t->count; i++)
        if (t->ports[i].input == input && str_eq(t->ports[i].port, port) && str_eq(t->ports[i].source, source))
            return &t->ports[i];
    if (t->count == TRAFFIC_PORTS)
        return NULL;
    struct port_traffic *p = &t->ports[t->count++];
    *p = (struct port_traffic){.input = input, .age = -1, .rate = -1};
    snprintf(p->port, sizeof p->port, "%s", port);
    snprintf(p->source, sizeof p->source, "%s", source);
    return p;
}

static void take_cause(struct thing_traffic *t, const char *labels, size_t labels_len)
{
    struct port_traffic *p = port_of(t, true, labels, labels_len);
    char cause[TRAFFIC_CAUSE] = "";
    struct buf clean;
    if (!p || !metrics_label(labels, labels_len, "cause", cause, sizeof cause))
        return;
    buf_init(&clean, 8 * sizeof cause);
    text_sanitise(&clean, cause, strlen(cause));
    snprintf(p->cause, sizeof p->cause, "%s", clean.data);
    buf_release(&clean);
}

static void on_sample(void *data, const char *name, const char *labels, size_t labels_len, double value)
{
    struct thing_traffic *t = data;
    if (strcmp(name, "patchbay_latency_seconds") == 0) {
        t->latency = value;
        return;
    }
    if (strcmp(name, "patchbay_input_error") == 0) {
        take_cause(t, labels, labels_len);
        return;
    }
    bool connected = strcmp(name, "patchbay_input_connected") == 0;
    for (size_t i = 0; i < ARRAY_SIZE(names) || connected; i++) {
        if (!connected && strcmp(name, names[i].name) != 0)
            continue;
        struct port_traffic *p = port_of(t, connected || names[i].input, labels, labels_len);
        if (p && connected)
            p->connected = value != 0;
        else if (p)
            memcpy((char *)p + names[i].field, &value, sizeof value);
        return;
    }
}

void thing_traffic_update(struct thing_traffic *t, const char *text, size_t len, int64_t now)
{
    struct thing_traffic before = *t;
    *t = (struct thing_traffic){.latency = -1, .at = now};
    metrics_parse(text, len, on_sample, t);
    double seconds = (double)(now - before.at) / (double)NSEC_PER_SEC;
    for (size_t i = 0; i < t->count; i++) {
        struct port_traffic *p = &t->ports[i];
        const struct port_traffic *old = NULL;
        for (size_t k = 0; k < before.count && !old; k++)
            if (before.ports[k].input == p->input && str_eq(before.ports[k].port, p->port) &&
                str_eq(before.ports[k].source, p->source))
                old = &before.ports[k];
        /* fewer than before: the process began anew */
        if (!before.at || !old || seconds <= 0 || p->frames < old->frames)
            continue;
        double rate = (p->frames - old->frames) / seconds;
        /* smoothed a little, so that 10 fps does not read 9.1, 10.9, 9.1; a stop shows at once */
        p->rate = rate == 0 || old->rate < 0 ? rate : old->rate * 0.6 + rate * 0.4;
    }
}

static bool host_is(const char *source, const char *host)
{
    const char *p = strstr(source, "://");
    p = p ? p + 3 : source;
    size_t n = strlen(host);
    return strncmp(p, host, n) == 0 && (p[n] == '\0' || p[n] == ':' || p[n] == '/' || p[n] == '.');
}

const struct port_traffic *thing_traffic_port(const struct thing_traffic *t, bool input, const char *port,
                                              const char *source_host)
{
    for (size_t i = 0; t && i < t->count; i++)
        if (t->ports[i].input == input && str_eq(t->ports[i].port, port) &&
            (!source_host || host_is(t->ports[i].source, source_host)))
            return &t->ports[i];
    return NULL;
}
