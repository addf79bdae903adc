#include "ui/dashboard.h"

#include "base/time.h"
#include "graph/edit.h"
#include "ops/gpu.h"
#include "ui/dashboard_private.h"
#include "ui/node_acts.h"
#include "ui/kinds.h"
#include "ui/table.h"

struct model *dashboard_model(struct dashboard *dash)
{
    return dash->model;
}

int64_t dashboard_wall(struct dashboard *dash)
{
    return loop_wall(dash->model->loop);
}

int64_t dashboard_now(struct dashboard *dash)
{
    return loop_now(dash->model->loop);
}

void dashboard_until(struct dashboard *dash, int64_t wall)
{
    /* Ages are also asked for by who only orders or measures: those are on no screen. */
    if (dash->drawing && (!dash->until || wall < dash->until))
        dash->until = wall;
}

int64_t dashboard_age(struct dashboard *dash, int64_t since)
{
    int64_t now = dashboard_wall(dash), age = now - since;
    dashboard_until(dash, now + time_age_holds(age));
    return age;
}

bool dashboard_picture_busy(struct dashboard *dash, int64_t *took)
{
    *took = 0;
    return dash->term && term_picture_busy(dash->term, took);
}

struct gpu_ledger *dashboard_gpus(struct dashboard *dash)
{
    return dash->gpus;
}

void dashboard_quit(struct dashboard *dash)
{
    dash->running = false;
    loop_stop(dash->model->loop, 0);
}

static void leave_yes(void *data)
{
    struct dashboard *dash = data;
    const struct document *doc = dash->model->document;
    if (doc && document_dirty(doc))
        model_give_up(dash->model);
    dashboard_quit(dash);
}

void dashboard_leave(struct dashboard *dash)
{
    const struct document *doc = dash->model->document;
    const struct model_task *task = &dash->model->task;
    char text[1100];
    if (task->running) {
        snprintf(text, sizeof text, "This is under way, and would be cut short:\n%.500s", task->text);
        dashboard_confirm(dash, "Leave patchbay", text, "leave, cutting it short", leave_yes, dash, NULL);
        return;
    }
    if (!doc || !document_dirty(doc)) {
        dashboard_quit(dash);
        return;
    }
    snprintf(text, sizeof text, "The graph %s has changes that are saved nowhere.\n:w FILE saves them.",
             str_or_empty(dash->model->graph_name));
    dashboard_confirm(dash, "Leave patchbay", text, "leave, losing them", leave_yes, dash, NULL);
}

bool dashboard_too_small(const struct dashboard *dash)
{
    return dash->canvas.w < TERM_MIN_W || dash->canvas.h < TERM_MIN_H;
}

/* How much of the loop's time passes in a second of the operator's. */
static double pace(const struct dashboard *dash)
{
    const struct model_replay *replay = &dash->model->replay;
    return !replay->on ? 1 : replay->paused ? 0 : replay->speed;
}

/* When to draw: what a key caused at this turn's end, what the cluster caused at most 20 times a second. */
void dashboard_want_frame(struct dashboard *dash, bool at_once)
{
    int64_t wait = dash->painted + (int64_t)(FRAME_TIME * pace(dash)) - dashboard_now(dash);
    if (at_once || wait <= 0)
        loop_task_start(&dash->frame_task);
    else if (!loop_timer_active(&dash->frame_timer))
        loop_timer_start(&dash->frame_timer, wait);
}

void dashboard_redraw(struct dashboard *dash)
{
    dash->dirty = true;
    dashboard_want_frame(dash, false);
}

/* The header's figures; whether one of them changed. */
static bool count_gpus(struct dashboard *dash)
{
    const struct model_source *of_nodes = &dash->model->sources[SOURCE_NODES], *of_pods = &dash->model->sources[SOURCE_PODS];
    const struct gpu_ledger *ledger = dash->gpus;
    bool known = ledger && store_count(of_nodes->store);
    /* What others hold is not seen: then how many are free is not known, and no figure stands for it. */
    const char *unknown = of_nodes->state == REFLECTOR_REFUSED ? "nodes refused"
                          : of_pods->state == REFLECTOR_REFUSED ? "pods refused"
                          : of_pods->partial ? "not all pods seen" : NULL;
    bool simulated = known && (ledger->simulated || dash->model->simulated);
    int total = known ? ledger->allocatable : 0, free = known ? ledger->free : 0;
    if (known == dash->gpu_known && unknown == dash->gpu_unknown && simulated == dash->gpu_simulated &&
        total == dash->gpu_total && free == dash->gpu_free)
        return false;
    dash->gpu_known = known;
    dash->gpu_unknown = unknown;
    dash->gpu_simulated = simulated;
    dash->gpu_total = total;
    dash->gpu_free = free;
    return true;
}

