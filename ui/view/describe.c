#include "ui/view.h"

#include "k8s/gather.h"
#include "k8s/kinds/event.h"
#include "k8s/redact.h"
#include "k8s/tablewatch.h"
#include "ops/describe.h"
#include "ui/dashboard_private.h"
#include "ui/kinds.h"
#include "ui/objects.h"
#include "ui/pager.h"

/* An object in words. It is watched while it is seen: what changes is fetched and told anew, where one reads. */

#define TEXT_MAX (8u << 20)
#define SETTLE (300 * NSEC_PER_MSEC) /* changes come in bursts */
#define AGES (10 * NSEC_PER_SEC)     /* how old the ages in the text may get */

struct describe {
    struct dashboard *dash;
    struct pager pager;
    const struct kind *kind; /* NULL: nothing was asked for yet */
    char *ns, *name, *uid;
    struct gather *gather;
    cJSON *object, *events, *related;
    struct err events_why, related_why;
    char why[512];           /* why the text is old, or there is none */
    struct store *store;     /* of the one row that tells of a change */
    struct reflector *reflector;
    struct store_listener changes, told; /* of the object; of events */
    struct loop_timer again, ages;
    bool seen, gone;
};

static const struct binding bindings[] = {
    {"Esc", 0, "back", NULL},
    {"y", OBJECT_YAML, "yaml", "the whole object as YAML"},
    {"w", OBJECT_WHY, "why", "why it is not well, and what helps"},
    OBJECT_LOGS_BINDING,
    OBJECT_PICTURE_BINDING,
    OBJECT_POD_BINDINGS,
    {NULL},
};

/* The text. */

static void render(struct describe *d)
{
    struct buf text;
    size_t top = d->pager.top;
    int left = d->pager.left;
    if (!d->object)
        return;
    buf_init(&text, TEXT_MAX);
    describe_text(&text, &(struct describe_of){.object = d->object, .events = d->events, .related = d->related,
                                               .events_why = d->events_why.text, .related_why = d->related_why.text,
                                               .now = dashboard_wall(d->dash)});
    pager_clear(&d->pager);
    pager_add_text(&d->pager, text.data);
    d->pager.top = MIN(top, d->pager.count ? d->pager.count - 1 : 0);
    d->pager.left = left;
    buf_release(&text);
    loop_timer_start(&d->ages, AGES);
    if (d->seen)
        dashboard_redraw(d->dash);
}

static void on_ages(void *data)
{
    render(data);
}

static void forget(struct describe *d)
{
    cJSON_Delete(d->object);
    cJSON_Delete(d->events);
    cJSON_Delete(d->related);
    d->object = d->events = d->related = NULL;
    loop_timer_stop(&d->ages);
}

static void take(cJSON **to, cJSON **from)
{
    cJSON_Delete(*to);
    *to = *from;
    *from = NULL;
}

static void on_gathered(void *data, struct gathered *got)
{
    struct describe *d = data;
    d->gather = NULL;
    d->gone = got->status == 404;
    if (!got->object) {
        snprintf(d->why, sizeof d->why, "%s%s", got->why.text, d->object && d->gone ? ": this is how it was" : "");
        dashboard_redraw(d->dash);
        return;
    }
    d->why[0] = '\0';
    redact_shown(got->object);
    take(&d->object, &got->object);
    take(&d->events, &got->events);
    take(&d->related, &got->related);
    d->events_why = got->events_why;
    d->related_why = got->related_why;
    const char *uid = json_str(d->object, "metadata.uid");
    free(d->uid);
    d->uid = xstrdup_or_null(uid);
    render(d);
}

/* Asking. */

static void fetch(void *data)
{
    static const struct gather_paths paths = {describe_events, describe_related};
    struct describe *d = data;
    struct kube_client *client = dashboard_model(d->dash)->client;
    struct buf path;
    if (!client || !d->kind)
        return;
    if (d->gather) { /* what it brings may be from before the change */
        loop_timer_start(&d->again, SETTLE);
        return;
    }
    buf_init(&path, 8192);
    kind_path(&path, d->kind, d->ns, d->name);
    d->gather = gather_start(client, path.data, &paths, on_gathered, d);
    buf_release(&path);
}

static void on_change(void *data, const struct change *changes UNUSED, size_t count UNUSED)
{
    struct describe *d = data;
    if (!loop_timer_active(&d->again))
        loop_timer_start(&d->again, SETTLE);
}

static bool on_it(const struct describe *d, const struct event *event)
{
    return event && (str_eq(event->on_uid, d->uid) || (str_eq(event->on_kind, d->kind->name) && str_eq(event->on_name, d->name) &&
                                                      (!d->ns || str_eq(event->r.ns, d->ns))));
}

static void on_events(void *data, const struct change *changes, size_t count)
{
    struct describe *d = data;
    for (size_t i = 0; i < count; i++)
        if (on_it(d, (const struct event *)changes[i].now)) {
            on_change(d, NULL, 0);
            return;
        }
}

static void unwatch(struct describe *d)
{
    loop_timer_stop(&d->again);
    loop_timer_stop(&d->ages);
    gather_cancel(d->gather);
    d->gather = NULL;
    store_unlisten(&d->told);
    reflector_free(d->reflector);
    d->reflector = NULL;
    if (d->store) {
        store_unlisten(&d->changes);
        store_free(d->store);
        d->store = NULL;
    }
}

