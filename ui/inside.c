#include "ui/inside.h"

#include "base/text.h"
#include "k8s/kinds/deployment.h"
#include "k8s/kinds/pod.h"
#include "ui/chooser.h"
#include "ui/dashboard_private.h"
#include "ui/objects.h"

/* Which pod. */

static bool is_of(const struct pod *pod, const struct record *deployment)
{
    size_t len = pod_family(pod);
    return len && str_eq(pod->r.ns, deployment->ns) && strlen(deployment->name) == len &&
           memcmp(pod->owner, deployment->name, len) == 0;
}

const struct pod *object_pod(struct dashboard *dash, const struct record *record, struct err *err)
{
    struct store *pods = model_store(dash->model, SOURCE_PODS);
    const struct pod *best = NULL;
    if (record->kind == &kind_pod)
        return (const struct pod *)record;
    if (record->kind == &kind_deployment && pods)
        STORE_EACH(struct pod, pod, pods)
            if (is_of(pod, record) && !pod->terminal && !pod->deleted && (!best || pod->r.created > best->r.created))
                best = pod;
    if (!best)
        err_set(err, "%s %s has no pod that runs", record->kind->name, record->name);
    return best;
}

static const struct pod *pod_or_say(struct dashboard *dash, const struct record *record)
{
    struct err err = ERR_INIT;
    const struct pod *pod = record ? object_pod(dash, record, &err) : NULL;
    if (!pod)
        dashboard_say(dash, ROLE_WARNING, "%s", record ? err.text : "nothing is selected");
    return pod;
}

/* The shell. */

struct choosing {
    struct dashboard *dash;
    char *ns, *pod;
};

static void choosing_free(void *data)
{
    struct choosing *choosing = data;
    free(choosing->ns);
    free(choosing->pod);
    free(choosing);
}

static void enter(struct dashboard *dash, const char *ns, const char *pod, const char *container)
{
    struct err err = ERR_INIT;
    if (model_shell(dash->model, ns, pod, container, &err) < 0)
        dashboard_say(dash, ROLE_WARNING, "%s", err.text);
    else
        dashboard_say(dash, ROLE_BUSY, "opening a shell in container '%s' of %s", container, pod);
}

static void chosen(void *data, const char *name)
{
    struct choosing *choosing = data;
    enter(choosing->dash, choosing->ns, choosing->pod, name);
}

static bool can_be_entered(const struct container *c)
{
    return !c->init || c->sidecar || c->state == CONTAINER_RUNNING;
}

static void choose(struct dashboard *dash, const struct pod *pod)
{
    static const char *const states[] = {
        [CONTAINER_NONE] = "", [CONTAINER_WAITING] = "waiting", [CONTAINER_RUNNING] = "running", [CONTAINER_TERMINATED] = "ended"};
    struct choosing *choosing = xcalloc(1, sizeof *choosing);
    struct chooser_item *items = xcalloc(pod->container_count, sizeof *items);
    size_t count = 0;
    *choosing = (struct choosing){dash, xstrdup(pod->r.ns), xstrdup(pod->r.name)};
    for (size_t i = 0; i < pod->container_count; i++)
        if (can_be_entered(&pod->containers[i]))
            items[count++] = (struct chooser_item){.name = xstrdup(pod->containers[i].name),
                                                   .title = xstrdup(states[pod->containers[i].state])};
    chooser_open(dash, "Shell in which container?", items, count, "it has none", chosen, choosing, choosing_free);
}

void shell_open(struct dashboard *dash, const struct record *record, const char *container)
{
    const struct pod *pod = pod_or_say(dash, record);
    struct err err = ERR_INIT;
    if (!pod)
        return;
    if (model_may_write(dash->model, &err) < 0) { /* before anything is chosen */
        dashboard_say(dash, ROLE_WARNING, "%s", err.text);
        return;
    }
    size_t count = 0;
    const char *only = NULL;
    for (size_t i = 0; i < pod->container_count; i++)
        if (can_be_entered(&pod->containers[i])) {
            only = pod->containers[i].name;
            count++;
        }
    if (!container && count > 1)
        choose(dash, pod);
    else if (container || only)
        enter(dash, pod->r.ns, pod->r.name, container ? container : only);
    else
        dashboard_say(dash, ROLE_WARNING, "pod %s has no container that could be entered", pod->r.name);
}

/* Ports. */

static bool read_port(const char *text, size_t len, int64_t least, uint16_t *out)
{
    char word[8];
    int64_t number;
    if (!len || len >= sizeof word)
        return false;
    snprintf(word, sizeof word, "%.*s", (int)len, text);
    if (!text_int(word, &number) || number < least || number > 65535)
        return false;
    *out = (uint16_t)number;
    return true;
}

void forward_open(struct dashboard *dash, const struct record *record, const char *ports)
{
    const struct pod *pod = pod_or_say(dash, record);
    struct err err = ERR_INIT;
    if (!pod)
        return;
    const char *colon = strchr(ports, ':'), *remote = colon ? colon + 1 : ports;
    size_t family = pod_family(pod);
    char *of = family ? xstrndup(pod->owner, family) : NULL;
    struct model_forward_wish wish = {.ns = pod->r.ns, .pod = pod->r.name, .of = of};
    if (!read_port(remote, strlen(remote), 1, &wish.remote) ||
        (colon && colon > ports && !read_port(ports, (size_t)(colon - ports), 0, &wish.local)))
        err_set(&err, "'%s' is no port: it takes PORT, LOCAL:PORT or :PORT (any that is free here)", ports);
    else if (!colon)
        wish.local = wish.remote;
    if (err_is_set(&err) || model_forward(dash->model, &wish, &err) < 0) {
        dashboard_say(dash, ROLE_WARNING, "%s", err.text);
    } else {
        const struct model_forward *made = &dash->model->forwards[dash->model->forward_count - 1];
        dashboard_say(dash, ROLE_GOOD, "localhost:%u leads to port %u of %s; :forwards lists them, X closes", made->local,
                      made->remote, of ? of : pod->r.name);
    }
    free(of);
}

struct asking {
    struct dashboard *dash;
    const struct kind *kind;
    char *ns, *name;
};

static void asked(void *data, const char *text)
{
    struct asking *asking = data;
    struct store *store = model_store(asking->dash->model, asking->kind == &kind_pod ? SOURCE_PODS : SOURCE_DEPLOYMENTS);
    const struct record *record = text && *text && store ? store_find(store, asking->ns, asking->name) : NULL;
    if (record)
        forward_open(asking->dash, record, text);
    else if (text && *text)
        dashboard_say(asking->dash, ROLE_WARNING, "%s %s is gone", asking->kind->name, asking->name);
    free(asking->ns);
    free(asking->name);
    free(asking);
}

void forward_ask(struct dashboard *dash, const struct record *record)
{
    const struct pod *pod = pod_or_say(dash, record);
    if (!pod)
        return;
    char initial[16] = "", label[64];
    struct asking *asking = xcalloc(1, sizeof *asking);
    *asking = (struct asking){dash, record->kind, xstrdup_or_null(record->ns), xstrdup(record->name)};
    if (pod->port)
        snprintf(initial, sizeof initial, "%u", pod->port);
    snprintf(label, sizeof label, "forward [LOCAL:]PORT of %.30s: ", record->name);
    dashboard_prompt(dash, label, initial, NULL, asked, asking);
}
