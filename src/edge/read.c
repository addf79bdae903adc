/* get and list: objects, Tables, metadata alone; whole, in pages, or as they were at an older resourceVersion. */
#include "edge/api.h"

#include "base/digest.h"
#include "base/text.h"
#include "edge/query.h"
#include "edge/table.h"

void edge_api_get(struct edge_req *r)
{
    const struct edge_object *object = edge_store_find(r->store, r->kind, r->ns, r->name);
    if (!object) {
        char what[128];
        edge_kind_text(what, r->kind);
        edge_reply_error(r, 404, "%s \"%s\" not found", what, r->name);
        return;
    }
    if (str_eq(r->sub, "scale"))
        edge_api_scale_get(r);
    else
        edge_reply_object(r, 200, object->json);
}

struct rows {
    const cJSON **items;
    size_t count, cap;
};

static void add_row(struct rows *rows, const cJSON *object)
{
    GROW(rows->items, rows->count, rows->cap);
    rows->items[rows->count++] = object;
}

static const char *str_at(const cJSON *object, const char *path)
{
    return json_str_or(object, path, "");
}

/* By namespace, then name: the order of a real server's keys. */
static int by_key(const void *a, const void *b)
{
    const cJSON *x = *(const cJSON *const *)a, *y = *(const cJSON *const *)b;
    int order = strcmp(str_at(x, "metadata.namespace"), str_at(y, "metadata.namespace"));
    return order ? order : strcmp(str_at(x, "metadata.name"), str_at(y, "metadata.name"));
}

static char *key_of(const cJSON *object)
{
    return xasprintf("%s/%s", str_at(object, "metadata.namespace"), str_at(object, "metadata.name"));
}

/* The kind's objects as they were at rv: what changed since is undone, each object's first change after rv says how it
 * was. */
static void rows_at(struct edge_req *r, uint64_t rv, struct rows *rows)
{
    struct map changed = MAP_INIT; /* key → as it was, or a mark for "not there" */
    static const cJSON absent;
    const struct edge_past *past;
    for (uint64_t at = rv; (past = edge_store_after(r->store, at)); at = past->rv) {
        if (past->kind != r->kind)
            continue;
        char *key = key_of(past->json);
        if (!map_has(&changed, key))
            map_put(&changed, key, (void *)(past->before ? past->before : &absent));
        free(key);
    }
    const char *ns = r->ns[0] ? r->ns : NULL;
    for (const struct edge_object *o = edge_store_first(r->store, r->kind, ns); o; o = edge_store_next(o, ns)) {
        char *key = changed.count ? key_of(o->json) : NULL;
        if (!key || !map_has(&changed, key))
            add_row(rows, o->json);
        free(key);
    }
    for (struct map_entry *e = map_first(&changed); e; e = map_next(&changed, e)) {
        const cJSON *was = e->value;
        if (was != &absent && (!ns || str_eq(str_at(was, "metadata.namespace"), ns)))
            add_row(rows, was);
    }
    map_release(&changed, NULL);
}

/* A page's token: "RV NS/NAME" of the last row sent, in base64. */
static void make_token(struct buf *out, uint64_t rv, const cJSON *last)
{
    char *key = key_of(last);
    char *plain = xasprintf("%" PRIu64 " %s", rv, key);
    digest_base64url(out, plain, strlen(plain));
    free(plain);
    free(key);
}

/* False: answered. ns and name: where to go on after. */
static bool read_token(struct edge_req *r, const char *token, uint64_t *rv, struct buf *ns, const char **name)
{
    struct buf plain, padded;
    buf_init(&plain, 2048);
    buf_init(&padded, 4096);
    buf_adds(&padded, token);
    for (size_t i = 0; i < padded.len; i++)
        padded.data[i] = padded.data[i] == '-' ? '+' : padded.data[i] == '_' ? '/' : padded.data[i];
    while (padded.len % 4 && padded.len < 4096)
        buf_addc(&padded, '=');
    char *space = NULL;
    int64_t number = 0;
    if (digest_unbase64(&plain, padded.data, padded.len) == 0)
        space = strchr(plain.data, ' ');
    if (space)
        *space = '\0';
    char *slash = space ? strchr(space + 1, '/') : NULL;
    bool good = slash && text_int(plain.data, &number) && number > 0;
    if (good) {
        *slash = '\0';
        buf_add(ns, space + 1, (size_t)(slash - space)); /* with its NUL, then the name */
        buf_adds(ns, slash + 1);
        *name = ns->data + strlen(ns->data) + 1;
        *rv = (uint64_t)number;
    }
    buf_release(&plain);
    buf_release(&padded);
    if (!good) {
        edge_reply_error(r, 400, "continue key is not valid");
        return false;
    }
    if (!edge_store_remembers(r->store, *rv) || *rv > edge_store_rv(r->store)) {
        edge_reply_error(
            r, 410,
            "The provided continue parameter is too old to display a consistent list result. You must start a "
            "new list without the continue parameter.");
        return false;
    }
    return true;
}

