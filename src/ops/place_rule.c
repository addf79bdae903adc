#include "ops/place_rule.h"

#define NOT_READY "node.kubernetes.io/not-ready"
#define UNREACHABLE "node.kubernetes.io/unreachable"
#define UNSCHEDULABLE "node.kubernetes.io/unschedulable"

void place_rule_init(struct place_rule *rule, const cJSON *extra)
{
    const cJSON *item;
    *rule = (struct place_rule){.selector = json_object(extra, "nodeSelector"),
                                .tolerations = json_array(extra, "tolerations")};
    cJSON_ArrayForEach(item, rule->selector) rule->label_count++;
    cJSON_ArrayForEach(item, rule->tolerations) rule->tolerated_count++;
    rule->labels = xcalloc(rule->label_count + 1, sizeof *rule->labels);
    rule->tolerated = xcalloc(rule->tolerated_count + 1, sizeof *rule->tolerated);
    size_t i = 0, k = 0;
    cJSON_ArrayForEach(item, rule->selector)
    {
        const char *value = cJSON_IsString(item) && *item->valuestring ? item->valuestring : NULL;
        rule->labels[i++] = (struct node_label){istr_new(item->string), istr_new(value)};
    }
    cJSON_ArrayForEach(item, rule->tolerations)
    {
        const char *key = json_str(item, "key"), *effect = json_str(item, "effect");
        rule->tolerated[k++] = (struct toleration){.key = key && *key ? key : NULL,
                                                   .value = json_str_or(item, "value", ""),
                                                   .effect = effect && *effect ? effect : NULL,
                                                   .exists = str_eq(json_str(item, "operator"), "Exists")};
    }
}

void place_rule_release(struct place_rule *rule)
{
    for (size_t i = 0; i < rule->label_count; i++) {
        istr_unref(rule->labels[i].key);
        istr_unref(rule->labels[i].value);
    }
    free(rule->labels);
    free(rule->tolerated);
}

bool place_rule_is(const struct place_rule *rule, const cJSON *extra)
{
    return json_equal(rule->selector, json_object(extra, "nodeSelector")) &&
           json_equal(rule->tolerations, json_array(extra, "tolerations"));
}

static bool is_unready(const char *key)
{
    return str_eq(key, NOT_READY) || str_eq(key, UNREACHABLE);
}

static bool tolerates(const struct place_rule *rule, const char *key, const char *value, const char *effect)
{
    for (size_t i = 0; i < rule->tolerated_count; i++) {
        const struct toleration *t = &rule->tolerated[i];
        if ((!t->effect || str_eq(t->effect, effect)) && (!t->key || str_eq(t->key, key)) &&
            (t->exists || strcmp(t->value, str_or_empty(value)) == 0))
            return true;
    }
    return false;
}

/* Every pod is given a toleration of these for its first minutes, unless it has one of its own for them, whatever it says. */
static bool is_given_toleration(const struct place_rule *rule, const struct node_taint *taint)
{
    if (!str_eq(taint->effect, "NoExecute") || !is_unready(taint->key))
        return false;
    for (size_t i = 0; i < rule->tolerated_count; i++) {
        const struct toleration *t = &rule->tolerated[i];
        if ((!t->key || str_eq(t->key, taint->key)) && (!t->effect || str_eq(t->effect, "NoExecute")))
            return false;
    }
    return true;
}

bool place_rule_keeps_away(const struct place_rule *rule, const struct node_taint *taint)
{
    if (!str_eq(taint->effect, "NoSchedule") && !str_eq(taint->effect, "NoExecute"))
        return false;
    return !is_given_toleration(rule, taint) && !tolerates(rule, taint->key, taint->value, taint->effect);
}

static bool has_label(const struct node *node, const struct node_label *want)
{
    for (size_t i = 0; i < node->label_count; i++)
        if (node->labels[i].key == want->key && node->labels[i].value == want->value)
            return true;
    return false;
}

const struct node_label *place_rule_missing(const struct place_rule *rule, const struct node *node, size_t *from)
{
    while (*from < rule->label_count) {
        const struct node_label *want = &rule->labels[(*from)++];
        if (!has_label(node, want))
            return want;
    }
    return NULL;
}

static const struct node_label *missing_label(const struct place_rule *rule, const struct node *node)
{
    size_t from = 0;
    return place_rule_missing(rule, node, &from);
}

bool place_rule_selects(const struct place_rule *rule, const struct node *node)
{
    return !missing_label(rule, node);
}

bool place_rule_shuns_unready(const struct place_rule *rule, const struct node *node)
{
    const char *unready = str_eq(node->ready_status, "Unknown") ? UNREACHABLE : NOT_READY;
    return !str_eq(node->ready_status, "True") && !tolerates(rule, unready, NULL, "NoSchedule");
}

