#include "graph/revisions.h"

#include "base/digest.h"

#define REVISION_MAX 1000000000 /* a greater number is nobody's count */
#define MAP_ROOM ((1u << 20) - (16u << 10)) /* a ConfigMap holds 1 MiB, its metadata with it */

size_t revisions_room(size_t others)
{
    return MIN(MAP_ROOM / 2, MAP_ROOM - MIN(others, MAP_ROOM));
}

static void digest_of(char out[DIGEST_TEXT], const char *text)
{
    uint8_t digest[32];
    digest_sha256(text, strlen(text), digest);
    digest_hex(out, digest, sizeof digest);
}

void revision_set_text(cJSON *entry, const char *text)
{
    char digest[DIGEST_TEXT];
    digest_of(digest, text);
    json_set_str(entry, "digest", digest);
    json_set_str(entry, "text", text);
}

/* The newest one's text is not what was deployed: that is lost, and this was written by hand. */
static void take_edit(cJSON *list, cJSON *last, const char *text)
{
    cJSON *entry = cJSON_CreateObject();
    json_set_int(entry, "revision", json_int(last, "revision", 0) + 1);
    json_set_bool(entry, "edited", true);
    json_set_str(entry, "what", "edited by hand on the cluster, not deployed");
    revision_set_text(entry, text);
    cJSON_AddItemToArray(list, entry);
}

static void give_text(cJSON *list, cJSON *last, const char *text)
{
    char digest[DIGEST_TEXT];
    const char *deployed = json_str(last, "digest");
    if (text && deployed)
        digest_of(digest, text);
    if (text && deployed && strcmp(digest, deployed) != 0)
        take_edit(list, last, text);
    else
        json_set_str(last, "text", text);
}

static bool is_number(const cJSON *entry)
{
    int64_t revision = json_int(entry, "revision", 0);
    return revision > 0 && revision < REVISION_MAX;
}

bool revisions_readable(const char *json)
{
    struct err err = ERR_INIT;
    cJSON *list = json ? json_parse(json, strlen(json), &err) : NULL;
    bool readable = !json || !*json || cJSON_IsArray(list);
    cJSON_Delete(list);
    return readable;
}

cJSON *revisions_read(const char *json, const char *text)
{
    struct err err = ERR_INIT;
    cJSON *list = json ? json_parse(json, strlen(json), &err) : NULL;
    if (!cJSON_IsArray(list)) {
        cJSON_Delete(list);
        return cJSON_CreateArray();
    }
    cJSON *last = revisions_last(list);
    if (cJSON_IsObject(last) && !json_str(last, "text") && is_number(last))
        give_text(list, last, text);
    for (cJSON *entry = list->child, *next; entry; entry = next) {
        next = entry->next;
        if (!json_str(entry, "text") || !is_number(entry))
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
    return json_num(entry, "took", -1) >= 0 ||
           (!json_str(entry, "host") && !revision_edited(entry)); /* before there were hosts, nothing was written down */
}

bool revision_deletes(const cJSON *entry)
{
    return json_bool(entry, "deletes", false);
}

bool revision_edited(const cJSON *entry)
{
    return json_bool(entry, "edited", false);
}

const char *revision_untimed(const cJSON *entry)
{
    return revision_edited(entry) ? "never" : revision_whole(entry) ? "?" : "cut short";
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

/* The last one before it that was deployed whole. */
static cJSON *whole_before(const cJSON *list, const cJSON *entry)
{
    cJSON *found = NULL, *other;
    cJSON_ArrayForEach(other, list) {
        if (other == entry)
            break;
        if (revision_whole(other))
            found = other;
    }
    return found;
}

cJSON *revisions_back(const cJSON *list)
{
    cJSON *last = revisions_last(list);
    int64_t back = json_int(last, "back", 0);
    if (!last || revision_deletes(last))
        return whole_before(list, last);
    if (!back || revision_whole(last))
        return revisions_before(list, last);
    cJSON *to = revisions_find(list, back);
    return to ? to : last; /* it has the same text */
}

void revisions_write(cJSON *list, size_t room, struct buf *out)
{
    struct buf text;
    cJSON *last = revisions_last(list), *own = last ? cJSON_DetachItemFromObjectCaseSensitive(last, "text") : NULL;
    buf_init(&text, 64u << 20);
    for (int count = cJSON_GetArraySize(list); count > REVISIONS_MAX; count--)
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