/* One row of its Table, which changes when it does. */
static void watch(struct describe *d)
{
    struct model *model = dashboard_model(d->dash);
    struct store *events = model_store(model, SOURCE_EVENTS);
    unwatch(d);
    if (!d->kind || !model->client)
        return;
    char *selector = xasprintf("metadata.name=%s", d->name);
    d->store = store_new(tablerow_of(d->kind));
    store_listen(d->store, &d->changes, on_change, d);
    if (events)
        store_listen(events, &d->told, on_events, d);
    d->reflector = reflector_new(model->client, d->store, &(struct reflector_options){.ns = d->ns, .field_selector = selector}, NULL, NULL);
    free(selector);
    fetch(d);
}

/* The view. */

static void set(char **to, const char *text)
{
    char *copy = xstrdup_or_null(text);
    free(*to);
    *to = copy;
}

static void describe_retarget(void *state, const struct target *target)
{
    struct describe *d = state;
    if (!target || !target->kind || !target->name)
        return;
    bool same = d->kind && str_eq(d->kind->plural, target->kind->plural) && str_eq(d->kind->group, target->kind->group) &&
                str_eq(d->name, target->name) && str_eq(str_or_empty(d->ns), str_or_empty(target->ns));
    if (!same) {
        forget(d);
        pager_clear(&d->pager);
        pager_search(&d->pager, NULL, true);
    }
    d->kind = target->kind;
    d->why[0] = '\0';
    set(&d->ns, target->ns);
    set(&d->name, target->name);
    set(&d->uid, target->uid);
    if (d->seen)
        watch(d);
}

static void *describe_open(struct dashboard *dash, const struct target *target)
{
    struct describe *d = xcalloc(1, sizeof *d);
    d->dash = dash;
    pager_init(&d->pager);
    d->pager.yaml = true;
    loop_timer_init(&d->again, dashboard_model(dash)->loop, fetch, d);
    loop_timer_init(&d->ages, dashboard_model(dash)->loop, on_ages, d);
    describe_retarget(d, target);
    return d;
}

static void describe_close(void *state)
{
    struct describe *d = state;
    unwatch(d);
    forget(d);
    pager_release(&d->pager);
    free(d->ns);
    free(d->name);
    free(d->uid);
    free(d);
}

static void describe_visible(void *state, bool visible)
{
    struct describe *d = state;
    d->seen = visible;
    if (visible)
        watch(d);
    else
        unwatch(d);
    if (visible)
        render(d);
}

static bool describe_changed(void *state, unsigned mask)
{
    struct describe *d = state;
    if (!(mask & CHANGED_CLIENT))
        return false;
    /* It is of the cluster that is left. */
    unwatch(d);
    forget(d);
    pager_clear(&d->pager);
    d->kind = NULL;
    d->why[0] = '\0';
    return true;
}

static void describe_draw(void *state, struct area area)
{
    struct describe *d = state;
    const char *none = !d->kind ? "d on an object describes it, :describe KIND NAME too"
                       : d->why[0] ? d->why : dashboard_model(d->dash)->client ? "loading…" : "there is no cluster here";
    if (!d->pager.count)
        draw_wrapped(area, 1, 2, area.w - 2, ROLE_DIM, 0, none);
    pager_draw(&d->pager, area);
}

static unsigned describe_key(void *state, const struct key *key)
{
    struct describe *d = state;
    if (key_is(key, "Esc") && d->pager.search[0]) {
        pager_search(&d->pager, NULL, true);
        return DID_CHANGE;
    }
    return pager_mouse(&d->pager, key);
}

static unsigned describe_command(void *state, int command, const struct key *key UNUSED)
{
    struct describe *d = state;
    if (command >= OBJECT_YAML && command <= OBJECT_FORWARD) {
        /* The names of a record are interned; these live as long as the call. */
        const struct kind *rows = d->kind ? tablerow_of(d->kind) : NULL;
        struct record record = {.kind = rows, .ns = istr_new(d->ns), .name = istr_new(d->name), .uid = istr_new(d->uid)};
        const struct record *there = rows ? object_mirrored(d->dash, &record) : NULL;
        bool of_pods = command != OBJECT_YAML && command != OBJECT_WHY;
        unsigned did = DID_CHANGE;
        if (rows && of_pods && !there)
            dashboard_say(d->dash, ROLE_WARNING, d->gone ? "the %s is gone" : "a %s has no log, shell, port or picture: pods have",
                          rows->name);
        else
            did = object_command(d->dash, command, rows && of_pods ? there : rows ? &record : NULL);
        istr_unref(record.ns);
        istr_unref(record.name);
        istr_unref(record.uid);
        return did;
    }
    return pager_command(&d->pager, d->dash, command);
}

static void describe_summary(void *state, char *out, size_t size)
{
    struct describe *d = state;
    char lines[256];
    pager_summary(&d->pager, lines, sizeof lines);
    if (d->kind)
        snprintf(out, size, "%s %s  %s", d->kind->name, d->name, d->pager.count ? lines : "");
}

static void describe_status(void *state, char *out, size_t size, enum role *role)
{
    struct describe *d = state;
    if (d->pager.count)
        snprintf(out, size, "%s", d->why);
    *role = d->gone ? ROLE_WARNING : ROLE_BAD;
}

static void describe_filter(void *state, const char *what, bool done)
{
    struct describe *d = state;
    pager_search(&d->pager, what, done);
}

const struct view view_describe = {
    .name = "describe",
    .title = "",
    .speaks_first = true,
    .bindings = bindings,
    .more_bindings = pager_bindings,
    .open = describe_open,
    .close = describe_close,
    .draw = describe_draw,
    .key = describe_key,
    .command = describe_command,
    .changed = describe_changed,
    .retarget = describe_retarget,
    .visible = describe_visible,
    .summary = describe_summary,
    .status = describe_status,
    .filter = describe_filter,
};
