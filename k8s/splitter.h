/* splitter: from bytes, in whatever pieces they come, to one JSON object at a time.
 *
 * SPLIT_LIST: the elements of the `items` of one list object, or of the `rows` of a Table. SPLIT_EVENTS: one object after the other (a
 * watch). metadata.managedFields of an object, nearly half of its bytes, becomes null on the way, and so does what splitter_skip names.
 * Elements that are no objects are passed over. Only the outline is checked here: an object handed out may still be bad JSON. */
#ifndef K8S_SPLITTER_H
#define K8S_SPLITTER_H

#include "base/buf.h"
#include "base/err.h"

#define SPLITTER_MAX_ITEM (16u << 20)

struct splitter;

enum splitter_shape { SPLIT_LIST, SPLIT_EVENTS };

struct splitter_events {
    /* One object; NUL-terminated, valid during the call. */
    void (*item)(void *data, const char *json, size_t len);
    /* One that passed SPLITTER_MAX_ITEM, or is nested too deep, was left out. May be NULL. */
    void (*skipped)(void *data, size_t bytes);
};

/* Nothing may free the splitter from inside a callback. */
struct splitter *splitter_new(enum splitter_shape shape, const struct splitter_events *events, void *data);
void splitter_free(struct splitter *splitter);
/* Before the first byte: what else of each object becomes null. Dotted paths of at most 6 keys, at most 60 of them and
 * NULL after the last; a list on the way stands for each of its elements: "spec.containers.env". They are kept, not
 * copied. Of events only ADDED, MODIFIED and DELETED lose anything, and only where `type` comes first. */
void splitter_skip(struct splitter *splitter, const char *const *paths);
/* -1: these bytes are no such JSON; the splitter stays in error. */
int splitter_feed(struct splitter *splitter, const char *bytes, size_t len, struct err *err);
/* The bytes have ended: -1 when in the middle of an object (or before a list's beginning). */
int splitter_end(const struct splitter *splitter, struct err *err);

/* Of a list, as far as it was read: "" until then. */
const char *splitter_kind(const struct splitter *splitter);
const char *splitter_rv(const struct splitter *splitter);
const char *splitter_continue(const struct splitter *splitter);

#endif
