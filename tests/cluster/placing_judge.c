/* What patchbay says and what kube-scheduler says, compared. */
#include "tests/cluster/placing.h"

/* What patchbay says of a thing. */
static const cJSON *row_of(const struct placing *p, const char *graph, const char *thing)
{
    char key[120];
    snprintf(key, sizeof key, "%s/%s", graph, thing);
    return map_get(&p->found, key);
}

/* What the scheduler says of a pod: its node, or why it has none; false: nothing yet. */
static bool verdict(const cJSON *pod, const char **node, const char **why)
{
    const cJSON *condition;
    *node = json_str(pod, "spec.nodeName");
    *why = NULL;
    cJSON_ArrayForEach(condition, json_array(pod, "status.conditions"))
        if (str_eq(json_str(condition, "type"), "PodScheduled") && str_eq(json_str(condition, "reason"), "Unschedulable"))
            *why = json_str(condition, "message");
    return *node != NULL || *why != NULL;
}

/* judge */

/* Whether a list such as "a,b" holds an item. */
static bool lists(const char *list, const char *item)
{
    size_t n = strlen(item);
    for (const char *at = list; at && *at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        if (strncmp(at, item, n) == 0 && (at[n] == ',' || !at[n]))
            return true;
    return false;
}

/* Both sides' words for the same reason. */
static const struct { const char *ours, *theirs; } words[] = {
    {"unschedulable", "node(s) were unschedulable"},
    {"untolerated taint ", "node(s) had untolerated taint"},
    {"not Ready", "node(s) had untolerated taint"},
    {"didn't match nodeSelector ", "node(s) didn't match Pod's node affinity/selector"},
};

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "Insufficient cpu, not Ready" and "1 Insufficient cpu, 1 node(s) had untolerated taint {x: }" as sorted words of theirs. */
static void canonical(struct buf *out, const char *reasons, bool ours)
{
    const char *items[32];
    size_t count = 0;
    char *copy = xstrdup(reasons), *rest = copy;
    for (char *item; (item = rest) && count < ARRAY_SIZE(items);) {
        char *end = strstr(item, ", ");
        rest = end ? end + 2 : NULL;
        if (end)
            *end = '\0';
        if (!ours && strstr(item, "didn't satisfy plugin(s)")) /* the nodes that it is not pinned to */
            continue;
        const char *is = ours ? item : item + strspn(item, "0123456789 ");
        for (size_t w = 0; w < ARRAY_SIZE(words); w++)
            if (str_starts(is, ours ? words[w].ours : words[w].theirs))
                is = words[w].theirs;
        items[count++] = is;
    }
    qsort(items, count, sizeof *items, by_text);
    for (size_t i = 0; i < count; i++)
        if (!i || strcmp(items[i], items[i - 1]) != 0)
            buf_addf(out, "%s%s", out->len ? ", " : "", items[i]);
    free(copy);
}

/* Of "gpu-1: Insufficient cpu; gpu-2: …" what stands behind the node; "": it is not in it. */
static char *refusal_of(const char *refusals, const char *node)
{
    char *key = xasprintf("%s: ", node), *out = NULL;
    for (const char *at = refusals; at && !out; at = strstr(at, "; ") ? strstr(at, "; ") + 2 : NULL)
        if (str_starts(at, key)) {
            const char *end = strstr(at, "; ");
            at += strlen(key);
            out = xstrndup(at, end ? (size_t)(end - at) : strlen(at));
        }
    free(key);
    return out ? out : xstrdup("");
}

static void judge_words(struct placing *p, const struct placing_case *c, const cJSON *row, const char *node, const char *refusal,
                        const char *why)
{
    struct buf ours, theirs;
    buf_init(&ours, 4096);
    buf_init(&theirs, 4096);
    const char *from = strstr(why, "available: ");
    from = from ? from + strlen("available: ") : why;
    const char *end = strstr(from, ". ");
    char *reasons = xstrndup(from, end ? (size_t)(end - from) : strlen(from));
    canonical(&ours, refusal, true);
    canonical(&theirs, reasons, false);
    if (strcmp(ours.data, theirs.data) != 0)
        placing_fault(p, "%s/%s on %s: patchbay says '%s', the scheduler '%s'", c->name, json_str_or(row, "name", "?"), node, refusal,
              reasons);
    buf_release(&ours);
    buf_release(&theirs);
    free(reasons);
}

static void judge_node(struct placing *p, const struct placing_case *c, const cJSON *row, const char *node, const cJSON *pod)
{
    const char *on, *why, *thing = json_str_or(row, "name", "?");
    if (!verdict(pod, &on, &why)) {
        placing_fault(p, "%s/%s on %s: the scheduler has not decided yet", c->name, thing, node);
        return;
    }
    bool listed = lists(json_str(row, "couldRunOn"), node);
    char *refusal = refusal_of(json_str(row, "refusedBy"), node);
    if (on && !listed)
        placing_fault(p, "%s/%s on %s: the scheduler puts it there, patchbay says '%s'", c->name, thing, node, refusal);
    else if (!on && listed)
        placing_fault(p, "%s/%s on %s: patchbay lists it, the scheduler says '%s'", c->name, thing, node, why);
    else if (on && strcmp(on, node) != 0)
        placing_fault(p, "%s/%s on %s: it is pinned to it, and is on %s", c->name, thing, node, on);
    else if (!on)
        judge_words(p, c, row, node, refusal, why);
    free(refusal);
}

void placing_judge(struct placing *p, size_t round)
{
    struct placing_case c;
    char name[POD_NAME_LEN];
    placing_remember(p, p->read[0] = placing_read(p, "placed.json"));
    placing_remember(p, p->read[1] = placing_read(p, "-"));
    EACH_CASE(p, c)
    for (size_t i = 0; round < c.thing_count && i < c.node_count; i++, p->said++) {
        placing_pod_name(name, &c, round, i);
        const cJSON *row = row_of(p, c.name, c.things[round].name), *pod = map_get(&p->found, name);
        if (!row || !pod)
            placing_fault(p, "%s: %s", name, row ? "the pod is not there" : "patchbay says nothing of it");
        else
            judge_node(p, &c, row, c.nodes[i].name, pod);
    }
}

/* deployed, again */

/* "2/3": how many of it find room. */
static int room(const cJSON *row)
{
    return (int)strtol(json_str_or(row, "room", "-1"), NULL, 10);
}

/* How many of its pods have a node, each one of those that patchbay names for it; -1: not all are decided. */
static int bound(struct placing *p, const struct placing_case *c, size_t thing, const cJSON *row)
{
    int count = 0;
    for (int i = 0; i < c->things[thing].replicas; i++) {
        const char *on, *why;
        char name[POD_NAME_LEN];
        placing_pod_name(name, c, thing, (size_t)i);
        if (!verdict(map_get(&p->found, name), &on, &why)) {
            placing_fault(p, "%s: the scheduler has not decided yet", name);
            return -1;
        }
        count += on != NULL;
        if (on && !lists(json_str(row, "couldRunOn"), on))
            placing_fault(p, "%s is on %s, patchbay says %s", name, on, json_str_or(row, "couldRunOn", "nowhere"));
    }
    return count;
}

/* Whether no other thing of the graph may come to any node of this one's. */
static bool is_alone(const struct placing *p, const struct placing_case *c, size_t thing, const cJSON *row)
{
    for (size_t t = 0; t < c->thing_count; t++)
        for (size_t i = 0; t != thing && c->things[t].replicas && i < c->node_count; i++)
            if (lists(json_str(row, "couldRunOn"), c->nodes[i].name) &&
                lists(json_str(row_of(p, c->name, c->things[t].name), "couldRunOn"), c->nodes[i].name))
                return false;
    return true;
}

static void judge_deployed(struct placing *p, const struct placing_case *c)
{
    int all = 0, said = 0, wanted = 0;
    for (size_t t = 0; t < c->thing_count; t++) {
        const char *name = c->things[t].name;
        char alone[80];
        snprintf(alone, sizeof alone, "%s-alone-%s", c->name, name);
        const cJSON *row = row_of(p, c->name, name);
        int most = room(row_of(p, alone, name)), count = bound(p, c, t, row);
        if (count < 0)
            return;
        if (count > most)
            placing_fault(p, "%s/%s: %d run, patchbay says %d when it is alone", c->name, name, count, most);
        if (is_alone(p, c, t, row) && (count != room(row) || room(row) != most))
            placing_fault(p, "%s/%s: %d run, patchbay says %d (%d when it is alone), and no other thing is in its way", c->name, name,
                  count, room(row), most);
        all += count;
        said += room(row);
        wanted += c->things[t].replicas;
    }
    p->said += wanted;
    if (c->alike && all != said)
        placing_fault(p, "%s: %d of %d pods are Pending, patchbay says %d; they all ask for the same", c->name, wanted - all, wanted,
              wanted - said);
}

void placing_deployed(struct placing *p)
{
    struct placing_case c;
    placing_remember(p, p->read[0] = placing_read(p, "placed.json"));
    placing_remember(p, p->read[1] = placing_read(p, "-"));
    EACH_CASE(p, c) judge_deployed(p, &c);
}

void placing_again(struct placing *p)
{
    struct placing_case c;
    placing_remember(p, p->read[0] = placing_read(p, "again.json"));
    placing_remember(p, p->read[1] = placing_read(p, "-"));
    EACH_CASE(p, c)
    for (size_t t = 0; t < c.thing_count; t++, p->said++) {
        const cJSON *row = row_of(p, c.name, c.things[t].name);
        int count = 0;
        for (int i = 0; i < c.things[t].replicas; i++) {
            const char *on, *why;
            char name[POD_NAME_LEN];
            placing_pod_name(name, &c, t, (size_t)i);
            verdict(map_get(&p->found, name), &on, &why);
            count += on != NULL;
        }
        if (room(row) != count)
            placing_fault(p, "%s/%s: %d of its pods run, patchbay says %s", c.name, c.things[t].name, count,
                  json_str_or(row, "room", "nothing"));
    }
}
