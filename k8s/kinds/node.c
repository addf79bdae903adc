#include "k8s/kinds/node.h"

#include "base/quantity.h"
#include "k8s/field.h"

#define ROLE_LABEL "node-role.kubernetes.io/"
#define MAX_ROLES 32
#define MAX_TAINTS 256
#define MAX_RESOURCES 64
#define MAX_LABELS 1024

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static istr read_roles(const cJSON *object)
{
    const char *roles[MAX_ROLES];
    size_t count = 0;
    const cJSON *label;
    cJSON_ArrayForEach(label, json_object(object, "metadata.labels"))
    {
        if (count == MAX_ROLES)
            break;
        if (str_starts(label->string, ROLE_LABEL) && label->string[strlen(ROLE_LABEL)])
            roles[count++] = label->string + strlen(ROLE_LABEL);
        else if (str_eq(label->string, "kubernetes.io/role") && cJSON_IsString(label) && *label->valuestring)
            roles[count++] = label->valuestring;
    }
    if (!count)
        return NULL;
    qsort(roles, count, sizeof *roles, by_text);
    struct buf text;
    buf_init(&text, 4096);
    for (size_t i = 0; i < count; i++)
        if (!i || strcmp(roles[i], roles[i - 1]) != 0)
            buf_addf(&text, "%s%s", i ? "," : "", roles[i]);
    istr out = istr_newn(text.data, text.len);
    buf_release(&text);
    return out;
}

static void read_conditions(struct node *node, const cJSON *object)
{
    const cJSON *condition;
    cJSON_ArrayForEach(condition, json_array(object, "status.conditions"))
    {
        const char *type = json_str_or(condition, "type", "");
        if (strcmp(type, "Ready") == 0 && !node->ready_status) {
            node->ready_status = field_istr(condition, "status");
            node->ready_reason = field_istr(condition, "reason");
            node->ready_message = field_istr(condition, "message");
        } else if ((str_ends(type, "Pressure") || strcmp(type, "NetworkUnavailable") == 0) && !node->pressure &&
                   str_eq(json_str(condition, "status"), "True")) {
            node->pressure = istr_new(type);
        }
    }
}

static void add_resource(struct node *node, const cJSON *object, const char *name)
{
    for (size_t i = 0; i < node->resource_count; i++)
        if (strcmp(node->resources[i].name, name) == 0)
            return;
    if (node->resource_count == MAX_RESOURCES)
        return;
    int64_t capacity = quantity_at(json_at(object, "status.capacity"), name, false, 0);
    int64_t allocatable = quantity_at(json_at(object, "status.allocatable"), name, false, 0);
    node->resources = xreallocarray(node->resources, node->resource_count + 1, sizeof *node->resources);
    node->resources[node->resource_count++] = (struct node_resource){
        .name = istr_new(name),
        .capacity = (int)MAX(MIN(capacity, FIELD_MOST), 0),
        .allocatable = (int)MAX(MIN(allocatable, FIELD_MOST), 0),
    };
}

static void add_other(struct node *node, const cJSON *allocatable, const char *name)
{
    int64_t amount = quantity_at(allocatable, name, false, 0);
    if (amount <= 0 || node->other_count == MAX_RESOURCES)
        return;
    node->others = xreallocarray(node->others, node->other_count + 1, sizeof *node->others);
    node->others[node->other_count++] = (struct node_amount){istr_new(name), amount};
}

static void read_amounts(struct node *node, const cJSON *object)
{
    static const char *const where[] = {"status.capacity", "status.allocatable"};
    const cJSON *allocatable = json_object(object, "status.allocatable"), *item;
    node->cpu_milli = quantity_at(allocatable, "cpu", true, 0);
    node->memory = quantity_at(allocatable, "memory", false, 0);
    node->pods = (int)MAX(MIN(quantity_at(allocatable, "pods", false, 0), INT_MAX), 0);
    for (size_t i = 0; i < ARRAY_SIZE(where); i++)
        cJSON_ArrayForEach(item, json_object(object, where[i])) if (item->string && field_is_device(item->string))
            add_resource(node, object, item->string);
    cJSON_ArrayForEach(item, allocatable) if (item->string && field_is_other(item->string))
        add_other(node, allocatable, item->string);
}

