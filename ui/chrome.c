#include "ui/dashboard_private.h"

#include "base/text.h"
#include "base/time.h"
#include "ui/replay.h"

#define SAID_OVER_STALE (5 * NSEC_PER_SEC)

static int right_part(struct area line, int x, enum role role, unsigned attr, const char *text)
{
    x -= text_width(text);
    draw_text(line, x, 0, role, attr | ATTR_BAR, text);
    return x;
}

static int draw_freshness(struct dashboard *dash, struct area line, int x)
{
    int64_t age;
    enum reflector_state state =
        model_freshness(dash->model, dashboard_sources(dash), dashboard_now(dash), &age, NULL);
    char text[64], how_long[TIME_TEXT];
    switch (state) {
    case REFLECTOR_LIVE:
        return right_part(line, x, dash->model->replay.on ? ROLE_BUSY : ROLE_GOOD, 0, dash->model->replay.on ? "record" : "live");
    case REFLECTOR_LISTING: /* how long, where it does not come at once */
        snprintf(text, sizeof text, "loading%s%s", age >= 2 * NSEC_PER_SEC ? " " : "",
                 age >= 2 * NSEC_PER_SEC ? time_age(how_long, age) : "");
        return right_part(line, x, ROLE_BUSY, 0, text);
    case REFLECTOR_REFUSED:
        return right_part(line, x, ROLE_BAD, 0, "REFUSED");
    case REFLECTOR_STALE:
        break;
    }
    snprintf(text, sizeof text, "STALE %s", time_age(how_long, age));
    return right_part(line, x, ROLE_BAD, 0, text);
}

/* One whose title is what it shows at the moment ("Service 3") goes by the word for it. */
static const char *trail_name(char out[64], const struct page *page)
{
    char summary[256] = "";
    if (!*page->view->title && page->view->summary)
        page->view->summary(page->state, summary, sizeof summary);
    snprintf(out, 64, "%.*s", (int)strcspn(summary, " "), summary);
    return *page->view->title ? page->view->title : *out ? out : page->view->name;
}

/* "Nodes › Pods › ": where Esc goes back to; the farthest give way where there is no room. */
static int draw_trail(struct dashboard *dash, struct area left, int x, int width)
{
    char text[256], name[64];
    size_t from = dash->trail_count;
    while (from > 0) {
        int more = text_width(trail_name(name, dash->trail[from - 1])) + 3;
        if (x + width + more > left.w)
            break;
        width += more;
        from--;
    }
    for (size_t i = from; i < dash->trail_count; i++) {
        snprintf(text, sizeof text, "%s › ", trail_name(name, dash->trail[i]));
        x = draw_text(left, x, 0, ROLE_HEADER, ATTR_BAR, text);
    }
    return x;
}

/* " patchbay  edge · media/lobby*  Pods 4/12": returns the x behind it. */
static int draw_where(struct dashboard *dash, struct area left)
{
    const struct model *model = dash->model;
    const struct view *view = dash->current->view;
    const char *graph = model->graph_name;
    bool dirty = model->document && document_dirty(model->document);
    const char *ns = view == &view_graph && graph && model->graph_ns ? model->graph_ns : model->ns;
    int x = 1;
    if (left.canvas->w >= 60)
        x = draw_text(left, x, 0, ROLE_TITLE, ATTR_BAR, "patchbay") + 2;
    x = draw_text(left, x, 0, ROLE_HEADER, ATTR_BAR, str_or_empty(model->context));
    x = draw_text(left, x, 0, ROLE_HEADER, ATTR_BAR, " · ");
    x = draw_text(left, x, 0, ROLE_HEADER, ATTR_BAR, ns ? ns : "all");
    if (graph && (dirty || str_eq(ns, model->graph_ns))) {
        x = draw_text(left, x, 0, ROLE_HEADER, ATTR_BAR, str_eq(ns, model->graph_ns) ? "/" : " ");
        x = draw_text(left, x, 0, ROLE_HEADER, ATTR_BAR, graph);
        if (dirty)
            x = draw_text(left, x, 0, ROLE_WARNING, ATTR_BAR, "*");
    }
    if (view == &view_graph)
        return x;
    char summary[256] = "";
    if (view->summary)
        view->summary(dash->current->state, summary, sizeof summary);
    x = draw_trail(dash, left, x + 2, text_width(view->title) + 1 + text_width(summary));
    x = draw_text(left, x, 0, ROLE_TITLE, ATTR_BAR, view->title);
    if (!*summary)
        return x;
    x += *view->title != '\0'; /* one without says in its summary what it shows */
    draw_field(left, x, 0, MIN(left.w - x, text_width(summary)), ROLE_HEADER, ATTR_BAR, summary);
    return x + text_width(summary);
}

/* " patchbay  edge · media/lobby*  Pods 4/12        GPU 3/4 free (simulated)   live": where there is no room for all of
 * it, the GPUs go. */
