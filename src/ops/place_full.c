#include "ops/place_full.h"

#define HOLDERS_NAMED 3 /* of one resource of one node; the others are counted */

struct telling {
    struct buf *out;
    const struct accounts *a;
    const struct desk *desk;
    const struct need *need;
    const struct place_holders *holders;
};

static void next(const struct telling *t)
{
    buf_adds(t->out, t->out->len ? "; " : "");
}

/* "500m", "1.5", "2" of thousandths. */
static void add_cpu(struct buf *out, int64_t milli)
{
    if (milli > 0 && milli < 1000)
        buf_addf(out, "%" PRId64 "m", milli);
    else
        buf_addf(out, "%.6g", (double)MAX(milli, 0) / 1000);
}

/* "64Mi", "1.5Gi" */
static void add_bytes(struct buf *out, int64_t bytes)
{
    static const char *const units[] = {"", "Ki", "Mi", "Gi", "Ti", "Pi"};
    double value = (double)MAX(bytes, 0);
    size_t unit = 0;
    for (; value >= 1024 && unit + 1 < ARRAY_SIZE(units); unit++)
        value /= 1024;
    buf_addf(out, "%.4g%s", value, units[unit]);
}

static void add_amount(struct buf *out, int64_t amount, bool milli)
{
    if (milli)
        add_cpu(out, amount);
    else
        add_bytes(out, amount);
}

/* "200m of its 4 cpu is free, 1.5 are asked for" */
static void tell_amount(const struct telling *t, const char *name, bool milli, int64_t asked, int64_t left, int64_t all)
{
    next(t);
    if (all <= 0) {
        buf_addf(t->out, "it has no %s", name);
        return;
    }
    if (all < asked) {
        buf_adds(t->out, "it has ");
        add_amount(t->out, all, milli);
        buf_addf(t->out, " %s, ", name);
    } else {
        add_amount(t->out, left, milli);
        buf_adds(t->out, " of its ");
        add_amount(t->out, all, milli);
        buf_addf(t->out, " %s is free, ", name);
    }
    add_amount(t->out, asked, milli);
    buf_adds(t->out, " asked for");
}

static int64_t held(const struct place_holder *holder, size_t device, istr resource)
{
    int64_t count = 0;
    for (size_t i = 0; holder->pod && i < holder->pod->gpu_count; i++)
        if (holder->pod->gpus[i].resource == resource)
            count += holder->pod->gpus[i].count;
    for (size_t i = 0; !holder->pod && i < holder->need->device_count; i++)
        if (holder->need->devices[i].device == device)
            count += holder->need->devices[i].count;
    return count;
}

/* "media/other, object-detect and 2 more" */
static void add_holders(const struct telling *t, size_t device)
{
    size_t count = 0, named = 0;
    for (size_t i = 0; i < t->holders->count; i++) {
        const struct place_holder *holder = &t->holders->items[i];
        count += holder->desk == t->desk && held(holder, device, t->a->devices[device]) > 0;
    }
    size_t most = count <= HOLDERS_NAMED ? count : HOLDERS_NAMED - 1;
    for (size_t i = 0; i < t->holders->count && named < most; i++) {
        const struct place_holder *holder = &t->holders->items[i];
        if (holder->desk != t->desk || held(holder, device, t->a->devices[device]) <= 0)
            continue;
        buf_adds(t->out, !named ? "" : named + 1 == count ? " and " : ", ");
        if (holder->pod)
            buf_addf(t->out, "%s/%s", str_or_empty(holder->pod->r.ns), holder->pod->r.name);
        else
            buf_adds(t->out, holder->thing);
        named++;
    }
    if (named < count)
        buf_addf(t->out, " and %zu more", count - named);
}

static void tell_device(const struct telling *t, size_t device, int64_t asked)
{
    const char *name = t->a->devices[device];
    bool is_gpu = str_eq(name, GPU_RESOURCE);
    int64_t all = desk_allocatable(t->desk, t->a->devices[device]), left = MAX(t->desk->free[device], 0);
    const char *one = is_gpu ? "GPU" : name, *many = is_gpu ? "GPUs" : name;
    next(t);
    if (all < asked) {
        if (all)
            buf_addf(t->out, "it has %" PRId64 " %s, %" PRId64 " asked for", all, all == 1 ? one : many, asked);
        else
            buf_addf(t->out, "it has no %s", one);
        return;
    }
    if (left)
        buf_addf(t->out, "%" PRId64 " of its %" PRId64 " %s %s free, %" PRId64 " asked for; the others are held by ", left, all,
                 many, left == 1 ? "is" : "are", asked);
    else if (all == 1)
        buf_addf(t->out, "its %s is held by ", one);
    else
        buf_addf(t->out, "its %" PRId64 " %s are held by ", all, many);
    add_holders(t, device);
}

static void tell_rule(const struct telling *t, const struct place_rule *rule)
{
    const struct node *node = t->desk->node;
    if (place_rule_shuns_cordoned(rule, node)) {
        next(t);
        buf_adds(t->out, "it is cordoned");
    }
    if (place_rule_shuns_unready(rule, node)) {
        next(t);
        buf_adds(t->out, "it is not Ready");
    }
    for (size_t i = 0; i < node->taint_count; i++) {
        const struct node_taint *taint = &node->taints[i];
        if (!place_rule_keeps_away(rule, taint) || place_rule_is_said(rule, node, taint))
            continue;
        next(t);
        buf_addf(t->out, "taint %s%s%s:%s is not tolerated", str_or_empty(taint->key), taint->value ? "=" : "",
                 str_or_empty(taint->value), str_or_empty(taint->effect));
    }
    const struct node_label *label;
    for (size_t from = 0; (label = place_rule_missing(rule, node, &from));) {
        next(t);
        buf_addf(t->out, "it has no label %s=%s", label->key, str_or_empty(label->value));
    }
}

void place_full_words(struct buf *out, const struct accounts *a, const struct desk *desk, const struct need *need,
                      const struct place_holders *holders)
{
    const struct telling t = {out, a, desk, need, holders};
    tell_rule(&t, &a->rules[need->rule]);
    if (desk->pods <= 0) {
        next(&t);
        buf_addf(out, "it runs all of the %d pods that it takes", desk->node->pods);
    }
    if (desk_lacks(need->cpu, desk->cpu))
        tell_amount(&t, "cpu", true, need->cpu, desk->cpu, desk->node->cpu_milli);
    if (desk_lacks(need->memory, desk->memory))
        tell_amount(&t, "memory", false, need->memory, desk->memory, desk->node->memory);
    for (size_t i = 0; i < need->device_count; i++) {
        size_t device = need->devices[i].device;
        int64_t asked = need->devices[i].count, left = desk->free[device];
        if (desk_lacks(asked, left) && need->devices[i].is_other)
            tell_amount(&t, a->devices[device], false, asked, left, desk_allocatable(desk, a->devices[device]));
        else if (desk_lacks(asked, left))
            tell_device(&t, device, asked);
    }
}
