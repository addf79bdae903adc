#include "ui/why.h"

#include "base/text.h"
#include "k8s/logtail.h"
#include "ui/objects.h"
#include "ui/pager.h"

#define TEXT_MAX (1u << 20)

/* The answer to `w`, made anew with what changes; the last lines of a run that ended are read from its log meanwhile. */
struct why_view {
    struct dashboard *dash;
    struct pager pager;
    char *name; /* NULL: nothing was asked yet */
    why_of_fn of;
    void *data;
    bool seen, stale;
    char *text; /* what the pager has */
    int w;      /* it was broken for */
    int64_t second; /* it was made in: it has ages */
    char title[300];
    struct log_tail tail;
    char *tail_of; /* of which run the tail is: the pod's uid, the container, how often it was restarted */
};

enum { WHY_ASK_AGAIN = 1 };

static const struct binding bindings[] = {
    {"r", WHY_ASK_AGAIN, "read again", "read the log again; all else is as it is now"},
    OBJECT_LOGS_BINDING,
    {"d", OBJECT_DESCRIBE, "describe", "its pod, else the object itself"},
    {"y", OBJECT_YAML, "yaml", "the same as YAML"},
    {NULL},
};

static void on_tail(void *data)
{
    struct why_view *view = data;
    view->stale = true;
    dashboard_redraw(view->dash);
}

static void forget_tail(struct why_view *view)
{
    log_tail_release(&view->tail);
    free(view->tail_of);
    view->tail_of = NULL;
}

/* The log of another run than the one that was read last. */
static void read_tail(struct why_view *view, const struct why_of *of)
{
    struct kube_client *client = dashboard_model(view->dash)->client;
    const struct pod *pod;
    bool previous;
    const struct container *container = why_logged(of, &pod, &previous);
    if (!container || !client) {
        forget_tail(view);
        return;
    }
    char *run = xasprintf("%s/%s/%d", pod->r.uid, container->name, container->restarts);
    if (str_eq(run, view->tail_of)) {
        free(run);
        return;
    }
    forget_tail(view);
    view->tail_of = run;
    log_tail_read(&view->tail, client,
                  &(struct log_options){.ns = pod->r.ns, .pod = pod->r.name, .container = container->name, .previous = previous});
}

static bool ask(struct why_view *view, struct why_of *of, struct buf *head)
{
    *of = (struct why_of){.now = 0};
    return view->name && view->of(view->data, view->name, of, head);
}

/* The text stays where it was scrolled to. */
static void put(struct why_view *view, const char *text)
{
    if (str_eq(text, view->text))
        return;
    size_t top = view->pager.top;
    free(view->text);
    view->text = xstrdup(text);
    pager_clear(&view->pager);
    pager_add_text(&view->pager, text);
    view->pager.top = MIN(top, view->pager.count ? view->pager.count - 1 : 0);
}

static void add_answer(struct why_view *view, struct buf *text, struct why_of *of)
{
    struct why why;
    read_tail(view, of);
    of->log = (const char *const *)view->tail.lines;
    of->log_count = view->tail.over ? view->tail.count : 0;
    bool measured = why_ask(view->dash, &why, *of);
    snprintf(view->title, sizeof view->title, "%s", why.name);
    if (why.weight)
        why_text(text, &why);
    else
        buf_addf(text, "%s: %s%s\n", why.name, why.state, measured ? "; all is well" : "");
    if (!measured)
        buf_adds(text, "\n(what its wires carry is being measured)\n");
    if (view->tail_of && !view->tail.over)
        buf_adds(text, "\n(its log is being read)\n");
    why_release(&why);
}

static void make(struct why_view *view, int w)
{
    struct why_of of;
    struct buf head, text, wrapped;
    int64_t second = dashboard_wall(view->dash) / NSEC_PER_SEC;
    if (!view->stale && w == view->w && second == view->second)
        return;
    view->stale = false;
    view->w = w;
    view->second = second;
    buf_init(&head, TEXT_MAX);
    buf_init(&text, TEXT_MAX);
    buf_init(&wrapped, TEXT_MAX);
    bool there = ask(view, &of, &head);
    if (head.len)
        buf_addf(&text, "%s\n\n", head.data);
    if (there)
        add_answer(view, &text, &of);
    else
        buf_adds(&text, view->name
                            ? "it is no longer there; Esc leads back"
                            : "nothing was asked yet: w on a pod, a deployment, a node or a box of the graph asks why it is not well");
    why_wrap(&wrapped, text.data, w - 2);
    put(view, wrapped.data);
    buf_release(&head);
    buf_release(&text);
    buf_release(&wrapped);
}

