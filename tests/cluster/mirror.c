/* mirror [NAMESPACE]: keeps the pods of $KUBECONFIG's cluster as the program's own views do, by a reflector, and says what
 * it holds, for the cluster's cases. Lines on standard input:
 *
 *   state                  "LIVE AGE", "STALE AGE WHY" (AGE in seconds); until SECONDS REGEX: until it says so
 *   changes                "ADDED DELETED MODIFIED" since the last time that was asked
 *   print                  namespace, name and uid of each pod
 *   compare FILE           with what `kubectl get pods -A -o json` wrote into it, object by object
 *
 * Each is answered by "=ok WHEN" (microseconds since 1970, when it came about) or "=no WHY", after what was asked for. */
#include "base/buf.h"

#include <poll.h>
#include <regex.h>

#include "base/file.h"
#include "base/time.h"
#include "k8s/kinds/pod.h"
#include "k8s/reflector.h"

#define LOOK (5 * NSEC_PER_MSEC)
#define FILE_MAX (256u << 20)
#define PRINT_MAX (16u << 20)
#define SHOWN 10 /* differences */

struct mirror {
    struct loop *loop;
    struct loop_io in;
    struct store *store;
    struct reflector *reflector;
    size_t changes[3]; /* by enum change_type */
    regex_t wanted;
    bool waiting;
    int64_t deadline; /* of what is waited for */
    struct loop_timer look;
};

static void answer(bool ok, const char *why)
{
    if (ok)
        printf("=ok %lld\n", (long long)(time_wall() / NSEC_PER_USEC));
    else
        printf("=no %s\n", why);
    fflush(stdout);
}

static void on_changes(void *data, const struct change *changes, size_t count)
{
    struct mirror *m = data;
    for (size_t i = 0; i < count; i++)
        m->changes[changes[i].type]++;
}

/* What it says of itself. */

static void state(const struct mirror *m, char *out, size_t size)
{
    static const char *const words[] = {[REFLECTOR_LISTING] = "LISTING",
                                        [REFLECTOR_LIVE] = "LIVE",
                                        [REFLECTOR_STALE] = "STALE",
                                        [REFLECTOR_REFUSED] = "REFUSED"};
    int64_t since = reflector_since(m->reflector);
    double age = since ? (double)(loop_now(m->loop) - since) / (double)NSEC_PER_SEC : -1;
    snprintf(out, size, "%s %.1f %s", words[reflector_state(m->reflector)], age, reflector_why(m->reflector));
}

/* Whether what is waited for came about, or will not. */
static void look(void *data)
{
    struct mirror *m = data;
    char text[1200];
    if (!m->waiting)
        return;
    state(m, text, sizeof text);
    bool right = regexec(&m->wanted, text, 0, NULL, 0) == 0;
    if (!right && loop_now(m->loop) < m->deadline) {
        loop_timer_start(&m->look, LOOK);
        return;
    }
    if (!right)
        printf("%s\n", text);
    answer(right, "it does not say so");
    regfree(&m->wanted);
    m->waiting = false;
}

static void wait_for(struct mirror *m, const char *words)
{
    char *pattern;
    double seconds = strtod(words, &pattern);
    pattern += *pattern == ' ';
    if (regcomp(&m->wanted, pattern, REG_EXTENDED | REG_NOSUB)) {
        answer(false, "this is no regular expression");
        return;
    }
    m->deadline = loop_now(m->loop) + (int64_t)(seconds * NSEC_PER_SEC);
    m->waiting = true;
    look(m);
}

/* What it holds. */

static void describe(struct buf *out, const struct pod *p)
{
    buf_addf(out, "%s/%s %s v%" PRIx64 " %" PRId64 " %s %s %s node=%s ip=%s owner=%s graph=%s thing=%s", p->r.ns,
             p->r.name, p->r.uid, p->r.version, p->r.created, str_or_empty(p->phase), str_or_empty(p->reason),
             str_or_empty(p->message), str_or_empty(p->node), str_or_empty(p->ip), str_or_empty(p->owner),
             str_or_empty(p->graph), str_or_empty(p->thing));
    buf_addf(out, " deleted=%" PRId64 " at=%" PRId64 ",%" PRId64 ",%" PRId64 " cpu=%" PRId64 " memory=%" PRId64
             " ready=%d,%d,%d gates=%d/%d port=%d why=%s",
             p->deleted, p->scheduled_at, p->sandbox_at, p->ready_at, p->cpu_milli, p->memory, p->ready,
             p->initialized, p->terminal, p->gates_true, p->gates, p->port, str_or_empty(p->unscheduled_why));
    for (size_t i = 0; i < p->gpu_count; i++)
        buf_addf(out, " %s=%d", p->gpus[i].resource, p->gpus[i].count);
    for (size_t i = 0; i < p->container_count; i++) {
        const struct container *c = &p->containers[i];
        buf_addf(out, " [%s %s %d %s restarts=%d exit=%d,%d,%d started=%" PRId64 " ready=%d,%d]", c->name,
                 str_or_empty(c->image), c->state, str_or_empty(c->reason), c->restarts, c->exit_code, c->signal,
                 c->last_exit_code, c->started, c->ready, c->passed_startup);
    }
}

