#include "edge/query.h"

#include <ctype.h>

#include "base/text.h"

static struct edge_term *add_term(struct edge_query *query, enum edge_operator op, const char *key, size_t len)
{
    GROW(query->terms, query->count, query->cap);
    struct edge_term *term = &query->terms[query->count++];
    *term = (struct edge_term){.op = op, .key = xstrndup(key, len)};
    return term;
}

static void add_value(struct edge_term *term, const char *value, size_t len)
{
    while (len && isspace((unsigned char)*value))
        value++, len--;
    while (len && isspace((unsigned char)value[len - 1]))
        len--;
    GROW(term->values, term->value_count, term->value_cap);
    term->values[term->value_count++] = xstrndup(value, len);
}

static const char *skip_space(const char *s)
{
    while (isspace((unsigned char)*s))
        s++;
    return s;
}

static size_t word(const char *s)
{
    return strcspn(s, " \t,=!<>()");
}

static int no_term(struct err *err, const char *found, const char *expected)
{
    return err_set(err, "unable to parse requirement: found '%.60s', expected: %s", found, expected);
}

/* "(a, b)": returns what follows it, or NULL. */
static const char *parse_set(struct edge_term *term, const char *s, struct err *err)
{
    s = skip_space(s);
    const char *end = *s == '(' ? strchr(s, ')') : NULL;
    if (!end) {
        no_term(err, s, "'('");
        return NULL;
    }
    for (s++;;) {
        size_t len = strcspn(s, ",)");
        add_value(term, s, len);
        s += len;
        if (s == end)
            return end + 1;
        s++;
    }
}

/* One requirement; returns what follows it, or NULL. */
static const char *parse_label(struct edge_query *query, const char *s, struct err *err)
{
    if (*s == '!') {
        s = skip_space(s + 1);
        size_t len = word(s);
        if (!len) {
            no_term(err, s, "identifier");
            return NULL;
        }
        add_term(query, EDGE_EXISTS_NOT, s, len);
        return s + len;
    }
    const char *key = s;
    size_t len = word(s);
    if (!len) {
        no_term(err, s, "!, identifier, or 'end of string'");
        return NULL;
    }
    s = skip_space(s + len);
    enum edge_operator op;
    if (*s == '\0' || *s == ',') {
        add_term(query, EDGE_EXISTS, key, len);
        return s;
    }
    if (strncmp(s, "in", 2) == 0 && (s[2] == ' ' || s[2] == '('))
        return parse_set(add_term(query, EDGE_IN, key, len), s + 2, err);
    if (strncmp(s, "notin", 5) == 0 && (s[5] == ' ' || s[5] == '('))
        return parse_set(add_term(query, EDGE_NOT_IN, key, len), s + 5, err);
    if (s[0] == '=')
        op = EDGE_IS, s += s[1] == '=' ? 2 : 1;
    else if (s[0] == '!' && s[1] == '=')
        op = EDGE_IS_NOT, s += 2;
    else if (s[0] == '>' || s[0] == '<')
        op = s[0] == '>' ? EDGE_GREATER : EDGE_LESS, s++;
    else {
        no_term(err, s, "in, notin, =, ==, !=, gt, lt");
        return NULL;
    }
    s = skip_space(s);
    size_t value = word(s);
    add_value(add_term(query, op, key, len), s, value);
    return s + value;
}

static int parse_labels(struct edge_query *query, const char *s, struct err *err)
{
    s = skip_space(s);
    while (*s) {
        s = parse_label(query, s, err);
        if (!s)
            return -1;
        s = skip_space(s);
        if (*s == ',') {
            s = skip_space(s + 1);
            if (!*s)
                return no_term(err, "", "identifier after ','");
        } else if (*s) {
            return no_term(err, s, "',' or 'end of string'");
        }
    }
    return 0;
}

/* The paths that field selectors may name; the first two for every kind. */
static const struct {
    const char *kind, *path;
} fields_known[] = {
    {NULL, "metadata.name"},
    {NULL, "metadata.namespace"},
    {"Pod", "spec.nodeName"},
    {"Pod", "spec.restartPolicy"},
    {"Pod", "spec.schedulerName"},
    {"Pod", "spec.serviceAccountName"},
    {"Pod", "spec.hostNetwork"},
    {"Pod", "status.phase"},
    {"Pod", "status.podIP"},
    {"Pod", "status.nominatedNodeName"},
    {"Event", "involvedObject.kind"},
    {"Event", "involvedObject.namespace"},
    {"Event", "involvedObject.name"},
    {"Event", "involvedObject.uid"},
    {"Event", "involvedObject.apiVersion"},
    {"Event", "involvedObject.resourceVersion"},
    {"Event", "involvedObject.fieldPath"},
    {"Event", "reason"},
    {"Event", "reportingComponent"},
    {"Event", "source"},
    {"Event", "type"},
    {"Node", "spec.unschedulable"},
    {"Namespace", "status.phase"},
    {"ReplicaSet", "status.replicas"},
    {"Service", "spec.clusterIP"},
    {"Service", "spec.type"},
};