void dashboard_dispatch(struct dashboard *dash)
{
    unsigned mask = dash->pending;
    unsaved_offer(dash);
    if (!mask)
        return;
    dash->pending = 0;
    if (mask & (CHANGED_PODS | CHANGED_NODES | CHANGED_FRESHNESS | CHANGED_CONTEXT))
        dash->dirty |= count_gpus(dash);
    if (mask & (CHANGED_FRESHNESS | CHANGED_TASK | CHANGED_CONTEXT | CHANGED_DOCUMENT | CHANGED_TRIAL | CHANGED_REPLAY))
        dash->dirty = true;
    if (mask & CHANGED_NOTICE)
        dashboard_say(dash, ROLE_WARNING, "%s", dash->model->notice);
    if (dash->notices)
        notices_changed(dash->notices, mask);
    const struct model_task *task = &dash->model->task;
    if ((mask & CHANGED_TASK) && !task->running && task->text[0])
        dashboard_say(dash, task->failed ? ROLE_BAD : ROLE_GOOD, "%s", task->text);
    for (size_t i = 0; i < dash->overlay_count; i++) {
        const struct overlay *overlay = dash->overlays[i].overlay;
        if (overlay->changed && overlay->changed(dash->overlays[i].state, mask))
            dash->dirty = true;
    }
    bool rewound = dash->moves != dash->model->replay.moves;
    dash->moves = dash->model->replay.moves;
    for (size_t i = 0; i < DASHBOARD_VIEWS && dash->pages[i].view; i++) {
        struct page *page = &dash->pages[i];
        if (rewound && page->view->rewound)
            page->view->rewound(page->state);
        if (page->view->changed && page->view->changed(page->state, mask) && page == dash->current)
            dash->dirty = true;
    }
}

static void tick(struct dashboard *dash);

static void on_frame(void *data)
{
    struct dashboard *dash = data;
    if (!dash->running || dash->stepped_aside)
        return;
    dashboard_dispatch(dash);
    if (dash->model->replay.seeking) /* what is on the way there is nobody's picture */
        return;
    if (!dash->dirty && !dash->whole)
        return;
    loop_timer_stop(&dash->frame_timer);
    const struct canvas *canvas = dashboard_draw(dash);
    dash->painted = dashboard_now(dash);
    if (dash->term)
        term_paint(dash->term, canvas, dash->whole);
    if (dash->model->document)
        document_settle(dash->model->document);
    dash->whole = false;
    tick(dash);
}

/* Draws again by itself: once a second what counts seconds, else when the first of the ages on the screen says something
 * else. */
static void tick(struct dashboard *dash)
{
    int64_t age;
    bool stale = model_freshness(dash->model, dashboard_sources(dash), dashboard_now(dash), &age, NULL) != REFLECTOR_LIVE;
    bool plays = dash->model->replay.on && !dash->model->replay.paused;
    if (stale || dash->current->view->ages || plays) {
        if (!loop_timer_active(&dash->tick_timer))
            loop_timer_start(&dash->tick_timer, (int64_t)(NSEC_PER_SEC * MAX(1, pace(dash) / 8)));
    } else if (dash->until) {
        loop_timer_start(&dash->tick_timer, MAX(NSEC_PER_MSEC, dash->until - dashboard_wall(dash)));
    } else {
        loop_timer_stop(&dash->tick_timer);
    }
}

static void on_tick(void *data)
{
    struct dashboard *dash = data;
    dash->dirty = true;
    on_frame(dash);
}

static void on_changed(void *data, unsigned mask)
{
    struct dashboard *dash = data;
    dash->pending |= mask;
    if (mask & CHANGED_CLIENT) {
        unsigned later = dash->pending & ~CHANGED_CLIENT; /* nobody begins anew with the one that ends */
        dash->pending = CHANGED_CLIENT;
        if (dash->fetch)
            kube_cancel(dash->fetch);
        dash->fetch = NULL;
        node_acts_end(dash);
        kinds_forget(dash);
        dashboard_dispatch(dash);
        dash->pending |= later;
    }
    dashboard_want_frame(dash, false);
}

