/* json: cJSON with typed getters that survive a missing, null or wrongly typed field.
 *
 * A path is dotted: "spec.template.metadata.name"; keys that hold dots themselves (labels) are read with json_get on
 * their parent. Getters take NULL for the object. Strings live as long as the tree. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <cjson/cJSON.h>

#include "base/buf.h"
#include "base/err.h"

/* Exactly one document; deeper than 128 levels or with bytes after it is an error. cJSON_Delete() it. */
cJSON *json_parse(const char *text, size_t len, struct err *err);

const cJSON *json_get(const cJSON *object, const char *key);
const cJSON *json_at(const cJSON *object, const char *path);
const char *json_str(const cJSON *object, const char *path);                      /* NULL unless a string */
const char *json_str_or(const cJSON *object, const char *path, const char *other);
int64_t json_int(const cJSON *object, const char *path, int64_t other);           /* clamped; a numeric string counts */
double json_num(const cJSON *object, const char *path, double other);
bool json_bool(const cJSON *object, const char *path, bool other);
int64_t json_seconds(const cJSON *object, const char *path); /* in ns; -1 unless a length of time, not above 30 years */
int64_t json_time(const cJSON *object, const char *path);                         /* ns since 1970, 0 unless RFC 3339 */
/* An object or array at the path, else NULL: safe for cJSON_ArrayForEach. */
const cJSON *json_array(const cJSON *object, const char *path);
const cJSON *json_object(const cJSON *object, const char *path);

/* For building: the object at the path, made where it is missing. */
cJSON *json_ensure(cJSON *object, const char *path);
/* Sets (replaces) the last key of the path; takes the value. */
void json_set(cJSON *object, const char *path, cJSON *value);
/* Sets (replaces) a key that may hold dots; takes and returns the value. */
cJSON *json_put(cJSON *object, const char *key, cJSON *value);
void json_set_str(cJSON *object, const char *path, const char *value); /* NULL value: nothing is set */
void json_set_int(cJSON *object, const char *path, int64_t value);
void json_set_bool(cJSON *object, const char *path, bool value);
void json_del(cJSON *object, const char *path);
bool json_equal(const cJSON *a, const cJSON *b);

/* Compact text, exact for integers up to 2^53. */
void json_print(struct buf *out, const cJSON *value);
/* The number that a text is and that is printed as it again, or (not same_text) as another form of the same one: "1.0" as 1.
 * NULL: none such. */
cJSON *json_number(const char *text, bool same_text);
/* s as a JSON string with its quotes. */
void json_quote(struct buf *out, const char *s);

#endif
