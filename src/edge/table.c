#include "edge/table.h"

#include "base/time.h"

void edge_cell(cJSON *cells, const char *text)
{
    cJSON_AddItemToArray(cells, cJSON_CreateString(text));
}

void edge_cell_int(cJSON *cells, int64_t value)
{
    cJSON_AddItemToArray(cells, cJSON_CreateNumber((double)value));
}

void edge_cell_age(cJSON *cells, const cJSON *object, const char *path, int64_t now_wall)
{
    char age[TIME_TEXT];
    int64_t at = json_time(object, path);
    edge_cell(cells, at ? time_age(age, MAX(now_wall - at, 0)) : "<unknown>");
}

void edge_cell_labels(cJSON *cells, const cJSON *labels)
{
    struct buf text;
    buf_init(&text, 4096);
    const cJSON *label;
    cJSON_ArrayForEach (label, labels)
        buf_addf(&text, "%s%s=%s", text.len ? "," : "", label->string, cJSON_IsString(label) ? label->valuestring : "");
    edge_cell(cells, text.len ? text.data : "<none>");
    buf_release(&text);
}

static cJSON *column_definitions(const struct edge_kind *kind)
{
    cJSON *list = cJSON_CreateArray();
    for (const struct edge_column *c = kind->columns; c->name; c++) {
        cJSON *column = cJSON_CreateObject();
        json_set_str(column, "name", c->name);
        json_set_str(column, "type", c->type);
        json_set_str(column, "format", c->format);
        json_set_str(column, "description", c->description);
        json_set_int(column, "priority", c->priority);
        cJSON_AddItemToArray(list, column);
    }
    return list;
}

/* With include=Metadata a row carries this much of its object: kubectl's -l columns and names come from it. */
static cJSON *partial_metadata(const cJSON *object)
{
    cJSON *partial = cJSON_CreateObject();
    json_set_str(partial, "kind", "PartialObjectMetadata");
    json_set_str(partial, "apiVersion", "meta.k8s.io/v1");
    cJSON_AddItemToObject(partial, "metadata", cJSON_Duplicate(json_get(object, "metadata"), true));
    return partial;
}

cJSON *edge_table(const struct edge_kind *kind, const cJSON *const *objects, size_t count, const char *include,
                  bool columns, int64_t now_wall)
{
    cJSON *table = cJSON_CreateObject();
    json_set_str(table, "kind", "Table");
    json_set_str(table, "apiVersion", "meta.k8s.io/v1");
    cJSON_AddItemToObject(table, "metadata", cJSON_CreateObject());
    if (columns)
        cJSON_AddItemToObject(table, "columnDefinitions", column_definitions(kind));
    else
        cJSON_AddItemToObject(table, "columnDefinitions", cJSON_CreateNull());
    cJSON *rows = cJSON_AddArrayToObject(table, "rows");
    for (size_t i = 0; i < count; i++) {
        cJSON *row = cJSON_CreateObject();
        kind->cells(objects[i], now_wall, cJSON_AddArrayToObject(row, "cells"));
        if (str_eq(include, "Object"))
            cJSON_AddItemToObject(row, "object", cJSON_Duplicate(objects[i], true));
        else if (!str_eq(include, "None"))
            cJSON_AddItemToObject(row, "object", partial_metadata(objects[i]));
        cJSON_AddItemToArray(rows, row);
    }
    return table;
}
