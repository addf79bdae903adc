#include "ui/kinds.h"

#include "base/text.h"
#include "k8s/tablerow.h"
#include "ui/dashboard_private.h"

#define TEXT_MAX (4u << 20)

struct kinds {
    struct dashboard *dash;
    struct discovery *discovery;
    char *word, *args; /* what waits for an answer; NULL: nothing does */
    kinds_use_fn use;
    bool list;         /* all of them are waited for */
};

static void show_list(struct kinds *kinds);

static void no_more_waits(struct kinds *kinds)
{
    free(kinds->word);
    free(kinds->args);
    kinds->word = kinds->args = NULL;
    kinds->list = false;
}

/* What the server says of itself; where it says nothing, the kinds that every server has. */
static const struct kind *meant(struct kinds *kinds, const char *word, char *note, size_t size)
{
    const struct api_kind *other, *found = discovery_find(kinds->discovery, word, &other);
    *note = '\0';
    if (found && other && !str_eq(found->group, other->group))
        snprintf(note, size, "'%s' is %s%s%s here; %s.%s is another one", word, found->plural, *found->group ? "." : "",
                 found->group, other->plural, other->group);
    if (found)
        return api_kind_rows(found);
    const struct kind *known = discovery_count(kinds->discovery) ? NULL : kind_find(word);
    return known ? tablerow_of(known) : NULL;
}

static bool try(struct kinds *kinds)
{
    char note[256];
    const struct kind *kind = meant(kinds, kinds->word, note, sizeof note);
    if (!kind)
        return false;
    struct dashboard *dash = kinds->dash;
    char *args = kinds->args;
    kinds->args = NULL;
    no_more_waits(kinds);
    dash->said[0] = '\0';
    kinds->use(dash, kind, args);
    if (*note)
        dashboard_say(dash, ROLE_DIM, "%s", note);
    free(args);
    return true;
}

static void give_up(struct kinds *kinds)
{
    const char *why = discovery_why(kinds->discovery);
    char *word = kinds->word;
    kinds->word = NULL;
    no_more_waits(kinds);
    if (*why && !dashboard_model(kinds->dash)->replay.on) /* of a record only what it has is known */
        dashboard_say(kinds->dash, ROLE_BAD, "which kinds the cluster has is not known: %s", why);
    else
        command_unknown(kinds->dash, word);
    free(word);
}

static void on_learnt(void *data, struct discovery *discovery UNUSED)
{
    struct kinds *kinds = data;
    if (kinds->list)
        show_list(kinds);
    if (kinds->word && !try(kinds))
        give_up(kinds);
    dashboard_redraw(kinds->dash);
}

/* NULL: there is no cluster that could be asked. */
static struct kinds *kinds_get(struct dashboard *dash)
{
    struct kube_client *client = dash->model->client;
    if (!dash->kinds && client) {
        dash->kinds = xcalloc(1, sizeof *dash->kinds);
        dash->kinds->dash = dash;
        dash->kinds->discovery = discovery_new(client, on_learnt, dash->kinds);
    }
    return dash->kinds;
}

void kinds_forget(struct dashboard *dash)
{
    if (!dash->kinds)
        return;
    no_more_waits(dash->kinds);
    discovery_free(dash->kinds->discovery);
    free(dash->kinds);
    dash->kinds = NULL;
}

void kinds_find(struct dashboard *dash, const char *word, const char *args, kinds_use_fn use)
{
    struct kinds *kinds = kinds_get(dash);
    if (!kinds) {
        command_unknown(dash, word);
        return;
    }
    char *taken = xstrdup(word), *rest = xstrdup(args); /* they may be those that wait */
    no_more_waits(kinds);
    kinds->word = taken;
    kinds->args = rest;
    kinds->use = use;
    if (try(kinds))
        return;
    if (discovery_asking(kinds->discovery) || discovery_again(kinds->discovery))
        dashboard_say(dash, ROLE_DIM, "asking the cluster what '%s' is", kinds->word);
    else
        give_up(kinds);
}

static void show_kind(struct dashboard *dash, const struct kind *kind, const char *args)
{
    dashboard_open(dash, &view_kind, &(struct target){.kind = kind});
    dash->trail_count = 0;
    view_kind.filter(dash->current->state, *args ? args : NULL, true);
}

void kinds_run(struct dashboard *dash, const char *word, const char *args)
{
    kinds_find(dash, word, args, show_kind);
}

void kinds_begin(struct dashboard *dash)
{
    kinds_get(dash);
}

void kinds_complete(struct dashboard *dash, struct completions *out)
{
    struct kinds *kinds = kinds_get(dash);
    for (size_t i = 0; kinds && i < discovery_count(kinds->discovery); i++)
        completions_add(out, discovery_at(kinds->discovery, i)->plural);
}

size_t kinds_names(struct dashboard *dash, const char **names, size_t max)
{
    size_t count = 0;
    for (size_t i = 0; dash->kinds && i < discovery_count(dash->kinds->discovery) && count < max; i++)
        names[count++] = discovery_at(dash->kinds->discovery, i)->plural;
    return count;
}

/* As `kubectl api-resources` has them. */
static void show_list(struct kinds *kinds)
{
    struct buf text;
    int wide = 4;
    buf_init(&text, TEXT_MAX);
    for (size_t i = 0; i < discovery_count(kinds->discovery); i++)
        wide = MAX(wide, MIN((int)strlen(discovery_at(kinds->discovery, i)->plural), 40));
    buf_addf(&text, "# %-*s  %-8s  %-10s  %s\n", wide - 2, "NAME", "SHORT", "IN", "KIND");
    for (size_t i = 0; i < discovery_count(kinds->discovery); i++) {
        const struct api_kind *kind = discovery_at(kinds->discovery, i);
        buf_addf(&text, "%-*s  %-8s  %-10s  %s%s%s/%s\n", wide, kind->plural, kind->shorts, kind->namespaced ? "namespace" : "cluster",
                 kind->name, *kind->group ? "." : "", kind->group, kind->version);
    }
    if (*discovery_why(kinds->discovery))
        buf_addf(&text, "# not all of them are known: %s\n", discovery_why(kinds->discovery));
    kinds->list = false;
    dashboard_show_text(kinds->dash, "kinds", text.data);
    buf_release(&text);
}

void kinds_list(struct dashboard *dash)
{
    struct kinds *kinds = kinds_get(dash);
    if (!kinds) {
        dashboard_say(dash, ROLE_WARNING, "there is no cluster here that could be asked for its kinds");
        return;
    }
    kinds->list = discovery_asking(kinds->discovery) || discovery_again(kinds->discovery);
    if (!kinds->list)
        show_list(kinds);
}