static void why_retarget(void *state, const struct target *target)
{
    struct why_view *view = state;
    if (!target || !target->why_of)
        return;
    char *name = xstrdup(target->name);
    free(view->name);
    view->name = name;
    view->of = target->why_of;
    view->data = target->why_data;
    view->stale = true;
    forget_tail(view);
    pager_search(&view->pager, NULL, true);
    view->pager.top = 0;
}

static void *why_open(struct dashboard *dash, const struct target *target)
{
    struct why_view *view = xcalloc(1, sizeof *view);
    view->dash = dash;
    view->stale = true;
    view->tail.told = on_tail;
    view->tail.data = view;
    pager_init(&view->pager);
    why_retarget(view, target);
    return view;
}

static void why_close(void *state)
{
    struct why_view *view = state;
    forget_tail(view);
    pager_release(&view->pager);
    free(view->text);
    free(view->name);
    free(view);
}

static void why_draw(void *state, struct area area)
{
    struct why_view *view = state;
    make(view, area.w);
    pager_draw(&view->pager, area);
}

static unsigned why_key(void *state, const struct key *key)
{
    struct why_view *view = state;
    if (key_is(key, "Esc") && view->pager.search[0]) {
        pager_search(&view->pager, NULL, true);
        return DID_CHANGE;
    }
    return pager_mouse(&view->pager, key);
}

static const struct record *record_of(const struct why_of *of)
{
    const struct pod *pod;
    bool previous;
    why_logged(of, &pod, &previous);
    const struct deployment *deployment = of->live ? of->live->things[of->thing].deployment : of->deployment;
    return pod ? &pod->r : deployment ? &deployment->r : of->node ? &of->node->r : NULL;
}

static unsigned why_command(void *state, int command, const struct key *key UNUSED)
{
    struct why_view *view = state;
    struct why_of of;
    struct buf head;
    if (command == WHY_ASK_AGAIN) {
        forget_tail(view);
        view->stale = true;
        return DID_CHANGE;
    }
    if (command != OBJECT_LOGS && command != OBJECT_DESCRIBE && command != OBJECT_YAML)
        return pager_command(&view->pager, view->dash, command);
    buf_init(&head, TEXT_MAX);
    const struct record *record = ask(view, &of, &head) ? record_of(&of) : NULL;
    buf_release(&head);
    if (record && command == OBJECT_LOGS && record->kind != &kind_pod) {
        dashboard_say(view->dash, ROLE_DIM, "%s has no pod whose log could be shown", record->name);
        return DID_CHANGE;
    }
    return object_command(view->dash, command, record);
}

/* Also while it is not seen: what is shown then is made anew. */
static bool why_changed(void *state, unsigned mask)
{
    struct why_view *view = state;
    if (mask & CHANGED_CLIENT)
        forget_tail(view);
    view->stale = true;
    return view->seen;
}

static void why_visible(void *state, bool visible)
{
    struct why_view *view = state;
    view->seen = visible;
    view->stale = true;
    if (!visible)
        forget_tail(view);
}

static void why_summary(void *state, char *out, size_t size)
{
    struct why_view *view = state;
    char lines[256];
    pager_summary(&view->pager, lines, sizeof lines);
    snprintf(out, size, "%s  %s", view->title, lines);
}

static void why_filter(void *state, const char *what, bool done)
{
    struct why_view *view = state;
    pager_search(&view->pager, what, done);
}

const struct view view_why = {
    .name = "why",
    .title = "Why",
    .words = "",
    .ages = true,
    .traffic = true,
    .sources = CHANGED_PODS | CHANGED_DEPLOYMENTS | CHANGED_NODES | CHANGED_EVENTS,
    .bindings = bindings,
    .more_bindings = pager_bindings,
    .open = why_open,
    .close = why_close,
    .draw = why_draw,
    .key = why_key,
    .command = why_command,
    .changed = why_changed,
    .visible = why_visible,
    .retarget = why_retarget,
    .summary = why_summary,
    .filter = why_filter,
};