static void draw_header(struct dashboard *dash, struct area line)
{
    const struct model *model = dash->model;
    draw_fill(line, ROLE_HEADER, 0, ' ');
    int right = draw_freshness(dash, line, line.w - 1) - 3;
    if (model->protected_context || model->read_only)
        right = right_part(line, right, ROLE_WARNING, 0, model->read_only ? "read-only" : model->unlocked ? "WRITABLE" : "protected") - 3;
    if (model->recording)
        right = right_part(line, right, ROLE_BAD, 0, "● rec") - 3;
    if (model->task.running && model->task.total) {
        char done[64];
        snprintf(done, sizeof done, "%zu/%zu", model->task.done, model->task.total);
        right = right_part(line, right, ROLE_BUSY, 0, done) - 3;
    }
    struct area left = area_sub(line, 0, 0, MAX(0, right), 1);
    int end = draw_where(dash, left);
    char gpus[64];
    if (dash->gpu_unknown && dash->gpu_known)
        snprintf(gpus, sizeof gpus, "GPU ?/%d free (%s)", dash->gpu_total, dash->gpu_unknown);
    else if (dash->gpu_unknown)
        snprintf(gpus, sizeof gpus, "GPU ? (%s)", dash->gpu_unknown);
    else
        snprintf(gpus, sizeof gpus, "GPU %d/%d free%s", dash->gpu_free, dash->gpu_total,
                 dash->gpu_simulated ? " (simulated)" : "");
    if ((dash->gpu_known || dash->gpu_unknown) && right - text_width(gpus) >= end + 2)
        right_part(line, right, ROLE_HEADER, 0, gpus);
}

/* What was said stays until the next key, but it must not hide for long that what is shown is old. */
static bool still_said(struct dashboard *dash, bool stale)
{
    return dash->said[0] && (!stale || dashboard_now(dash) - dash->said_at < SAID_OVER_STALE);
}

/* The rows are of before: the connection is down, or what could be read may not be read any more. */
static bool is_old(const struct model *model, unsigned sources, enum reflector_state state)
{
    bool old = state == REFLECTOR_STALE;
    for (size_t i = 0; i < SOURCE_COUNT; i++)
        old |= (sources & 1u << i) && model->sources[i].state == REFLECTOR_REFUSED && model->sources[i].since;
    return old;
}

/* On its line; where that is not enough, and `two` may be taken, on the one above as well: what to do stands at a sentence's
 * end. */
static void draw_sentence(struct area screen, enum role role, const char *text, bool two)
{
    int w = screen.w - 2, y = screen.h - 2;
    size_t cut = text_clip(text, w);
    if (text[cut] && two) {
        while (cut > 0 && text[cut] != ' ')
            cut--;
        char *first = xstrndup(text, cut);
        if (cut) {
            draw_hline(screen, 0, y - 1, screen.w, ROLE_NORMAL, ' ');
            draw_text(screen, 1, y - 1, role, 0, first);
            text += cut + 1;
        }
        free(first);
    }
    draw_field(screen, 1, y, w, role, 0, text);
}

/* What was just said, else what goes on, else why all that is shown is old, else what the view has to say, else why a
 * part is not there, else what was left out. */
static void draw_status(struct dashboard *dash, struct area screen)
{
    const struct model *model = dash->model;
    char text[600] = "";
    enum role role = ROLE_NORMAL;
    const char *why = "";
    int64_t age;
    unsigned sources = dashboard_sources(dash);
    enum reflector_state state = model_freshness(model, sources, dashboard_now(dash), &age, &why);
    bool old = *why && is_old(model, sources, state);
    bool said = still_said(dash, old);
    if (said) {
        snprintf(text, sizeof text, "%s", dash->said);
        role = dash->said_role;
    } else if (model->task.running) {
        role = ROLE_BUSY;
        if (model->task.total)
            snprintf(text, sizeof text, "%s (%zu/%zu)", model->task.text, model->task.done, model->task.total);
        else
            snprintf(text, sizeof text, "%s", model->task.text);
    } else if (dash->current->view->status && (dash->current->view->speaks_first || !old)) {
        dash->current->view->status(dash->current->state, text, sizeof text, &role);
    }
    if (!*text && state != REFLECTOR_LIVE && *why) {
        snprintf(text, sizeof text, "%s", why);
        role = ROLE_WARNING;
    }
    for (size_t i = 0; i < SOURCE_COUNT && !*text; i++) {
        if (!(sources & 1u << i))
            continue;
        snprintf(text, sizeof text, "%s", model->sources[i].note);
        role = ROLE_WARNING;
    }
    if (*text)
        draw_sentence(screen, role, text, (said || dash->current->view->wordy) && !dash->overlay_count);
}

static int draw_hint_as(struct area line, int x, bool enabled, const char *key, const char *word)
{
    x = draw_text(line, x, 0, enabled ? ROLE_KEY : ROLE_DISABLED, 0, key);
    return draw_text(line, x + 1, 0, enabled ? ROLE_HINT : ROLE_DISABLED, 0, word) + 2;
}

static int draw_hint(struct area line, int x, const char *key, const char *word)
{
    return draw_hint_as(line, x, true, key, word);
}

static void first_word(char *out, size_t size, const char *words)
{
    snprintf(out, size, "%.*s", (int)strcspn(words, " "), words);
}

