/* tape: what a recorder wrote, read once and known by place: what of it was heard by when, and how each object was then.
 *
 * A moment is how many of the file's lines were heard: 0 is before the first. The lines themselves stay in the file. */
#ifndef K8S_TAPE_H
#define K8S_TAPE_H

#include "base/err.h"
#include "base/map.h"
#include "net/client.h"

enum tape_type { TAPE_STATUS, TAPE_LIST, TAPE_ITEM, TAPE_EVENT, TAPE_LINE, TAPE_TEXT, TAPE_BODY, TAPE_END, TAPE_GET, TAPE_OTHER };

struct tape_line {
    int64_t t; /* ns since the beginning; never earlier than the line before */
    int64_t offset;
    uint32_t len, call;
    enum tape_type type;
};

/* One state of an object, from `at` on: as it stands in that line, or gone. */
struct tape_version {
    uint32_t at, line;
    bool gone;
};

struct tape_object {
    char *ns, *name; /* ns "": it has none */
    struct tape_version *versions; /* by `at` */
    uint32_t count, cap;
    uint64_t rv; /* of the last one */
    unsigned seen; /* in which list, last */
};

/* How a collection answered a list, from `at` on. */
struct tape_answer {
    uint32_t at, line; /* the line of a refusal's body, 0: none */
    int status;
};

/* The objects behind one path: a collection in a namespace or in all, perhaps only those that a selector names. */
struct tape_table {
    char *resource; /* "/api/v1/pods": without the namespace */
    char *ns, *labels, *fields; /* NULL: all */
    char *kind; /* "Pod"; "" when no list named itself */
    struct map objects; /* "NS/NAME" → struct tape_object * */
    struct tape_object **order;
    size_t count, cap;
    struct tape_change {
        uint32_t at, object;
    } *changes; /* by `at` */
    size_t change_count, change_cap;
    struct tape_answer *answers;
    size_t answer_count, answer_cap;
    unsigned listing;
    bool told; /* one list was whole */
};

struct tape_call {
    struct tape_path *path;
    uint32_t *lines; /* none of a table's but those of its head and end */
    uint32_t count, cap, begun;
    uint32_t end;    /* the line of its end, UINT32_MAX: there is none */
    uint32_t body;   /* the line of a refusal's body, 0: none */
    int status;
    bool watch, first, stream, left, last_page;
};

struct tape_path {
    char *key;
    struct tape_table *table; /* NULL: no collection */
    uint32_t *calls;
    size_t count, cap;
};

/* When the server was not there. */
struct tape_gap {
    uint32_t from, to, line;
    enum http_outcome outcome;
};

struct tape {
    FILE *file;
    char *name, *server;
    int64_t wall, length; /* when it began (ns since 1970), and how long it is */
    struct tape_line *lines;
    size_t count, cap;
    struct tape_call *calls; /* by number - 1 */
    size_t call_count, call_cap;
    struct map paths, tables;
    struct tape_gap *gaps;
    size_t gap_count, gap_cap;
    char *torn; /* what of it could not be read, as a sentence; NULL: nothing */
};

/* What is whole is taken, a torn end left out; the error names the file, and its line where it is no recording. */
struct tape *tape_open(const char *path, struct err *err);
void tape_free(struct tape *tape);

/* The first line that was heard after t. */
uint32_t tape_moment(const struct tape *tape, int64_t t);
/* The object's version at a moment; NULL: it was not there yet, or no more. */
const struct tape_version *tape_version_at(const struct tape_object *object, uint32_t moment);
const struct tape_answer *tape_answer_at(const struct tape_table *table, uint32_t moment);
const struct tape_gap *tape_gap_at(const struct tape *tape, uint32_t moment);
/* The line's value, NUL-terminated; the caller frees. NULL: the file cannot be read any more. */
char *tape_load(struct tape *tape, uint32_t line, size_t *len);
/* The same, and what of it is the object: of an event what stands in it. */
char *tape_load_object(struct tape *tape, uint32_t line, const char **object, size_t *len);

/* What a path asks for. */
struct tape_question {
    char *key;      /* the path without what differs from one time to the next */
    char *resource, *ns, *name, *rest; /* "/api/v1/pods", "media", "camera-1", "log"; NULL: no such part */
    struct map query;
};
void tape_question_init(struct tape_question *question, const char *path);
void tape_question_release(struct tape_question *question);

#endif
