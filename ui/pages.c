#include "ui/dashboard_private.h"

/* Which views are open, which of them is seen, and the way back. */

static struct page *page_of(struct dashboard *dash, const struct view *view, const struct target *target, bool *opened)
{
    size_t i = 0;
    for (; i < DASHBOARD_VIEWS && dash->pages[i].view; i++)
        if (dash->pages[i].view == view) {
            *opened = false;
            return &dash->pages[i];
        }
    if (i == DASHBOARD_VIEWS)
        BUG("more than %d views", DASHBOARD_VIEWS);
    dash->pages[i] = (struct page){.view = view};
    dash->opening = view;
    dash->pages[i].state = view->open(dash, target);
    dash->opening = NULL;
    *opened = true;
    return &dash->pages[i];
}

static void show(struct dashboard *dash, struct page *page)
{
    if (dash->current != page) {
        if (dash->current && dash->current->view->visible)
            dash->current->view->visible(dash->current->state, false);
        dash->last = dash->current;
        dash->current = page;
        if (page->view->visible)
            page->view->visible(page->state, true);
    }
    struct model *model = dash->model;
    if (model->ops.watching)
        model->ops.watching(model->data, page->view->detections,
                            page->view->traffic || notices_want_traffic(dash->notices));
    if (model->ops.measure)
        model->ops.measure(model->data, page->view->measures);
    dash->dirty = true;
    dashboard_want_frame(dash, true);
}

static void note_target(struct page *page, const struct target *target)
{
    char *ns = target ? xstrdup_or_null(target->ns) : NULL, *name = target && target->kind ? xstrdup_or_null(target->name) : NULL;
    free(page->ns);
    free(page->name);
    page->kind = target ? target->kind : NULL;
    page->ns = ns;
    page->name = name;
}

void dashboard_open(struct dashboard *dash, const struct view *view, const struct target *target)
{
    dashboard_dispatch(dash);
    bool opened;
    struct page *page = page_of(dash, view, target, &opened);
    if (opened || target)
        note_target(page, target);
    if (!opened && target && view->retarget)
        view->retarget(page->state, target);
    /* Going to what lies on the way back is going back. */
    size_t at = dash->trail_count;
    for (size_t i = 0; i < dash->trail_count; i++)
        if (dash->trail[i] == page)
            at = i;
    if (at < dash->trail_count)
        dash->trail_count = at;
    else if (dash->current && dash->current != page && dash->trail_count < DASHBOARD_TRAIL)
        dash->trail[dash->trail_count++] = dash->current;
    show(dash, page);
}

/* By number or name: a new way begins. */
void dashboard_go(struct dashboard *dash, const struct view *view)
{
    dashboard_open(dash, view, NULL);
    dash->trail_count = 0;
}

void dashboard_back(struct dashboard *dash)
{
    if (dash->trail_count)
        show(dash, dash->trail[--dash->trail_count]);
}

static struct page *page_at(struct dashboard *dash, const struct view *view)
{
    for (size_t i = 0; i < DASHBOARD_VIEWS && dash->pages[i].view; i++)
        if (dash->pages[i].view == view)
            return &dash->pages[i];
    return NULL;
}

int dashboard_may(struct dashboard *dash, const struct view *view, const struct binding *binding, struct err *err)
{
    if (!binding->needs)
        return 0;
    const struct page *page = page_at(dash, view);
    const char *ns = page && view->ns ? view->ns(page->state) : NULL;
    return action_allowed(dash->model, binding->needs, ns ? ns : dash->model->ns, err);
}

unsigned dashboard_sources(const struct dashboard *dash)
{
    return dash->current->view->sources;
}

void pages_free(struct dashboard *dash)
{
    for (size_t i = 0; i < DASHBOARD_VIEWS && dash->pages[i].view; i++) {
        dash->pages[i].view->close(dash->pages[i].state);
        note_target(&dash->pages[i], NULL);
    }
}
