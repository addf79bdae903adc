/* revisions: the deployments that a graph's ConfigMap remembers, the newest last. Pure.
 *
 * An entry: {"revision": 3, "at": RFC 3339, "by": "anna", "host": "desk", "what": "camera: fps 10 → 5", "took": 1.4 (seconds;
 * missing while it is under way and when it was cut short), "text": the graph, "digest": of it; "back": 1 of a rollback to 1,
 * "deletes": true of a deletion, which is never whole: nothing remembers it then}. The newest is kept without its text, which
 * is the ConfigMap's own. Where somebody edited that by hand, what was deployed is lost: what is there then is an entry of its own,
 * "edited", which was never deployed. Keys that another patchbay wrote are kept. */
#ifndef GRAPH_REVISIONS_H
#define GRAPH_REVISIONS_H

#include "base/json.h"

#define REVISIONS_MAX 20

/* The bytes that all of them may have in a ConfigMap with so many others: half of what it holds at most. */
size_t revisions_room(size_t others);
/* json, text: what the ConfigMap says, or NULL. Always an array, the caller's; every entry of it has its text. What is no history counts as
 * none. */
cJSON *revisions_read(const char *json, const char *text);
/* Whether it is a history, or none at all: what is neither must not be written over. */
bool revisions_readable(const char *json);
/* Drops the oldest until what is written has at most `room` bytes. */
void revisions_write(cJSON *list, size_t room, struct buf *out);
cJSON *revisions_last(const cJSON *list);                   /* NULL: none */
cJSON *revisions_find(const cJSON *list, int64_t revision); /* NULL */
/* The one before `entry` that was deployed whole and has another text; NULL: none. */
cJSON *revisions_before(const cJSON *list, const cJSON *entry);
/* Where a rollback leads that names no revision; NULL: nowhere. A rollback that was cut short goes on; a deletion that was
 * leads to what it began to delete; all else to the one before that. */
cJSON *revisions_back(const cJSON *list);
/* Whether it was deployed whole, as far as that was written down. */
bool revision_whole(const cJSON *entry);
bool revision_deletes(const cJSON *entry);
bool revision_edited(const cJSON *entry);
const char *revision_untimed(const cJSON *entry); /* how it went, where it does not say what it took: "cut short" */
void revision_set_text(cJSON *entry, const char *text);

#endif
