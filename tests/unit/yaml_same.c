#include "tests/unit/yaml_same.h"

static bool same_parents(const struct yaml_node *node)
{
    const struct yaml_node *last = NULL;
    size_t count = 0;
    for (const struct yaml_node *n = node->child; n; n = n->next, count++) {
        if (n->parent != node)
            return false;
        last = n;
    }
    return node->last == last && node->count == count;
}

bool yaml_same(const struct yaml_node *a, const struct yaml_node *b)
{
    if (!a || !b)
        return a == b;
    if (a->type != b->type || a->plain != b->plain || a->flow != b->flow || a->line != b->line || a->column != b->column ||
        a->start != b->start || a->end != b->end || a->key_start != b->key_start || a->key_line != b->key_line ||
        a->key_column != b->key_column || !a->key != !b->key || (a->key && strcmp(a->key, b->key) != 0) || a->value_len != b->value_len ||
        !a->value != !b->value || (a->value && memcmp(a->value, b->value, a->value_len) != 0) || !same_parents(a))
        return false;
    const struct yaml_node *x = a->child, *y = b->child;
    while (x && y && yaml_same(x, y)) {
        x = x->next;
        y = y->next;
    }
    return !x && !y;
}
