#include "graph/revisions.h"

cJSON *revisions_read(const char *json, const char *text)
{
    struct err err = ERR_INIT;
    cJSON *list = json ? json_parse(json, strlen(json), &err) : NULL;
    if (!cJSON_IsArray(list)) {
        cJSON_Delete(list);
        return cJSON_CreateArray();
    }
    cJSON *last = revisions_last(list);
    if (cJSON_IsObject(last) && !json_str(last, "text"))
        json_set_str(last, "text", text);
    for (cJSON *entry = list->child, *next; entry; entry = next) {
        next = entry->next;
        if (!json_str(entry, "text") || json_int(entry, "revision", 0) <= 0)
            cJSON_Delete(cJSON_DetachItemViaPointer(list, entry));
    }
    return list;
}

cJSON *revisions_last(const cJSON *list)
{
    return cJSON_GetArrayItem(list, cJSON_GetArraySize(list) - 1);
}

cJSON *revisions_find(const cJSON *list, int64_t revision)
{
    cJSON *entry;
    cJSON_ArrayForEach(entry, list)
        if (json_int(entry, "revision", 0) == revision)
            return entry;
    return NULL;
}

bool revision_whole(const cJSON *entry)
{
    return json_num(entry, "took", -1) >= 0 || !json_str(entry, "host"); /* before there were hosts, nothing was written down */
}

cJSON *revisions_before(const cJSON *list, const cJSON *entry)
{
    cJSON *found = NULL, *other;
    cJSON_ArrayForEach(other, list) {
        if (other == entry)
            break;
        if (revision_whole(other) && !str_eq(json_str(other, "text"), json_str(entry, "text")))
            found = other;
    }
    return found;
}

void revisions_write(cJSON *list, size_t room, struct buf *out)
{
    struct buf text;
    cJSON *last = revisions_last(list), *own = last ? cJSON_DetachItemFromObjectCaseSensitive(last, "text") : NULL;
    buf_init(&text, 64u << 20);
    while (cJSON_GetArraySize(list) > REVISIONS_MAX)
        cJSON_DeleteItemFromArray(list, 0);
    for (json_print(&text, list); text.len > room && cJSON_GetArraySize(list) > 1; json_print(&text, list)) {
        cJSON_DeleteItemFromArray(list, 0);
        buf_reset(&text);
    }
    buf_add(out, text.data, text.len);
    buf_release(&text);
    if (own)
        cJSON_AddItemToObject(last, "text", own);
}