/* The first rows there are wait for no frame's turn. */
static void on_store(void *data, const struct change *changes UNUSED, size_t count)
{
    struct source_watch *watch = data;
    struct dashboard *dash = watch->dash;
    on_changed(dash, watch->bit);
    if ((dashboard_sources(dash) & watch->bit) && store_count(watch->store) == count)
        dashboard_want_frame(dash, true);
}

const struct canvas *dashboard_draw(struct dashboard *dash)
{
    dashboard_dispatch(dash);
    dash->dirty = false;
    dash->until = 0;
    dash->drawing = true;
    canvas_clear(&dash->canvas);
    chrome_draw(dash);
    dash->drawing = false;
    return &dash->canvas;
}

void dashboard_show_text(struct dashboard *dash, const char *title, const char *text)
{
    dashboard_open(dash, &view_text, &(struct target){.title = title, .text = text});
}

void dashboard_say(struct dashboard *dash, enum role role, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(dash->said, sizeof dash->said, fmt, ap);
    va_end(ap);
    dash->said_role = role;
    dash->said_at = dashboard_now(dash);
    dashboard_redraw(dash);
}

void dashboard_copy(struct dashboard *dash, const char *text)
{
    size_t len = strlen(text);
    if (!len) { /* what was copied before stays */
        dashboard_say(dash, ROLE_DIM, "there is nothing to copy");
        return;
    }
    if (dash->term)
        term_copy(dash->term, text, len);
    if (len <= 60)
        dashboard_say(dash, ROLE_DIM, "copied %s", text);
    else
        dashboard_say(dash, ROLE_DIM, "copied %zu bytes", len);
}

void dashboard_push(struct dashboard *dash, const struct overlay *overlay, void *state)
{
    if (dash->overlay_count == DASHBOARD_OVERLAYS)
        BUG("more than %d dialogs", DASHBOARD_OVERLAYS);
    dash->overlays[dash->overlay_count].overlay = overlay;
    dash->overlays[dash->overlay_count++].state = state;
    dashboard_hold(dash);
    dashboard_redraw(dash);
}

void dashboard_hold(struct dashboard *dash)
{
    dash->model->editing = dash->editor || dash->overlay_count;
}

void dashboard_resized(struct dashboard *dash)
{
    int w = dash->canvas.w, h = dash->canvas.h;
    if (dash->term)
        term_size(dash->term, &w, &h);
    if (w != dash->canvas.w || h != dash->canvas.h) {
        canvas_resize(&dash->canvas, w, h);
        dash->whole = true;
    }
}

static void on_input(void *data, short revents)
{
    struct dashboard *dash = data;
    struct key key;
    while (dash->running && dash->term && !dash->stepped_aside && term_key(dash->term, &key))
        dashboard_key(dash, &key);
    /* A picture only goes on when the keys are done. */
    if (dash->running && dash->term && !dash->stepped_aside && term_go_on(dash->term, &dash->canvas))
        dashboard_redraw(dash);
    if (revents & (POLLHUP | POLLERR | POLLNVAL))
        dashboard_quit(dash);
}

void dashboard_set_theme(struct dashboard *dash, const struct theme *theme)
{
    dash->theme = theme;
    if (dash->term)
        term_set_theme(dash->term, theme);
}

const struct list_layout *dashboard_layout(struct dashboard *dash)
{
    return dash->opening ? config_layout(dash->config, dash->opening) : NULL;
}

void dashboard_configure(struct dashboard *dash, struct config *config)
{
    struct config *before = dash->config;
    notices_free(dash->notices);
    dash->config = config;
    dash->model->config = config;
    dash->model->protected_context |= config_protects(config, dash->model->context);
    dash->notices = config->notice_count ? notices_new(dash, config->notices, config->notice_count) : NULL;
    if (config->theme)
        dashboard_set_theme(dash, config->theme);
    if (config->mouse && dash->term)
        term_set_mouse(dash->term, config->mouse == MOUSE_ON);
    for (size_t i = 0; i < DASHBOARD_VIEWS && dash->pages[i].view; i++)
        if (dash->pages[i].view->list) /* its state begins with a table */
            ((struct table *)dash->pages[i].state)->list.layout = config_layout(config, dash->pages[i].view);
    if (config->faults.count)
        dashboard_say(dash, ROLE_WARNING, "%s:%d:%d: %s%s", str_or_empty(config->path), config->faults.items[0].line,
                      config->faults.items[0].column, config->faults.items[0].text, config->faults.count > 1 ? "; :config shows all" : "");
    config_free(before);
}