bool place_rule_shuns_cordoned(const struct place_rule *rule, const struct node *node)
{
    return node->unschedulable && !tolerates(rule, UNSCHEDULABLE, NULL, "NoSchedule");
}

bool place_rule_is_said(const struct place_rule *rule, const struct node *node, const struct node_taint *taint)
{
    return (is_unready(taint->key) && place_rule_shuns_unready(rule, node)) ||
           (str_eq(taint->key, UNSCHEDULABLE) && place_rule_shuns_cordoned(rule, node));
}

struct place_reason place_rule_check(const struct place_rule *rule, const struct node *node)
{
    if (place_rule_shuns_cordoned(rule, node))
        return (struct place_reason){PLACE_UNSCHEDULABLE, NULL};
    for (size_t i = 0; i < node->taint_count; i++)
        if (place_rule_keeps_away(rule, &node->taints[i]))
            return is_unready(node->taints[i].key) ? (struct place_reason){PLACE_NOT_READY, NULL}
                                                   : (struct place_reason){PLACE_TAINT, &node->taints[i]};
    if (place_rule_shuns_unready(rule, node))
        return (struct place_reason){PLACE_NOT_READY, NULL};
    const struct node_label *label = missing_label(rule, node);
    return label ? (struct place_reason){PLACE_SELECTOR, label} : (struct place_reason){PLACE_MAY, NULL};
}

/* Words. */

static bool same_label(const struct node_label *a, const struct node_label *b)
{
    return a->key == b->key && a->value == b->value;
}

static bool same_taint(const struct node_taint *a, const struct node_taint *b)
{
    return a->key == b->key && a->value == b->value && a->effect == b->effect;
}

static bool same(const struct place_reason *reason, enum place_no no, const void *what)
{
    return reason->no == no && (reason->what == what || (no == PLACE_TAINT && same_taint(reason->what, what)) ||
                                (no == PLACE_SELECTOR && same_label(reason->what, what)));
}

void place_tally_add(struct place_tally *tally, enum place_no no, const void *what)
{
    for (size_t i = 0; i < tally->count; i++)
        if (same(&tally->items[i].reason, no, what)) {
            tally->items[i].nodes++;
            return;
        }
    tally->more |= tally->count == PLACE_REASONS;
    if (tally->count == PLACE_REASONS)
        return;
    tally->items[tally->count].reason = (struct place_reason){no, what};
    tally->items[tally->count++].nodes = 1;
}

static void add_reason(struct buf *out, const struct place_reason *reason)
{
    const struct node_taint *taint = reason->what;
    const struct node_label *label = reason->what;
    switch (reason->no) {
    case PLACE_MAY: break;
    case PLACE_NOT_READY: buf_adds(out, "not Ready"); break;
    case PLACE_UNSCHEDULABLE: buf_adds(out, "unschedulable"); break;
    case PLACE_TAINT:
        buf_addf(out, "untolerated taint %s%s%s:%s", str_or_empty(taint->key), taint->value ? "=" : "",
                 str_or_empty(taint->value), str_or_empty(taint->effect));
        break;
    case PLACE_SELECTOR:
        buf_addf(out, "didn't match nodeSelector %s=%s", label->key, str_or_empty(label->value));
        break;
    case PLACE_TOO_MANY: buf_adds(out, "Too many pods"); break;
    case PLACE_INSUFFICIENT: buf_addf(out, "Insufficient %s", (const char *)reason->what); break;
    }
}

void place_reasons_words(struct buf *out, const struct place_tally *tally)
{
    for (size_t i = 0; i < tally->count; i++) {
        buf_adds(out, i ? ", " : "");
        add_reason(out, &tally->items[i].reason);
    }
}

void place_tally_words(char *out, size_t size, struct place_tally *tally, size_t nodes)
{
    if (!nodes) {
        snprintf(out, size, "no nodes available to schedule pods");
        return;
    }
    struct buf text;
    buf_init(&text, 16384);
    buf_addf(&text, "0/%zu nodes:", nodes);
    for (size_t n = 0; n < tally->count; n++) {
        size_t most = 0; /* of those not said yet: the first of the most frequent */
        for (size_t i = 1; i < tally->count; i++)
            if (tally->items[i].nodes > tally->items[most].nodes)
                most = i;
        buf_addf(&text, "%s %d ", n ? "," : "", tally->items[most].nodes);
        add_reason(&text, &tally->items[most].reason);
        tally->items[most].nodes = 0;
    }
    if (tally->more || text.len >= size)
        snprintf(out, size, "%.*s …", (int)MIN(text.len, size - 5), text.data);
    else
        snprintf(out, size, "%s", text.data);
    buf_release(&text);
}