/* resourceVersion and resourceVersionMatch: which state is asked for. False: answered. */
static bool choose_rv(struct edge_req *r, uint64_t *rv)
{
    const char *asked = http_query(r->x, "resourceVersion"), *match = http_query(r->x, "resourceVersionMatch");
    int64_t number = 0;
    *rv = edge_store_rv(r->store);
    if (match && *match && strcmp(match, "Exact") && strcmp(match, "NotOlderThan")) {
        edge_reply_error(r, 422, "resourceVersionMatch: Unsupported value: \"%s\"", match);
        return false;
    }
    if (!asked || !*asked)
        return true;
    if (!text_int(asked, &number) || number < 0) {
        edge_reply_error(r, 400, "resourceVersion: Invalid value: \"%s\": strconv.ParseUint: invalid syntax", asked);
        return false;
    }
    if ((uint64_t)number > *rv) {
        cJSON *causes = cJSON_CreateArray(), *cause = cJSON_CreateObject();
        char message[96];
        json_set_str(cause, "reason", "ResourceVersionTooLarge");
        json_set_str(cause, "message", "Too large resource version");
        cJSON_AddItemToArray(causes, cause);
        snprintf(message, sizeof message, "Too large resource version: %" PRId64 ", current: %" PRIu64, number, *rv);
        edge_reply_failure(r, 504, "Timeout", message, NULL, causes);
        cJSON_Delete(causes);
        return false;
    }
    if (str_eq(match, "Exact")) {
        *rv = (uint64_t)number;
        if (!edge_store_remembers(r->store, *rv)) {
            edge_reply_error(r, 410, "The resourceVersion for the provided list is too old.");
            return false;
        }
    }
    return true;
}

struct page {
    uint64_t rv;
    size_t from, count, left; /* left: rows after this page */
    bool selected;            /* by a selector: how many are left is not said */
};

static cJSON *list_meta(const struct rows *rows, const struct page *page)
{
    cJSON *meta = cJSON_CreateObject();
    char rv[24];
    snprintf(rv, sizeof rv, "%" PRIu64, page->rv);
    json_set_str(meta, "resourceVersion", rv);
    if (page->left) {
        struct buf token;
        buf_init(&token, 4096);
        make_token(&token, page->rv, rows->items[page->from + page->count - 1]);
        json_set_str(meta, "continue", token.data);
        if (!page->selected)
            json_set_int(meta, "remainingItemCount", (int64_t)page->left);
        buf_release(&token);
    }
    return meta;
}

static void send_list(struct edge_req *r, const struct rows *rows, const struct page *page)
{
    struct buf out;
    char version[128];
    cJSON *meta = list_meta(rows, page);
    buf_init(&out, 1u << 30);
    edge_kind_api_version(version, r->kind);
    if (r->form == EDGE_FORM_METADATA)
        buf_adds(&out, "{\"kind\":\"PartialObjectMetadataList\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":");
    else
        buf_addf(&out, "{\"kind\":\"%sList\",\"apiVersion\":\"%s\",\"metadata\":", r->kind->kind, version);
    json_print(&out, meta);
    buf_adds(&out, ",\"items\":[");
    for (size_t i = 0; i < page->count; i++) {
        if (i)
            buf_addc(&out, ',');
        const cJSON *object = rows->items[page->from + i];
        if (r->form == EDGE_FORM_METADATA) {
            cJSON *partial = edge_partial(object);
            json_print(&out, partial);
            cJSON_Delete(partial);
        } else {
            edge_print_item(&out, object);
        }
    }
    buf_adds(&out, "]}\n");
    http_reply(r->x, 200, "application/json", out.data, out.len);
    buf_release(&out);
    cJSON_Delete(meta);
}

static void send_table(struct edge_req *r, const struct rows *rows, const struct page *page)
{
    cJSON *table = edge_table(r->kind, page->count ? rows->items + page->from : NULL, page->count,
                              http_query(r->x, "includeObject"), true, edge_now(r));
    json_set(table, "metadata", list_meta(rows, page));
    edge_reply_json(r, 200, table);
    cJSON_Delete(table);
}

void edge_api_list(struct edge_req *r)
{
    struct edge_query query;
    struct err err = ERR_INIT;
    if (edge_query_init(&query, r->kind, http_query(r->x, "labelSelector"), http_query(r->x, "fieldSelector"), &err) <
        0) {
        edge_reply_error(r, 400, "%s", err.text);
        return;
    }
    const char *token = http_query(r->x, "continue"), *limit_text = http_query(r->x, "limit");
    struct page page = {.selected = query.count > 0};
    struct rows rows = {0};
    struct buf after;
    const char *after_name = NULL;
    int64_t limit = 0;
    buf_init(&after, 2048);
    if (limit_text && *limit_text && (!text_int(limit_text, &limit) || limit < 0)) {
        edge_reply_error(r, 400, "limit: Invalid value: \"%s\"", limit_text);
    } else if (token && *token ? read_token(r, token, &page.rv, &after, &after_name) : choose_rv(r, &page.rv)) {
        struct rows all = {0};
        rows_at(r, page.rv, &all);
        for (size_t i = 0; i < all.count; i++)
            if (edge_query_matches(&query, all.items[i]))
                add_row(&rows, all.items[i]);
        free(all.items);
        if (rows.count)
            qsort(rows.items, rows.count, sizeof *rows.items, by_key);
        while (after_name && page.from < rows.count) {
            const cJSON *row = rows.items[page.from];
            int order = strcmp(str_at(row, "metadata.namespace"), after.data);
            if (order > 0 || (order == 0 && strcmp(str_at(row, "metadata.name"), after_name) > 0))
                break;
            page.from++;
        }
        page.count = rows.count - page.from;
        if (limit && page.count > (size_t)limit) {
            page.left = page.count - (size_t)limit;
            page.count = (size_t)limit;
        }
        if (r->form == EDGE_FORM_TABLE)
            send_table(r, &rows, &page);
        else
            send_list(r, &rows, &page);
    }
    free(rows.items);
    buf_release(&after);
    edge_query_release(&query);
}
