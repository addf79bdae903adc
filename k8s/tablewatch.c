#include "k8s/tablewatch.h"

#include <ctype.h>
#include <strings.h>

#define PATIENCE (30 * NSEC_PER_SEC)
#define AGAIN (2 * NSEC_PER_SEC) /* columns are asked for no more often */

struct tablewatch {
    struct kube_client *client;
    const struct kind *kind;
    struct store *store;
    char *ns, *labels, *fields;
    struct reflector *reflector;
    struct kube_call *call;
    struct tablerow_column *columns;
    size_t count;
    int64_t asked;
    bool refused; /* when the rows were heard of last */
    tablewatch_fn changed;
    void *data;
};

/* Columns. */

static struct tablerow_column *plain_columns(size_t *count)
{
    struct tablerow_column *columns = xcalloc(2, sizeof *columns);
    columns[0] = (struct tablerow_column){.name = xstrdup("Name")};
    columns[1] = (struct tablerow_column){.name = xstrdup("Age"), .type = CELL_AGE, .created = true};
    *count = 2;
    return columns;
}

static enum cell_type type_of(const cJSON *definition)
{
    const char *type = json_str_or(definition, "type", ""), *format = json_str_or(definition, "format", "");
    if (str_eq(type, "integer") || str_eq(type, "number"))
        return CELL_NUMBER;
    return str_eq(type, "date") || str_eq(format, "date-time") ? CELL_AGE : CELL_TEXT;
}

/* The columns of an answer; NULL: NAME and AGE. */
static struct tablerow_column *tablerow_columns(const cJSON *table, size_t *count)
{
    const cJSON *definitions = json_array(table, "columnDefinitions"), *definition;
    size_t most = MIN((size_t)cJSON_GetArraySize(definitions), TABLEROW_CELLS);
    if (!most)
        return plain_columns(count);
    struct tablerow_column *columns = xcalloc(most, sizeof *columns);
    *count = 0;
    cJSON_ArrayForEach (definition, definitions) {
        if (*count == most)
            break;
        const char *name = json_str_or(definition, "name", "");
        bool age = strcasecmp(name, "age") == 0;
        columns[(*count)++] = (struct tablerow_column){.name = xstrdup(name), .created = age,
                                                       .type = age ? CELL_AGE : type_of(definition),
                                                       .priority = (int)json_int(definition, "priority", 0)};
    }
    return columns;
}

static void tablerow_columns_free(struct tablerow_column *columns, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(columns[i].name);
    free(columns);
}

double tablerow_seconds(const char *text)
{
    static const struct {
        char letter;
        double seconds;
    } units[] = {{'y', 365 * 86400.0}, {'d', 86400.0}, {'h', 3600.0}, {'m', 60.0}, {'s', 1.0}};
    double sum = 0;
    if (!isdigit((unsigned char)*text))
        return -1;
    while (*text) {
        double number = 0;
        size_t unit = 0;
        while (isdigit((unsigned char)*text))
            number = number * 10 + (*text++ - '0');
        while (unit < ARRAY_SIZE(units) && units[unit].letter != *text)
            unit++;
        if (unit == ARRAY_SIZE(units))
            return -1;
        sum += number * units[unit].seconds;
        text++;
    }
    return sum;
}

static bool same_columns(const struct tablerow_column *a, size_t a_count, const struct tablerow_column *b, size_t b_count)
{
    for (size_t i = 0; i < a_count && a_count == b_count; i++)
        if (!str_eq(a[i].name, b[i].name))
            return false;
    return a_count == b_count;
}

static void on_state(void *data, struct reflector *reflector);

/* Rows of other columns are no rows; and those of a version that is known already would not be taken again. */
static void begin_anew(struct tablewatch *w)
{
    reflector_free(w->reflector);
    store_replace_begin(w->store);
    store_replace_end(w->store);
    w->reflector = reflector_new(w->client, w->store, &(struct reflector_options){w->ns, w->labels, w->fields}, on_state, w);
}

/* The first columns that cannot be had are said by the list, which fails for the same reason. */
static void on_columns(void *data, const struct kube_answer *answer)
{
    struct tablewatch *w = data;
    size_t count;
    w->call = NULL;
    if (err_is_set(&answer->err) || !answer->json)
        return;
    struct tablerow_column *columns = tablerow_columns(answer->json, &count);
    bool others = w->count && !same_columns(w->columns, w->count, columns, count);
    tablerow_columns_free(w->columns, w->count);
    w->columns = columns;
    w->count = count;
    if (others)
        begin_anew(w);
    w->changed(w->data, w); /* may free it */
}

static void ask_columns(struct tablewatch *w)
{
    struct buf path;
    buf_init(&path, 4096);
    kind_path(&path, w->kind, w->ns, NULL);
    buf_adds(&path, "?limit=1&includeObject=None");
    w->asked = loop_now(kube_client_loop(w->client));
    w->call = kube_start(w->client, &(struct kube_request){.path = path.data, .accept = TABLE_ACCEPT, .total_timeout = PATIENCE},
                         on_columns, w);
    buf_release(&path);
}

void tablewatch_doubt(struct tablewatch *w, size_t cells)
{
    if (w->call || !w->count || cells == w->count || !cells || loop_now(kube_client_loop(w->client)) - w->asked < AGAIN)
        return;
    ask_columns(w);
}

const struct tablerow_column *tablewatch_columns(const struct tablewatch *w, size_t *count)
{
    *count = w->count;
    return w->columns;
}

/* Rows. */

/* A CRD that was made again may have other columns. */
static void on_state(void *data, struct reflector *reflector)
{
    struct tablewatch *w = data;
    bool refused = reflector_state(reflector) == REFLECTOR_REFUSED;
    if (!refused && !w->call && (w->refused || !w->count) && reflector_state(reflector) == REFLECTOR_LIVE)
        ask_columns(w);
    w->refused = refused || (w->refused && reflector_state(reflector) != REFLECTOR_LIVE);
    w->changed(w->data, w);
}

struct tablewatch *tablewatch_new(struct kube_client *client, struct store *store, const struct reflector_options *options,
                                  tablewatch_fn changed, void *data)
{
    struct tablewatch *w = xcalloc(1, sizeof *w);
    *w = (struct tablewatch){.client = client, .kind = store_kind(store), .store = store, .changed = changed, .data = data};
    if (options) {
        w->ns = xstrdup_or_null(options->ns);
        w->labels = xstrdup_or_null(options->label_selector);
        w->fields = xstrdup_or_null(options->field_selector);
    }
    ask_columns(w);
    w->reflector = reflector_new(client, store, options, on_state, w);
    return w;
}

void tablewatch_free(struct tablewatch *w)
{
    if (!w)
        return;
    if (w->call)
        kube_cancel(w->call);
    reflector_free(w->reflector);
    tablerow_columns_free(w->columns, w->count);
    free(w->ns);
    free(w->labels);
    free(w->fields);
    free(w);
}

const struct reflector *tablewatch_reflector(const struct tablewatch *w)
{
    return w->reflector;
}
