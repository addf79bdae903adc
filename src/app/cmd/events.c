#include "app/commands.h"
#include "app/list.h"
#include "k8s/kinds/event.h"

static const struct table_column columns[] = {{"NAMESPACE"}, {"LAST SEEN", .age = true}, {"TYPE"}, {"REASON"}, {"OBJECT"},
                                              {"COUNT", .number = true}, {"MESSAGE"}};

static void row(struct table *table, const struct record *record, const struct store *store, int64_t now)
{
    (void)store;
    const struct event *event = (const struct event *)record;
    table_cell_age(table, event->last, now);
    table_cell(table, "%s", str_or_empty(event->type));
    table_cell(table, "%s", str_or_empty(event->reason));
    table_cell(table, "%s/%s", str_or_empty(event->on_kind), str_or_empty(event->on_name));
    table_cell(table, "%d", MAX(event->count, 1));
    table_cell(table, "%s", str_or_empty(event->message));
}

/* As a log is read: the newest last. */
static int by_time(const void *a, const void *b)
{
    const struct event *x = *(const struct event *const *)a, *y = *(const struct event *const *)b;
    if (x->last != y->last)
        return x->last < y->last ? -1 : 1;
    return x->first < y->first ? -1 : x->first > y->first;
}

static const struct list events = {&kind_event, true, columns, ARRAY_SIZE(columns), row, by_time};

static int run(struct app *app)
{
    return list_run(app, &events);
}

const struct command command_events = {
    .name = "events",
    .alias = "ev",
    .args = "",
    .summary = "what the cluster reported lately",
    .help = "Lists the events of a namespace, the newest last.\n\n  patchbay events -n media -w",
    .options = OPTS_CLUSTER | OPTS_LIST,
    .run = run,
};