static const struct theme *theme_for(const struct dashboard_options *options)
{
    const struct theme *theme = options->theme ? theme_find(options->theme) : NULL;
    if (!theme && options->config)
        theme = options->config->theme;
    return theme ? theme : theme_default();
}

struct dashboard *dashboard_new(struct model *model, const struct dashboard_options *options, int w, int h)
{
    struct dashboard *dash = xcalloc(1, sizeof *dash);
    dash->model = model;
    dash->theme = theme_for(options);
    dash->running = true;
    canvas_init(&dash->canvas, w, h);
    loop_io_init(&dash->io, model->loop, on_input, dash);
    loop_task_init(&dash->frame_task, model->loop, on_frame, dash);
    loop_timer_init(&dash->frame_timer, model->loop, on_frame, dash);
    loop_timer_init(&dash->tick_timer, model->loop, on_tick, dash);
    lend_init(dash);
    model->changed = on_changed;
    model->changed_data = dash;
    for (size_t i = 0; i < SOURCE_COUNT; i++) {
        struct source_watch *watch = &dash->watches[i];
        watch->dash = dash;
        watch->bit = 1u << i;
        watch->store = model->sources[i].store;
        if (model->sources[i].store)
            store_listen(model->sources[i].store, &watch->listener, on_store, watch);
    }
    struct store *nodes = model_store(model, SOURCE_NODES), *pods = model_store(model, SOURCE_PODS);
    dash->gpus = nodes && pods ? gpu_ledger_new(nodes, pods) : NULL;
    dash->pending = CHANGED_PODS | CHANGED_NODES | (model->notice[0] ? CHANGED_NOTICE : 0);
    dash->config = xcalloc(1, sizeof *dash->config);
    dashboard_configure(dash, options->config ? options->config : xcalloc(1, sizeof *dash->config));
    const struct view *view = options->view ? view_find(options->view) : NULL;
    dashboard_open(dash, view ? view : view_table[0], NULL);
    return dash;
}

void dashboard_free(struct dashboard *dash)
{
    dash->running = false;
    loop_signal_stop(&dash->interrupt);
    loop_io_stop(&dash->io);
    loop_task_stop(&dash->frame_task);
    loop_timer_stop(&dash->frame_timer);
    loop_timer_stop(&dash->tick_timer);
    while (dash->overlay_count) {
        dash->overlay_count--;
        dash->overlays[dash->overlay_count].overlay->free(dash->overlays[dash->overlay_count].state);
    }
    if (dash->asking)
        prompt_release(&dash->prompt);
    pages_free(dash);
    cJSON_Delete(dash->marks);
    notices_free(dash->notices);
    config_free(dash->config);
    dash->model->config = NULL;
    gpu_ledger_free(dash->gpus);
    for (size_t i = 0; i < SOURCE_COUNT; i++)
        if (dash->model->sources[i].store)
            store_unlisten(&dash->watches[i].listener);
    node_acts_end(dash);
    if (dash->fetch)
        kube_cancel(dash->fetch);
    kinds_forget(dash);
    if (dash->editor)
        editor_free(dash->editor);
    dash->model->changed = NULL;
    dash->model->lend_terminal = NULL;
    dash->model->lend_console = NULL;
    prompt_history_release(&dash->commands);
    prompt_history_release(&dash->filters);
    canvas_release(&dash->canvas);
    free(dash);
}

int dashboard_run(struct model *model, const struct dashboard_options *options, struct err *err)
{
    struct term *term = term_open(theme_for(options),
                                  !options->no_mouse && !(options->config && options->config->mouse == MOUSE_OFF), err);
    if (!term)
        return 2;
    int w, h;
    term_size(term, &w, &h);
    struct dashboard *dash = dashboard_new(model, options, w, h);
    dash->term = term;
    dash->keeps_state = true;
    state_read_lines(dash);
    loop_io_start(&dash->io, term_fd(term), POLLIN);
    lend_begin(dash);
    int status = loop_run(model->loop);
    lend_end(dash);
    dashboard_free(dash);
    term_close(term);
    return status;
}
