/* placing COMMAND SEED FIRST COUNT FOLDER NAMESPACE: so many random cases from that number on, for 70-place.sh.
 *
 *   make            their graphs into FOLDER/graphs, and requests: FOLDER/nodes, pods, states (what becomes of the pods)
 *   settled         standard input: the cluster's nodes; whether its controllers have said of all of them what they will
 *   probes ROUND    requests: of each graph's thing number ROUND a pod pinned to each node of the case
 *   judge ROUND     standard input: those pods; whether kube-scheduler says of each what `patchbay place` says
 *   deploy          requests: all pods of all graphs
 *   deployed        standard input: those pods; whether they are where, and as many, as `patchbay place` says
 *   again           standard input: the same; whether `patchbay place` now says that they, and no others, find room
 *
 * A request is a line METHOD, path, type and body, with tabs between. FOLDER/rendered.yaml is what `patchbay render` made of
 * the graphs, FOLDER/placed.json what `patchbay place -o json` said before, and FOLDER/again.json after they were deployed.
 * What is not as it should be is said in a line each, and the exit status is 1. */
#include "tests/cluster/placing.h"

#include "base/file.h"
#include "base/map.h"
#include "base/yaml.h"

#define FILE_MAX (256u << 20)

struct placing {
    uint64_t seed;
    int first, count;
    const char *folder, *space;
    struct map found; /* name → what was read, of whatever kind */
    cJSON *read[2];
    int faults, said; /* said: what was compared */
};

