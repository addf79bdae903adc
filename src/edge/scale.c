/* The scale subresource: a workload seen as a number of replicas. */
#include "edge/write.h"

static void selector_text(struct buf *out, const cJSON *selector)
{
    const cJSON *label;
    cJSON_ArrayForEach (label, json_object(selector, "matchLabels"))
        buf_addf(out, "%s%s=%s", out->len ? "," : "", label->string, cJSON_IsString(label) ? label->valuestring : "");
}

cJSON *edge_scale_of(const cJSON *object)
{
    static const char *const meta[] = {"metadata.name", "metadata.namespace", "metadata.uid",
                                       "metadata.resourceVersion", "metadata.creationTimestamp"};
    cJSON *scale = cJSON_CreateObject();
    struct buf selector;
    buf_init(&selector, 4096);
    selector_text(&selector, json_at(object, "spec.selector"));
    json_set_str(scale, "kind", "Scale");
    json_set_str(scale, "apiVersion", "autoscaling/v1");
    for (size_t i = 0; i < ARRAY_SIZE(meta); i++)
        json_set_str(scale, meta[i], json_str(object, meta[i]));
    json_set_int(scale, "spec.replicas", json_int(object, "spec.replicas", 0));
    json_set_int(scale, "status.replicas", json_int(object, "status.replicas", 0));
    json_set_str(scale, "status.selector", selector.data);
    buf_release(&selector);
    return scale;
}

void edge_reply_scale(struct edge_req *r, int status, const cJSON *object)
{
    cJSON *scale = edge_scale_of(object);
    edge_reply_json(r, status, scale);
    cJSON_Delete(scale);
}

void edge_api_scale_get(struct edge_req *r)
{
    const struct edge_object *object = edge_store_find(r->store, r->kind, r->ns, r->name);
    char what[128];
    edge_kind_text(what, r->kind);
    if (object)
        edge_reply_scale(r, 200, object->json);
    else
        edge_reply_error(r, 404, "%s \"%s\" not found", what, r->name);
}