static bool field_known(const struct edge_kind *kind, const char *path)
{
    for (size_t i = 0; i < ARRAY_SIZE(fields_known); i++)
        if (str_eq(fields_known[i].path, path) && (!fields_known[i].kind || str_eq(fields_known[i].kind, kind->kind)))
            return true;
    return false;
}

/* "path=value,path!=value", with a backslash before a comma, '=' or backslash of a value. */
static int parse_fields(struct edge_query *query, const struct edge_kind *kind, const char *s, struct err *err)
{
    while (*s) {
        size_t len = strcspn(s, "=!,");
        const char *op = s + len;
        enum edge_operator what = EDGE_IS;
        if (op[0] == '!' && op[1] == '=')
            what = EDGE_IS_NOT, op += 2;
        else if (op[0] == '=')
            op += op[1] == '=' ? 2 : 1;
        else
            return err_set(err, "invalid selector: '%.100s'; can't understand '%.100s'", s, s);
        struct edge_term *term = add_term(query, what, s, len);
        term->field = true;
        if (!field_known(kind, term->key))
            return err_set(err, "field label not supported: %s", term->key);
        struct buf value;
        buf_init(&value, 4096);
        for (; *op && *op != ','; op++) {
            if (*op == '\\' && op[1])
                op++;
            buf_addc(&value, *op);
        }
        add_value(term, value.data, value.len);
        buf_release(&value);
        s = *op ? op + 1 : op;
    }
    return 0;
}

int edge_query_init(struct edge_query *query, const struct edge_kind *kind, const char *labels, const char *fields,
                    struct err *err)
{
    *query = (struct edge_query){0};
    if ((labels && parse_labels(query, labels, err) < 0) || (fields && parse_fields(query, kind, fields, err) < 0)) {
        edge_query_release(query);
        return -1;
    }
    return 0;
}

void edge_query_release(struct edge_query *query)
{
    for (size_t i = 0; i < query->count; i++) {
        free(query->terms[i].key);
        for (size_t v = 0; v < query->terms[i].value_count; v++)
            free(query->terms[i].values[v]);
        free(query->terms[i].values);
    }
    free(query->terms);
    *query = (struct edge_query){0};
}

static bool one_of(const struct edge_term *term, const char *value)
{
    for (size_t i = 0; i < term->value_count; i++)
        if (str_eq(term->values[i], value))
            return true;
    return false;
}

static bool compares(const struct edge_term *term, const char *value)
{
    int64_t a, b;
    if (!text_int(value, &a) || !text_int(term->values[0], &b))
        return false;
    return term->op == EDGE_GREATER ? a > b : a < b;
}

/* A field that is not set compares as the empty text. */
static const char *field_value(const cJSON *object, const struct edge_term *term, char number[32])
{
    const cJSON *value = json_at(object, term->key);
    if (str_eq(term->key, "source"))
        value = json_at(object, "source.component");
    if (cJSON_IsNumber(value)) {
        snprintf(number, 32, "%.0f", value->valuedouble);
        return number;
    }
    if (str_eq(term->key, "spec.unschedulable") || str_eq(term->key, "spec.hostNetwork"))
        return cJSON_IsTrue(value) ? "true" : "false";
    return cJSON_IsString(value) ? value->valuestring : "";
}

static bool term_matches(const struct edge_term *term, const cJSON *object)
{
    char number[32];
    const char *value;
    if (term->field) {
        value = field_value(object, term, number);
    } else {
        const cJSON *label = json_get(json_at(object, "metadata.labels"), term->key);
        value = cJSON_IsString(label) ? label->valuestring : NULL;
    }
    switch (term->op) {
    case EDGE_IS:
    case EDGE_IN:
        return value && one_of(term, value);
    case EDGE_IS_NOT:
    case EDGE_NOT_IN:
        return !value || !one_of(term, value);
    case EDGE_EXISTS:
        return value != NULL;
    case EDGE_EXISTS_NOT:
        return value == NULL;
    case EDGE_GREATER:
    case EDGE_LESS:
        return value && compares(term, value);
    }
    return false;
}

bool edge_query_matches(const struct edge_query *query, const cJSON *object)
{
    for (size_t i = 0; i < query->count; i++)
        if (!term_matches(&query->terms[i], object))
            return false;
    return true;
}
