#include "ui/why.h"

#include "base/text.h"
#include "ops/timing.h"
#include "ui/dashboard_private.h"

#define TEXT_MAX (1u << 20)
#define WIDEST 100 /* longer lines are hard to read */

static void wrap_line(struct buf *out, const char *line, size_t len, int w)
{
    int indent = (int)strspn(line, " "), room = MAX(w - indent, 1);
    char *rest = xstrndup(line + indent, len > (size_t)indent ? len - (size_t)indent : 0);
    const char *text = rest;
    do {
        size_t cut = text_break(text, room);
        buf_pad(out, ' ', (size_t)indent);
        buf_add(out, text, cut);
        buf_addc(out, '\n');
        text += cut;
        text += *text == ' ';
    } while (*text);
    free(rest);
}

void why_wrap(struct buf *out, const char *text, int w)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        wrap_line(out, text, len, MIN(w, WIDEST));
        text += len;
        text += *text == '\n';
    }
}

bool why_show(struct dashboard *dash, struct why_of of, const char *head)
{
    struct model *model = dashboard_model(dash);
    struct index on_objects;
    struct why why;
    struct buf text, wrapped;
    char title[300];
    of.gpus = dashboard_gpus(dash);
    of.nodes = model_store(model, SOURCE_NODES);
    of.deployments = model_store(model, SOURCE_DEPLOYMENTS);
    of.now = dashboard_wall(dash);
    if (model_store(model, SOURCE_EVENTS)) {
        index_init(&on_objects, model_store(model, SOURCE_EVENTS), event_object_key);
        of.events = &on_objects;
    }
    why_make(&why, &of);
    bool ill = why.weight;
    buf_init(&text, TEXT_MAX);
    buf_init(&wrapped, TEXT_MAX);
    if (head)
        buf_addf(&text, "%s\n\n", head);
    why_text(&text, &why);
    why_wrap(&wrapped, text.data, dash->canvas.w - 2);
    snprintf(title, sizeof title, "why %s", why.name);
    if (ill)
        dashboard_show_text(dash, title, wrapped.data);
    else if (!head)
        dashboard_say(dash, ROLE_NORMAL, "%s: %s; all is well", why.name, why.state);
    buf_release(&text);
    buf_release(&wrapped);
    why_release(&why);
    if (of.events)
        index_release(&on_objects);
    return ill;
}

/* Of a row of the server's Table: the same object as it is mirrored; NULL: its kind is not. */
static const struct record *mirrored(struct dashboard *dash, const struct record *record)
{
    static const enum model_source_id sources[] = {SOURCE_PODS, SOURCE_DEPLOYMENTS, SOURCE_NODES};
    for (size_t i = 0; i < ARRAY_SIZE(sources); i++) {
        struct store *store = model_store(dashboard_model(dash), sources[i]);
        const struct kind *kind = store ? store_kind(store) : NULL;
        if (kind && str_eq(kind->name, record->kind->name) && str_eq(kind->group, record->kind->group))
            return store_find(store, record->ns, record->name);
    }
    return NULL;
}

void why_show_record(struct dashboard *dash, const struct record *record)
{
    struct why_of of = {.now = 0};
    const char *name = record->kind->name;
    record = record->kind->table ? mirrored(dash, record) : record;
    if (!record) {
        dashboard_say(dash, ROLE_DIM, "what is the matter with a %s is not known here; d shows its conditions and events", name);
        return;
    }
    if (record->kind == &kind_pod)
        of.pod = (const struct pod *)record;
    else if (record->kind == &kind_deployment)
        of.deployment = (const struct deployment *)record;
    else
        of.node = (const struct node *)record;
    why_show(dash, of, NULL);
}
