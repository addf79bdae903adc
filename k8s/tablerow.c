#include "k8s/tablerow.h"

#include "base/map.h"

/* Of a row of a list; of those of a watch's event, which is a Table of its own. */
static const char *const skip[] = {
    "object.metadata.managedFields",      "object.metadata.annotations",
    "rows.object.metadata.managedFields", "rows.object.metadata.annotations",
    "columnDefinitions", NULL,
};

/* Cells are texts, numbers and truth values; what else a server may send is shown as its JSON. */
static istr cell_text(const cJSON *cell)
{
    if (cJSON_IsString(cell))
        return *cell->valuestring ? istr_new(cell->valuestring) : NULL;
    if (!cell || cJSON_IsNull(cell))
        return NULL;
    struct buf text;
    buf_init(&text, 64u << 10);
    json_print(&text, cell);
    istr out = istr_newn(text.data, text.len);
    buf_release(&text);
    return out;
}

static void parse(struct record *record, const cJSON *json)
{
    struct tablerow *row = (struct tablerow *)record;
    const cJSON *cells = json_array(json, "cells"), *cell;
    size_t count = (size_t)cJSON_GetArraySize(cells);
    count = MIN(count, TABLEROW_CELLS);
    row->cells = count ? xcalloc(count, sizeof *row->cells) : NULL;
    cJSON_ArrayForEach (cell, cells)
        if (row->count < count)
            row->cells[row->count++] = cell_text(cell);
}

static void release(struct record *record)
{
    struct tablerow *row = (struct tablerow *)record;
    for (size_t i = 0; i < row->count; i++)
        istr_unref(row->cells[i]);
    free(row->cells);
}

const struct kind *tablerow_kind(const char *group, const char *version, const char *plural, const char *name,
                                 bool namespaced)
{
    static struct map kinds; /* those that were ever looked at: few, and records point to them */
    char *key = xasprintf("%s/%s/%s/%s/%d", group, version, plural, name, namespaced);
    struct kind *kind = map_get(&kinds, key);
    if (!kind) {
        kind = xcalloc(1, sizeof *kind);
        *kind = (struct kind){.group = xstrdup(group), .version = xstrdup(version), .plural = xstrdup(plural),
                              .name = xstrdup(name), .namespaced = namespaced, .table = true,
                              .size = sizeof(struct tablerow), .skip = skip, .parse = parse, .release = release};
        map_put(&kinds, key, kind);
    }
    free(key);
    return kind;
}

const struct kind *tablerow_of(const struct kind *kind)
{
    return kind->table ? kind : tablerow_kind(kind->group, kind->version, kind->plural, kind->name, kind->namespaced);
}

const char *tablerow_cell(const struct tablerow *row, size_t index)
{
    return index < row->count ? str_or_empty(row->cells[index]) : "";
}
