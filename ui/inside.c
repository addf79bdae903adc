#include "ui/inside.h"

#include "base/text.h"
#include "k8s/kinds/pod.h"
#include "ui/chooser.h"
#include "ui/dashboard_private.h"
#include "ui/objects.h"

/* Which pod. */

/* A deployment's pods are its replica sets'; others own theirs themselves. */
static bool is_of(const struct pod *pod, const struct record *owner)
{
    if (str_eq(owner->kind->name, "Deployment"))
        return pod_is_of(pod, owner->ns, owner->name);
    return str_eq(pod->r.ns, owner->ns) && str_eq(pod->owner, owner->name) && str_eq(pod->owner_kind, owner->kind->name);
}

const struct pod *object_pod(struct dashboard *dash, const struct record *record, struct err *err)
{
    struct store *pods = model_store(dash->model, SOURCE_PODS);
    const struct pod *best = NULL;
    if (record->kind == &kind_pod)
        return (const struct pod *)record;
    if (pods)
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

struct asking { /* the pod, and the deployment that it belongs to (NULL: none) */
    struct dashboard *dash;
    char *ns, *pod, *of;
};

static void open_ports(const struct asking *asking, const char *ports)
{
    struct dashboard *dash = asking->dash;
    struct err err = ERR_INIT;
    const char *colon = strchr(ports, ':'), *remote = colon ? colon + 1 : ports;
    struct model_forward_wish wish = {.ns = asking->ns, .pod = asking->pod, .of = asking->of};
    if (!read_port(remote, strlen(remote), 1, &wish.remote) ||
        (colon && colon > ports && !read_port(ports, (size_t)(colon - ports), 0, &wish.local)))
        err_set(&err, "'%s' is no port: it takes PORT, LOCAL:PORT or :PORT (any that is free here)", ports);
    else if (!colon)
        wish.local = wish.remote;
    if (err_is_set(&err) || model_forward(dash->model, &wish, &err) < 0) {
        dashboard_say(dash, ROLE_WARNING, "%s", err.text);
        return;
    }
    const struct model_forward *made = &dash->model->forwards[dash->model->forward_count - 1];
    dashboard_say(dash, ROLE_GOOD, "localhost:%u leads to port %u of %s; :forwards lists them, X closes", made->local, made->remote,
                  asking->of ? asking->of : asking->pod);
}

static struct asking *asking_new(struct dashboard *dash, const struct pod *pod)
{
    struct asking *asking = xcalloc(1, sizeof *asking);
    size_t family = pod_family(pod);
    *asking = (struct asking){dash, xstrdup(pod->r.ns), xstrdup(pod->r.name), family ? xstrndup(pod->owner, family) : NULL};
    return asking;
}

static void asking_free(struct asking *asking)
{
    free(asking->ns);
    free(asking->pod);
    free(asking->of);
    free(asking);
}

void forward_open(struct dashboard *dash, const struct record *record, const char *ports)
{
    const struct pod *pod = pod_or_say(dash, record);
    if (!pod)
        return;
    struct asking *asking = asking_new(dash, pod);
    open_ports(asking, ports);
    asking_free(asking);
}

static void asked(void *data, const char *text)
{
    if (text && *text)
        open_ports(data, text);
    asking_free(data);
}

void forward_ask(struct dashboard *dash, const struct record *record)
{
    const struct pod *pod = pod_or_say(dash, record);
    char initial[16] = "", label[64];
    if (!pod)
        return;
    if (pod->port)
        snprintf(initial, sizeof initial, "%u", pod->port);
    snprintf(label, sizeof label, "forward [LOCAL:]PORT of %.30s: ", record->name);
    dashboard_prompt(dash, label, initial, NULL, asked, asking_new(dash, pod));
}