static void fault(struct placing *p, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void fault(struct placing *p, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    if (p->faults++ < 30) {
        vprintf(fmt, ap);
        putchar('\n');
    }
    va_end(ap);
}

static NORETURN void die(const struct err *err)
{
    fprintf(stderr, "placing: %s\n", err->text);
    exit(2);
}

static void save(const struct placing *p, const char *name, struct buf *text)
{
    struct err err = ERR_INIT;
    char *path = xasprintf("%s/%s", p->folder, name);
    FILE *file = fopen(path, "w");
    if (!file || fwrite(text->data, 1, text->len, file) != text->len || fclose(file) != 0) {
        err_set_errno(&err, "cannot write '%s'", path);
        die(&err);
    }
    free(path);
    buf_reset(text);
}

static void read_text(const char *path, struct buf *out)
{
    struct err err = ERR_INIT;
    buf_init(out, FILE_MAX);
    if (file_read(path, out, &err) < 0)
        die(&err);
}

/* The list in a file, or in the standard input ("-"). */
static cJSON *read_json(const struct placing *p, const char *name)
{
    struct err err = ERR_INIT;
    struct buf text;
    char *path = str_eq(name, "-") ? xstrdup(name) : xasprintf("%s/%s", p->folder, name);
    read_text(path, &text);
    cJSON *json = json_parse(text.data, text.len, &err);
    if (!json)
        die(&err);
    buf_release(&text);
    free(path);
    return json;
}

static void request(struct buf *out, const char *method, const char *path, const char *type, const cJSON *body)
{
    buf_addf(out, "%s\t%s\t%s\t", method, path, type);
    if (body)
        json_print(out, body);
    buf_addc(out, '\n');
}

/* The cases, one after the other. */
#define EACH_CASE(p, c)                                                                                                \
    for (int number = (p)->first; number < (p)->first + (p)->count && (placing_case_make(&(c), (p)->seed, number), true); \
         placing_case_release(&(c)), number++)

/* make */

static void add_states(const struct placing *p, const struct placing_case *c, struct buf *out)
{
    for (size_t i = 0; i < c->pod_count; i++) {
        const struct placing_pod *pod = &c->pods[i];
        char *path = xasprintf("/api/v1/namespaces/%s/pods/%s", p->space, pod->name);
        char *of_status = xasprintf("%s/status", path);
        cJSON *options = cJSON_CreateObject(), *status = cJSON_CreateObject();
        json_set_int(options, "gracePeriodSeconds", 3000);
        json_set_str(status, "status.phase", pod->phase);
        if (pod->leaving)
            request(out, "DELETE", path, "application/json", options);
        if (pod->phase)
            request(out, "PATCH", of_status, "application/merge-patch+json", status);
        free(path);
        free(of_status);
        cJSON_Delete(options);
        cJSON_Delete(status);
    }
}

static void add_graph(const struct placing *p, const struct placing_case *c, const char *name, size_t from, size_t count)
{
    struct buf text;
    buf_init(&text, 65536);
    buf_addf(&text, "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: %s, namespace: %s}\nspec:\n  things:\n",
             name, p->space);
    for (size_t i = from; i < from + count; i++)
        buf_adds(&text, c->things[i].text.data);
    char *file = xasprintf("graphs/%s.yaml", name);
    save(p, file, &text);
    buf_release(&text);
    free(file);
}

/* Each thing is also a graph of its own: how many pods of it there is room for when it is alone. */
static void add_graphs(const struct placing *p, const struct placing_case *c)
{
    add_graph(p, c, c->name, 0, c->thing_count);
    for (size_t i = 0; i < c->thing_count; i++) {
        char name[80];
        snprintf(name, sizeof name, "%s-alone-%s", c->name, c->things[i].name);
        add_graph(p, c, name, i, 1);
    }
}

static void make(struct placing *p)
{
    struct placing_case c;
    struct buf nodes, pods, states;
    char path[200];
    struct buf *bufs[] = {&nodes, &pods, &states};
    for (size_t i = 0; i < ARRAY_SIZE(bufs); i++)
        buf_init(bufs[i], FILE_MAX);
    snprintf(path, sizeof path, "/api/v1/namespaces/%s/pods", p->space);
    EACH_CASE(p, c)
    {
        for (size_t i = 0; i < c.node_count; i++)
            request(&nodes, "POST", "/api/v1/nodes", "application/json", c.nodes[i].object);
        for (size_t i = 0; i < c.pod_count; i++)
            request(&pods, "POST", path, "application/json", c.pods[i].object);
        add_states(p, &c, &states);
        add_graphs(p, &c);
    }
    save(p, "nodes", &nodes);
    save(p, "pods", &pods);
    save(p, "states", &states);
    for (size_t i = 0; i < ARRAY_SIZE(bufs); i++)
        buf_release(bufs[i]);
}

/* What was read, by name. */

static void remember(struct placing *p, cJSON *list)
{
    const cJSON *item, *items = cJSON_IsArray(list) ? list : json_array(list, "items");
    cJSON_ArrayForEach(item, items)
    {
        const char *graph = json_str(item, "graph"), *name = json_str(item, graph ? "name" : "metadata.name");
        char *key = graph ? xasprintf("%s/%s", strchr(graph, '/') + 1, name) : xstrdup(str_or_empty(name));
        map_put(&p->found, key, (void *)(uintptr_t)item);
        free(key);
    }
}

/* What patchbay says of a thing. */
static const cJSON *row_of(const struct placing *p, const char *graph, const char *thing)
{
    char key[120];
    snprintf(key, sizeof key, "%s/%s", graph, thing);
    return map_get(&p->found, key);
}

/* settled */

static bool has_taint(const cJSON *node, const char *key, const char *effect)
{
    const cJSON *taint;
    char whole[80];
    snprintf(whole, sizeof whole, "node.kubernetes.io/%s", key);
    cJSON_ArrayForEach(taint, json_array(node, "spec.taints"))
        if (str_eq(json_str(taint, "key"), whole) && str_eq(json_str(taint, "effect"), effect))
            return true;
    return false;
}

static void settled(struct placing *p)
{
    struct placing_case c;
    remember(p, p->read[0] = read_json(p, "-"));
    EACH_CASE(p, c)
    for (size_t i = 0; i < c.node_count; i++) {
        const struct placing_node *node = &c.nodes[i];
        const cJSON *is = map_get(&p->found, node->name);
        bool lost = str_eq(node->ready, "Unknown"), down = str_eq(node->ready, "False");
        const struct { const char *key, *effect; bool wanted; } taints[] = {
            {"not-ready", "NoSchedule", down},          {"not-ready", "NoExecute", down},
            {"unreachable", "NoSchedule", lost},        {"unreachable", "NoExecute", lost},
            {"unschedulable", "NoSchedule", node->cordoned}, {"memory-pressure", "NoSchedule", node->pressure},
        };
        for (size_t t = 0; t < ARRAY_SIZE(taints); t++)
            if (!is || has_taint(is, taints[t].key, taints[t].effect) != taints[t].wanted)
                fault(p, "%s: the taint %s:%s is %s", node->name, taints[t].key, taints[t].effect,
                      taints[t].wanted ? "missing" : "still there");
    }
}

/* probes, deploy */

/* The pod templates of the graphs, by graph/thing. */
static cJSON *read_templates(const struct placing *p)
{
    struct buf text;
    cJSON *out = cJSON_CreateObject();
    char *path = xasprintf("%s/rendered.yaml", p->folder);
    read_text(path, &text);
    for (char *at = text.data, *next; at; at = next) {
        struct yaml_fault why = {.line = 0};
        next = strstr(at, "\n---\n");
        size_t len = next ? (size_t)(next - at) : strlen(at);
        next = next ? next + 5 : NULL;
        struct yaml_doc *doc = yaml_parse(at, len, &why);
        cJSON *json = doc && doc->root ? yaml_to_json(doc->root) : NULL;
        if (!doc && why.line)
            die(&why.why);
        const cJSON *graph = json_get(json_at(json, "metadata.labels"), "patchbay.dev/graph");
        if (str_eq(json_str(json, "kind"), "Deployment") && cJSON_IsString(graph)) {
            char *name = xasprintf("%s/%s", graph->valuestring, json_str_or(json, "metadata.name", ""));
            cJSON_AddItemToObject(out, name, cJSON_Duplicate(json_at(json, "spec.template"), true));
            free(name);
        }
        cJSON_Delete(json);
        yaml_doc_free(doc);
    }
    buf_release(&text);
    free(path);
    return out;
}

/* node: the only one that it may come to; NULL: any. */
static void add_pod(const struct placing *p, struct buf *out, const cJSON *template, const char *name, const char *node)
{
    char path[200];
    cJSON *pod = cJSON_Duplicate(template, true);
    snprintf(path, sizeof path, "/api/v1/namespaces/%s/pods", p->space);
    json_set_str(pod, "apiVersion", "v1");
    json_set_str(pod, "kind", "Pod");
    json_set_str(pod, "metadata.name", name);
    if (node) {
        struct err err = ERR_INIT;
        char *pin = xasprintf("[{\"matchFields\":[{\"key\":\"metadata.name\",\"operator\":\"In\",\"values\":[\"%s\"]}]}]", node);
        json_set(pod, "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms",
                 json_parse(pin, strlen(pin), &err));
        free(pin);
    }
    request(out, "POST", path, "application/json", pod);
    cJSON_Delete(pod);
}

static const cJSON *template_of(const cJSON *templates, const struct placing_case *c, size_t thing)
{
    struct err err = ERR_INIT;
    char key[80];
    snprintf(key, sizeof key, "%s/%s", c->name, c->things[thing].name);
    const cJSON *template = json_get(templates, key);
    if (!template) {
        err_set(&err, "%s is not in rendered.yaml", key);
        die(&err);
    }
    return template;
}

#define POD_NAME_LEN 80

static void pod_name(char *out, const struct placing_case *c, size_t thing, size_t number)
{
    snprintf(out, POD_NAME_LEN, "%s-%s-%zu", c->name, c->things[thing].name, number);
}

/* round SIZE_MAX: no probes, but all pods that the graphs are to have. */
static void add_pods(struct placing *p, size_t round)
{
    struct placing_case c;
    struct buf out;
    char name[POD_NAME_LEN];
    cJSON *templates = read_templates(p);
    buf_init(&out, FILE_MAX);
    EACH_CASE(p, c)
    {
        for (size_t i = 0; round < c.thing_count && i < c.node_count; i++) {
            pod_name(name, &c, round, i);
            add_pod(p, &out, template_of(templates, &c, round), name, c.nodes[i].name);
        }
        for (size_t t = 0; round == SIZE_MAX && t < c.thing_count; t++)
            for (int i = 0; i < c.things[t].replicas; i++) {
                pod_name(name, &c, t, (size_t)i);
                add_pod(p, &out, template_of(templates, &c, t), name, NULL);
            }
    }
    fwrite(out.data, 1, out.len, stdout);
    buf_release(&out);
    cJSON_Delete(templates);
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
        fault(p, "%s/%s on %s: patchbay says '%s', the scheduler '%s'", c->name, json_str_or(row, "name", "?"), node, refusal,
              reasons);
    buf_release(&ours);
    buf_release(&theirs);
    free(reasons);
}

static void judge_node(struct placing *p, const struct placing_case *c, const cJSON *row, const char *node, const cJSON *pod)
{
    const char *on, *why, *thing = json_str_or(row, "name", "?");
    if (!verdict(pod, &on, &why)) {
        fault(p, "%s/%s on %s: the scheduler has not decided yet", c->name, thing, node);
        return;
    }
    bool listed = lists(json_str(row, "couldRunOn"), node);
    char *refusal = refusal_of(json_str(row, "refusedBy"), node);
    if (on && !listed)
        fault(p, "%s/%s on %s: the scheduler puts it there, patchbay says '%s'", c->name, thing, node, refusal);
    else if (!on && listed)
        fault(p, "%s/%s on %s: patchbay lists it, the scheduler says '%s'", c->name, thing, node, why);
    else if (on && strcmp(on, node) != 0)
        fault(p, "%s/%s on %s: it is pinned to it, and is on %s", c->name, thing, node, on);
    else if (!on)
        judge_words(p, c, row, node, refusal, why);
    free(refusal);
}

static void judge(struct placing *p, size_t round)
{
    struct placing_case c;
    char name[POD_NAME_LEN];
    remember(p, p->read[0] = read_json(p, "placed.json"));
    remember(p, p->read[1] = read_json(p, "-"));
    EACH_CASE(p, c)
    for (size_t i = 0; round < c.thing_count && i < c.node_count; i++, p->said++) {
        pod_name(name, &c, round, i);
        const cJSON *row = row_of(p, c.name, c.things[round].name), *pod = map_get(&p->found, name);
        if (!row || !pod)
            fault(p, "%s: %s", name, row ? "the pod is not there" : "patchbay says nothing of it");
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
        pod_name(name, c, thing, (size_t)i);
        if (!verdict(map_get(&p->found, name), &on, &why)) {
            fault(p, "%s: the scheduler has not decided yet", name);
            return -1;
        }
        count += on != NULL;
        if (on && !lists(json_str(row, "couldRunOn"), on))
            fault(p, "%s is on %s, patchbay says %s", name, on, json_str_or(row, "couldRunOn", "nowhere"));
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
            fault(p, "%s/%s: %d run, patchbay says %d when it is alone", c->name, name, count, most);
        if (is_alone(p, c, t, row) && (count != room(row) || room(row) != most))
            fault(p, "%s/%s: %d run, patchbay says %d (%d when it is alone), and no other thing is in its way", c->name, name,
                  count, room(row), most);
        all += count;
        said += room(row);
        wanted += c->things[t].replicas;
    }
    p->said += wanted;
    if (c->alike && all != said)
        fault(p, "%s: %d of %d pods are Pending, patchbay says %d; they all ask for the same", c->name, wanted - all, wanted,
              wanted - said);
}

static void deployed(struct placing *p)
{
    struct placing_case c;
    remember(p, p->read[0] = read_json(p, "placed.json"));
    remember(p, p->read[1] = read_json(p, "-"));
    EACH_CASE(p, c) judge_deployed(p, &c);
}

static void again(struct placing *p)
{
    struct placing_case c;
    remember(p, p->read[0] = read_json(p, "again.json"));
    remember(p, p->read[1] = read_json(p, "-"));
    EACH_CASE(p, c)
    for (size_t t = 0; t < c.thing_count; t++, p->said++) {
        const cJSON *row = row_of(p, c.name, c.things[t].name);
        int count = 0;
        for (int i = 0; i < c.things[t].replicas; i++) {
            const char *on, *why;
            char name[POD_NAME_LEN];
            pod_name(name, &c, t, (size_t)i);
            verdict(map_get(&p->found, name), &on, &why);
            count += on != NULL;
        }
        if (room(row) != count)
            fault(p, "%s/%s: %d of its pods run, patchbay says %s", c.name, c.things[t].name, count,
                  json_str_or(row, "room", "nothing"));
    }
}

int main(int argc, char **argv)
{
    struct placing p = {.found = MAP_INIT};
    if (argc < 7) {
        fprintf(stderr, "usage: placing make|settled|probes|judge|deploy|deployed|again SEED FIRST COUNT FOLDER NAMESPACE [ROUND]\n");
        return 2;
    }
    const char *command = argv[1];
    size_t round = argc > 7 ? strtoul(argv[7], NULL, 10) : SIZE_MAX;
    p.seed = strtoull(argv[2], NULL, 10);
    p.first = (int)strtol(argv[3], NULL, 10);
    p.count = (int)strtol(argv[4], NULL, 10);
    p.folder = argv[5];
    p.space = argv[6];
    if (strcmp(command, "make") == 0)
        make(&p);
    else if (strcmp(command, "settled") == 0)
        settled(&p);
    else if (strcmp(command, "probes") == 0 || strcmp(command, "deploy") == 0)
        add_pods(&p, round);
    else if (strcmp(command, "judge") == 0)
        judge(&p, round);
    else if (strcmp(command, "deployed") == 0)
        deployed(&p);
    else if (strcmp(command, "again") == 0)
        again(&p);
    if (p.faults)
        printf("%d of them are not right\n", p.faults);
    else if (p.said)
        printf("%d\n", p.said);
    map_release(&p.found, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(p.read); i++)
        cJSON_Delete(p.read[i]);
    return p.faults > 0;
}
