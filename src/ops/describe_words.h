/* describe_words: what all of describe writes with: lines of "Key:  value", sections, tables; sanitised. */
#ifndef OPS_DESCRIBE_WORDS_H
#define OPS_DESCRIBE_WORDS_H

#include "ops/describe.h"

#define WORDS_KEY 20 /* cells of a key and its colon */

struct words {
    struct buf *out;
    int indent;
    int64_t now;
};

/* "Key:  value"; an empty or missing value is <none>. */
void words_line(struct words *words, const char *key, const char *value);
void words_linef(struct words *words, const char *key, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* As words_line, where there is a value. */
void words_if(struct words *words, const char *key, const char *value);
/* "Key:", and what follows stands below it until words_end. */
void words_begin(struct words *words, const char *key);
void words_end(struct words *words);
/* A line without a key. */
void words_text(struct words *words, const char *text);
/* "2026-03-01T12:00:00Z (5m ago)"; nothing for what is no time. */
void words_time(struct words *words, const char *key, const char *rfc3339);
/* A map of texts, one a line behind its key: labels ("a=b"), quantities. */
void words_map(struct words *words, const char *key, const cJSON *map, const char *between);
/* Any scalar, as text ("" for null, objects and arrays). */
const char *words_scalar(char *room, size_t size, const cJSON *value);
/* "podCIDR" → "Pod CIDR". */
void words_of_key(char *out, size_t size, const char *key);
/* All of it, whatever it is, below its key. */
void words_any(struct words *words, const char *key, const cJSON *value);
/* Type, status, reason, since when, message. */
void words_conditions(struct words *words, const cJSON *conditions);

/* Rows of cells below titles, as wide as they need be. */
#define WORDS_COLUMNS 8
struct words_table {
    size_t columns;
    char **cells; /* row by row, titles first */
    size_t count, cap;
};
void words_cell(struct words_table *table, const char *text);
void words_table(struct words *words, struct words_table *table); /* writes and frees it */

#endif
