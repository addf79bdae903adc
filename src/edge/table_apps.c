/* The columns of deployments and replica sets. */
#include "edge/table.h"

const struct edge_column edge_deployment_columns[] = {
    {"Name", "string", "name", 0, "Name must be unique within a namespace."},
    {"Ready", "string", "", 0, "Number of the pods with a Ready condition, of those wanted."},
    {"Up-to-date", "string", "", 0, "Number of pods of the newest template."},
    {"Available", "string", "", 0, "Number of pods ready for long enough."},
    {"Age", "string", "", 0, "When the object was made."},
    {"Containers", "string", "", 1, "Names of each container in the template."},
    {"Images", "string", "", 1, "Images of each container in the template."},
    {"Selector", "string", "", 1, "Label selector of its pods."},
    {0},
};

const struct edge_column edge_replicaset_columns[] = {
    {"Name", "string", "name", 0, "Name must be unique within a namespace."},
    {"Desired", "integer", "", 0, "Number of pods wanted."},
    {"Current", "integer", "", 0, "Number of pods there are."},
    {"Ready", "integer", "", 0, "Number of pods with a Ready condition."},
    {"Age", "string", "", 0, "When the object was made."},
    {"Containers", "string", "", 1, "Names of each container in the template."},
    {"Images", "string", "", 1, "Images of each container in the template."},
    {"Selector", "string", "", 1, "Label selector of its pods."},
    {0},
};

static void template_cells(const cJSON *object, cJSON *cells)
{
    static const char *const keys[] = {"name", "image"};
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        struct buf text;
        buf_init(&text, 4096);
        const cJSON *c;
        cJSON_ArrayForEach (c, json_array(object, "spec.template.spec.containers"))
            buf_addf(&text, "%s%s", text.len ? "," : "", json_str_or(c, keys[i], ""));
        edge_cell(cells, text.data);
        buf_release(&text);
    }
}

/* A label selector as `kubectl get -l` would take it. */
static void selector_cell(const cJSON *selector, cJSON *cells)
{
    struct buf text;
    buf_init(&text, 4096);
    const cJSON *item, *value;
    cJSON_ArrayForEach (item, json_object(selector, "matchLabels"))
        buf_addf(&text, "%s%s=%s", text.len ? "," : "", item->string, cJSON_IsString(item) ? item->valuestring : "");
    cJSON_ArrayForEach (item, json_array(selector, "matchExpressions")) {
        const char *operator= json_str_or(item, "operator", ""), *key = json_str_or(item, "key", "");
        if (text.len)
            buf_addc(&text, ',');
        if (str_eq(operator, "Exists") || str_eq(operator, "DoesNotExist")) {
            buf_addf(&text, "%s%s", str_eq(operator, "Exists") ? "" : "!", key);
            continue;
        }
        buf_addf(&text, "%s %s (", key, str_eq(operator, "In") ? "in" : "notin");
        bool first = true;
        cJSON_ArrayForEach (value, json_array(item, "values")) {
            buf_addf(&text, "%s%s", first ? "" : ",", cJSON_IsString(value) ? value->valuestring : "");
            first = false;
        }
        buf_addc(&text, ')');
    }
    edge_cell(cells, text.len ? text.data : "<none>");
    buf_release(&text);
}

void edge_deployment_cells(const cJSON *deployment, int64_t now_wall, cJSON *cells)
{
    char text[64];
    edge_cell(cells, json_str_or(deployment, "metadata.name", ""));
    snprintf(text, sizeof text, "%" PRId64 "/%" PRId64, json_int(deployment, "status.readyReplicas", 0),
             json_int(deployment, "spec.replicas", 1));
    edge_cell(cells, text);
    edge_cell_int(cells, json_int(deployment, "status.updatedReplicas", 0));
    edge_cell_int(cells, json_int(deployment, "status.availableReplicas", 0));
    edge_cell_age(cells, deployment, "metadata.creationTimestamp", now_wall);
    template_cells(deployment, cells);
    selector_cell(json_object(deployment, "spec.selector"), cells);
}

void edge_replicaset_cells(const cJSON *set, int64_t now_wall, cJSON *cells)
{
    edge_cell(cells, json_str_or(set, "metadata.name", ""));
    edge_cell_int(cells, json_int(set, "spec.replicas", 1));
    edge_cell_int(cells, json_int(set, "status.replicas", 0));
    edge_cell_int(cells, json_int(set, "status.readyReplicas", 0));
    edge_cell_age(cells, set, "metadata.creationTimestamp", now_wall);
    template_cells(set, cells);
    selector_cell(json_object(set, "spec.selector"), cells);
}