static bool same(const struct record *ours, const struct record *theirs)
{
    struct buf a, b;
    buf_init(&a, PRINT_MAX);
    buf_init(&b, PRINT_MAX);
    describe(&a, (const struct pod *)ours);
    describe(&b, (const struct pod *)theirs);
    bool equal = strcmp(a.data, b.data) == 0;
    if (!equal)
        printf("ours:      %s\nkubectl's: %s\n", a.data, b.data);
    buf_release(&a);
    buf_release(&b);
    return equal;
}

static void compare(struct mirror *m, const cJSON *list)
{
    size_t count = 0, shown = 0;
    const cJSON *item;
    struct store *theirs = store_new(&kind_pod);
    cJSON_ArrayForEach(item, json_array(list, "items"))
    {
        struct record *record = record_new(&kind_pod, item);
        if (record)
            store_put(theirs, record);
        count++;
    }
    for (size_t i = 0; i < store_count(theirs) && shown < SHOWN; i++) {
        const struct record *theirs_at = store_at(theirs, i), *ours = store_find(m->store, theirs_at->ns, theirs_at->name);
        if (!ours)
            printf("lost: %s/%s\n", theirs_at->ns, theirs_at->name);
        shown += !ours || !same(ours, theirs_at);
    }
    for (size_t i = 0; i < store_count(m->store) && shown < SHOWN; i++) {
        const struct record *ours = store_at(m->store, i);
        if (store_find(theirs, ours->ns, ours->name))
            continue;
        printf("phantom: %s/%s %s\n", ours->ns, ours->name, ours->uid);
        shown++;
    }
    printf("%zu pods here, %zu in kubectl's list\n", store_count(m->store), count);
    answer(!shown && count == store_count(m->store), "they are not the same");
    store_free(theirs);
}

static void compare_file(struct mirror *m, const char *path)
{
    struct err err = ERR_INIT;
    struct buf text;
    buf_init(&text, FILE_MAX);
    cJSON *list = file_read(path, &text, &err) == 0 ? json_parse(text.data, text.len, &err) : NULL;
    if (list)
        compare(m, list);
    else
        answer(false, err.text);
    cJSON_Delete(list);
    buf_release(&text);
}

static void print(const struct mirror *m)
{
    for (size_t i = 0; i < store_count(m->store); i++) {
        const struct record *record = store_at(m->store, i);
        printf("%s %s %s\n", record->ns, record->name, record->uid);
    }
    answer(true, NULL);
}

static void command(struct mirror *m, char *line)
{
    char text[1200], *words = line + strcspn(line, " ");
    if (*words)
        *words++ = '\0';
    if (str_eq(line, "state")) {
        state(m, text, sizeof text);
        printf("%s\n", text);
        answer(true, NULL);
    } else if (str_eq(line, "until")) {
        wait_for(m, words);
    } else if (str_eq(line, "changes")) {
        printf("%zu %zu %zu\n", m->changes[CHANGE_ADDED], m->changes[CHANGE_DELETED], m->changes[CHANGE_MODIFIED]);
        memset(m->changes, 0, sizeof m->changes);
        answer(true, NULL);
    } else if (str_eq(line, "print")) {
        print(m);
    } else if (str_eq(line, "compare")) {
        compare_file(m, words);
    } else {
        answer(false, "there is no such command");
    }
}

/* Lines come whole: a shell's echo. */
static void on_input(void *data, short revents UNUSED)
{
    struct mirror *m = data;
    char line[4096];
    ssize_t n = read(STDIN_FILENO, line, sizeof line - 1);
    if (n <= 0) {
        loop_stop(m->loop, 0);
        return;
    }
    line[n] = '\0';
    for (char *at = line, *end; *at; at = end) {
        end = at + strcspn(at, "\n");
        if (*end)
            *end++ = '\0';
        command(m, at);
    }
}

int main(int argc, char **argv)
{
    struct err err = ERR_INIT;
    struct mirror m = {.loop = loop_new(NULL), .store = store_new(&kind_pod)};
    struct kube_config *config = kube_config_load(NULL, &err);
    const struct kube_context *context = config ? kube_config_context(config, NULL, &err) : NULL;
    if (!context) {
        fprintf(stderr, "mirror: %s\n", err.text);
        return 2;
    }
    struct http_transport *transport = http_curl_new(m.loop, "patchbay-mirror");
    struct kube_client *client = kube_client_new(m.loop, transport, context);
    struct reflector_options options = {.ns = argc > 1 ? argv[1] : NULL};
    struct store_listener listener;
    store_listen(m.store, &listener, on_changes, &m);
    m.reflector = reflector_new(client, m.store, &options, NULL, NULL);
    loop_timer_init(&m.look, m.loop, look, &m);
    loop_io_init(&m.in, m.loop, on_input, &m);
    loop_io_start(&m.in, STDIN_FILENO, POLLIN);
    int status = loop_run(m.loop);
    loop_io_stop(&m.in);
    loop_timer_stop(&m.look);
    store_unlisten(&listener);
    reflector_free(m.reflector);
    store_free(m.store);
    kube_client_free(client);
    http_transport_free(transport);
    kube_config_free(config);
    loop_free(m.loop);
    return status;
}