static int hints_end(const struct binding *table)
{
    int x = 1;
    for (const struct binding *b = table; b && b->keys; b++)
        if (b->hint && *binding_keys(b))
            x += (int)strcspn(binding_keys(b), " ") + 1 + text_width(b->hint) + 2;
    return x - 2;
}

/* From the view's own table, as many as fit; help is always there. */
static void draw_hints(struct dashboard *dash, struct area line)
{
    const struct binding *tables[] = {dash->current->view->bindings, dash->current->view->more_bindings};
    int x = 1;
    /* A view whose own hints fill the line is not cut for "q quit". */
    int end = hints_end(tables[0]) <= line.w - 8 ? line.w - 8 : line.w - 16;
    for (size_t t = 0; t < ARRAY_SIZE(tables); t++)
        for (const struct binding *b = tables[t]; b && b->keys; b++) {
            char key[24];
            if (!b->hint || !*binding_keys(b))
                continue;
            first_word(key, sizeof key, binding_keys(b));
            if (x + text_width(key) + 1 + text_width(b->hint) > end)
                goto help;
            struct err why = ERR_INIT;
            x = draw_hint_as(line, x, dashboard_may(dash, dash->current->view, b, &why) == 0, key, b->hint);
        }
help:
    x = draw_hint(line, x, "?", "help");
    if (x + 6 < line.w)
        draw_hint(line, x, "q", "quit");
}

/* "Tab next  Enter take": every first word is a key. */
static void draw_overlay_hints(struct area line, const char *hints)
{
    int x = 1;
    while (hints && *hints) {
        char key[32], word[64];
        size_t n = strcspn(hints, " ");
        snprintf(key, sizeof key, "%.*s", (int)n, hints);
        hints += n + strspn(hints + n, " ");
        const char *end = strstr(hints, "  ");
        n = end ? (size_t)(end - hints) : strlen(hints);
        snprintf(word, sizeof word, "%.*s", (int)n, hints);
        hints += n + strspn(hints + n, " ");
        x = draw_hint(line, x, key, word);
    }
}

static void draw_overlays(struct dashboard *dash, struct area screen)
{
    for (size_t i = 0; i < dash->overlay_count; i++) {
        const struct overlay *overlay = dash->overlays[i].overlay;
        int w = 60, h = 10, max_w = screen.w - 4, max_h = screen.h - 4;
        if (overlay->size)
            overlay->size(dash->overlays[i].state, max_w, max_h, &w, &h);
        struct area area = area_center(screen, MIN(w, max_w), MIN(h, max_h));
        draw_fill(area, ROLE_DIALOG, 0, ' ');
        dash->overlays[i].area = area;
        dash->canvas.cursor_x = dash->canvas.cursor_y = -1; /* only the one on top has the cursor */
        overlay->draw(dash->overlays[i].state, area);
    }
}

static void draw_prompt(struct dashboard *dash, struct area screen, struct area line)
{
    int x = draw_text(line, dash->asking == PROMPT_QUESTION ? 1 : 0, 0, ROLE_KEY, 0, dash->label);
    prompt_draw(&dash->prompt, line, x, 0, line.w - x, ROLE_INPUT);
    prompt_draw_choices(&dash->prompt, screen, x, screen.h - 1);
}

void chrome_draw(struct dashboard *dash)
{
    struct area screen = canvas_area(&dash->canvas);
    if (dashboard_too_small(dash)) {
        char text[80];
        snprintf(text, sizeof text, "terminal too small: %dx%d, patchbay needs %dx%d", screen.w, screen.h, TERM_MIN_W,
                 TERM_MIN_H);
        /* Wrapped: it must be readable in what little there is. */
        const char *at = text;
        for (int y = 0; y < screen.h && *at; y++) {
            char *part = xstrndup(at, text_clip(at, MAX(1, screen.w)));
            draw_text(screen, 0, y, ROLE_WARNING, 0, part);
            at += strlen(part);
            free(part);
        }
        return;
    }
    struct area hints = area_sub(screen, 0, screen.h - 1, screen.w, 1);
    int lines = dash->model->replay.on;
    dash->body = area_sub(screen, 0, 1, screen.w, screen.h - 3 - lines);
    dash->replay = area_sub(screen, 0, screen.h - 1 - lines, screen.w, lines);
    dash->current->view->draw(dash->current->state, dash->body);
    draw_header(dash, area_sub(screen, 0, 0, screen.w, 1)); /* its summary counts what was drawn */
    draw_status(dash, area_sub(screen, 0, 0, screen.w, screen.h - lines));
    if (lines)
        replay_draw(dash, dash->replay);
    draw_overlays(dash, screen);
    const struct view *view = dash->current->view;
    const char *own = view->hints ? view->hints(dash->current->state) : NULL;
    if (dash->asking)
        draw_prompt(dash, screen, hints);
    else if (dash->overlay_count)
        draw_overlay_hints(hints, dash->overlays[dash->overlay_count - 1].overlay->hints);
    else if (own)
        draw_overlay_hints(hints, own);
    else
        draw_hints(dash, hints);
}
