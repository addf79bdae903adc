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

void placing_fault(struct placing *p, const char *fmt, ...)
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
cJSON *placing_read(const struct placing *p, const char *name)
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

void placing_remember(struct placing *p, cJSON *list)
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
    placing_remember(p, p->read[0] = placing_read(p, "-"));
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
                placing_fault(p, "%s: the taint %s:%s is %s", node->name, taints[t].key, taints[t].effect,
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

void placing_pod_name(char *out, const struct placing_case *c, size_t thing, size_t number)
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
            placing_pod_name(name, &c, round, i);
            add_pod(p, &out, template_of(templates, &c, round), name, c.nodes[i].name);
        }
        for (size_t t = 0; round == SIZE_MAX && t < c.thing_count; t++)
            for (int i = 0; i < c.things[t].replicas; i++) {
                placing_pod_name(name, &c, t, (size_t)i);
                add_pod(p, &out, template_of(templates, &c, t), name, NULL);
            }
    }
    fwrite(out.data, 1, out.len, stdout);
    buf_release(&out);
    cJSON_Delete(templates);
}

int main(int argc, char **argv)
{
    struct placing p = {.found = MAP_INIT};
    if (argc < 7) {
        fprintf(stderr, "usage: placing make|settled|probes|judge|deploy|deployed|again SEED FIRST COUNT FOLDER NAMESPACE "
                        "[ROUND]\n");
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
        placing_judge(&p, round);
    else if (strcmp(command, "deployed") == 0)
        placing_deployed(&p);
    else if (strcmp(command, "again") == 0)
        placing_again(&p);
    if (p.faults)
        printf("%d of them are not right\n", p.faults);
    else if (p.said)
        printf("%d\n", p.said);
    map_release(&p.found, NULL);
    for (size_t i = 0; i < ARRAY_SIZE(p.read); i++)
        cJSON_Delete(p.read[i]);
    return p.faults > 0;
}