static void read_taints(struct node *node, const cJSON *taints)
{
    size_t count = field_count(taints, MAX_TAINTS);
    if (!count)
        return;
    node->taints = xcalloc(count, sizeof *node->taints);
    const cJSON *taint = taints->child;
    for (; node->taint_count < count; taint = taint->next)
        node->taints[node->taint_count++] =
            (struct node_taint){field_istr(taint, "key"), field_istr(taint, "value"), field_istr(taint, "effect")};
}

static void read_labels(struct node *node, const cJSON *labels)
{
    const cJSON *label;
    size_t room = 0;
    cJSON_ArrayForEach(label, labels) room += cJSON_IsString(label) && room < MAX_LABELS;
    node->labels = room ? xcalloc(room, sizeof *node->labels) : NULL;
    cJSON_ArrayForEach(label, labels)
    {
        if (!cJSON_IsString(label) || node->label_count == room)
            continue;
        istr value = *label->valuestring ? istr_new(label->valuestring) : NULL;
        node->labels[node->label_count++] = (struct node_label){istr_new(label->string), value};
    }
}

static void parse(struct record *record, const cJSON *object)
{
    struct node *node = (struct node *)record;
    const cJSON *item;
    read_conditions(node, object);
    node->roles = read_roles(object);
    node->version = field_istr(object, "status.nodeInfo.kubeletVersion");
    cJSON_ArrayForEach(item, json_array(object, "status.addresses"))
    {
        if (str_eq(json_str(item, "type"), "InternalIP")) {
            node->internal_ip = field_istr(item, "address");
            break;
        }
    }
    node->gpu_product = field_label(object, "nvidia.com/gpu.product");
    if (!node->gpu_product)
        node->gpu_product = field_label(object, "amd.com/gpu.product-name");
    node->unschedulable = json_bool(object, "spec.unschedulable", false);
    istr simulated = field_key(object, "metadata.annotations", "patchbay.dev/simulated");
    node->simulated = str_eq(simulated, "true");
    istr_unref(simulated);
    read_amounts(node, object);
    read_taints(node, json_array(object, "spec.taints"));
    read_labels(node, json_object(object, "metadata.labels"));
}

static void release(struct record *record)
{
    struct node *node = (struct node *)record;
    const istr texts[] = {node->ready_status, node->ready_reason, node->ready_message, node->roles,
                          node->version,      node->internal_ip,  node->gpu_product,   node->pressure};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        istr_unref(texts[i]);
    for (size_t i = 0; i < node->resource_count; i++)
        istr_unref(node->resources[i].name);
    for (size_t i = 0; i < node->other_count; i++)
        istr_unref(node->others[i].name);
    for (size_t i = 0; i < node->taint_count; i++) {
        istr_unref(node->taints[i].key);
        istr_unref(node->taints[i].value);
        istr_unref(node->taints[i].effect);
    }
    for (size_t i = 0; i < node->label_count; i++) {
        istr_unref(node->labels[i].key);
        istr_unref(node->labels[i].value);
    }
    free(node->resources);
    free(node->others);
    free(node->taints);
    free(node->labels);
}

const char *node_label(const struct node *node, const char *key)
{
    for (size_t i = 0; i < node->label_count; i++)
        if (str_eq(node->labels[i].key, key))
            return node->labels[i].value;
    return NULL;
}

static const char *const skip[] = {
    "spec.podCIDRs", "status.images", "status.volumesInUse", "status.volumesAttached", "status.config",
    "status.features", "status.runtimeHandlers", NULL,
};

const struct kind kind_node = {
    .group = "",
    .version = "v1",
    .plural = "nodes",
    .name = "Node",
    .shorts = "no node",
    .namespaced = false,
    .size = sizeof(struct node),
    .skip = skip,
    .parse = parse,
    .release = release,
};
