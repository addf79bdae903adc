/* query: label and field selectors as they come in a URL. */
#ifndef EDGE_QUERY_H
#define EDGE_QUERY_H

#include "edge/store.h"

enum edge_operator {
    EDGE_IS,
    EDGE_IS_NOT,
    EDGE_IN,
    EDGE_NOT_IN,
    EDGE_EXISTS,
    EDGE_EXISTS_NOT,
    EDGE_GREATER,
    EDGE_LESS
};

struct edge_term {
    bool field; /* of a field selector: key is a path */
    enum edge_operator op;
    char *key;
    char **values;
    size_t value_count, value_cap;
};

struct edge_query {
    struct edge_term *terms;
    size_t count, cap;
};

/* labels and fields may be NULL. On -1 err is the message of a 400, and nothing is to be released. */
int edge_query_init(struct edge_query *query, const struct edge_kind *kind, const char *labels, const char *fields,
                    struct err *err);
void edge_query_release(struct edge_query *query);
bool edge_query_matches(const struct edge_query *query, const cJSON *object);

#endif
