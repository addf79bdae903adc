/* DELETE of one object and of a collection, and evictions. */
#include "edge/write.h"

#include "base/text.h"
#include "edge/object.h"
#include "edge/query.h"

struct delete_options {
    int64_t grace; /* -1: the object's own */
    char propagation[16], uid[64], rv[32];
    bool dry_run;
};

static void copy(char *out, size_t size, const char *text)
{
    if (text)
        snprintf(out, size, "%s", text);
}

/* From the body (DeleteOptions) or the query. -1: answered. */
static int read_options(struct edge_req *r, struct delete_options *options)
{
    *options = (struct delete_options){.grace = -1, .propagation = "Background", .dry_run = edge_dry_run(r)};
    size_t len;
    http_body(r->x, &len);
    const char *grace = http_query(r->x, "gracePeriodSeconds");
    int64_t seconds;
    copy(options->propagation, sizeof options->propagation, http_query(r->x, "propagationPolicy"));
    if (grace && text_int(grace, &seconds))
        options->grace = MAX(seconds, 0);
    cJSON *body = NULL;
    if (len && !(body = edge_body(r)))
        return -1;
    if (body) {
        options->grace = MAX(json_int(body, "gracePeriodSeconds", options->grace), -1);
        copy(options->propagation, sizeof options->propagation, json_str(body, "propagationPolicy"));
        copy(options->uid, sizeof options->uid, json_str(body, "preconditions.uid"));
        copy(options->rv, sizeof options->rv, json_str(body, "preconditions.resourceVersion"));
        if (json_bool(body, "orphanDependents", false))
            copy(options->propagation, sizeof options->propagation, "Orphan");
        if (cJSON_GetArraySize(json_array(body, "dryRun")))
            options->dry_run = true;
        cJSON_Delete(body);
    }
    const char *p = options->propagation;
    if (strcmp(p, "Background") && strcmp(p, "Foreground") && strcmp(p, "Orphan")) {
        edge_reply_error(
            r, 422,
            "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: \"%s\": supported "
            "values: \"Foreground\", \"Background\", \"Orphan\", nil",
            p);
        return -1;
    }
    return 0;
}

static void reply_gone(struct edge_req *r, const char *name, const char *uid)
{
    cJSON *details = cJSON_CreateObject();
    json_set_str(details, "name", name);
    if (r->kind->group[0])
        json_set_str(details, "group", r->kind->group);
    json_set_str(details, "kind", r->kind->plural);
    json_set_str(details, "uid", uid);
    cJSON *status = edge_status_json(200, NULL, NULL, details);
    edge_reply_json(r, 200, status);
    cJSON_Delete(status);
}

void edge_api_delete(struct edge_req *r)
{
    struct delete_options options;
    char what[128];
    edge_kind_text(what, r->kind);
    if (read_options(r, &options) < 0)
        return;
    const struct edge_object *object = edge_store_find(r->store, r->kind, r->ns, r->name);
    if (!object) {
        edge_reply_error(r, 404, "%s \"%s\" not found", what, r->name);
        return;
    }
    const char *uid = edge_uid(object->json), *rv = json_str_or(object->json, "metadata.resourceVersion", "");
    if (options.uid[0] && !str_eq(options.uid, uid)) {
        edge_reply_error(
            r, 409,
            "Operation cannot be fulfilled on %s \"%s\": the UID in the precondition (%s) does not match the UID "
            "in record (%s). The object might have been deleted and then recreated",
            what, r->name, options.uid, uid);
        return;
    }
    if (options.rv[0] && !str_eq(options.rv, rv)) {
        edge_reply_error(
            r, 409,
            "Operation cannot be fulfilled on %s \"%s\": the ResourceVersion in the precondition (%s) does not "
            "match the ResourceVersion in record (%s). The object might have been modified",
            what, r->name, options.rv, rv);
        return;
    }
    if (str_eq(r->kind->kind, "Namespace") &&
        (str_eq(r->name, "default") || str_eq(r->name, "kube-system") || str_eq(r->name, "kube-public"))) {
        edge_reply_error(r, 403, "namespaces \"%s\" is forbidden: this namespace may not be deleted", r->name);
        return;
    }
    char *kept_uid = xstrdup(uid);
    const struct edge_object *left =
        options.dry_run ? object : edge_delete_with(r->store, object, options.grace, options.propagation);
    if (left && !options.dry_run)
        edge_reply_object(r, 200, left->json);
    else if (r->kind == edge_pod_kind())
        edge_reply_object(r, 200, object->json); /* it may be read until the loop turns */
    else
        reply_gone(r, r->name, kept_uid);
    free(kept_uid);
}

void edge_api_delete_collection(struct edge_req *r)
{
    struct delete_options options;
    struct edge_query query;
    struct err err = ERR_INIT;
    if (read_options(r, &options) < 0)
        return;
    if (edge_query_init(&query, r->kind, http_query(r->x, "labelSelector"), http_query(r->x, "fieldSelector"), &err) <
        0) {
        edge_reply_error(r, 400, "%s", err.text);
        return;
    }
    char version[128];
    edge_kind_api_version(version, r->kind);
    cJSON *list = cJSON_CreateObject();
    char kind[128], rv[24];
    snprintf(kind, sizeof kind, "%sList", r->kind->kind);
    snprintf(rv, sizeof rv, "%" PRIu64, edge_store_rv(r->store));
    json_set_str(list, "kind", kind);
    json_set_str(list, "apiVersion", version);
    json_set_str(list, "metadata.resourceVersion", rv);
    cJSON *items = cJSON_AddArrayToObject(list, "items");
    const char *ns = r->ns[0] ? r->ns : NULL;
    const struct edge_object *next;
    for (const struct edge_object *o = edge_store_first(r->store, r->kind, ns); o; o = next) {
        next = edge_store_next(o, ns);
        if (!edge_query_matches(&query, o->json))
            continue;
        cJSON_AddItemToArray(items, cJSON_Duplicate(o->json, true));
        if (!options.dry_run)
            edge_delete_with(r->store, o, options.grace, options.propagation);
    }
    edge_reply_json(r, 200, list);
    cJSON_Delete(list);
    edge_query_release(&query);
}

void edge_api_evict(struct edge_req *r)
{
    const struct edge_object *pod = edge_store_find(r->store, r->kind, r->ns, r->name);
    cJSON *body = edge_body(r);
    if (!body)
        return;
    if (!pod) {
        edge_reply_error(r, 404, "pods \"%s\" not found", r->name);
    } else {
        bool dry = edge_dry_run(r) || cJSON_GetArraySize(json_array(body, "deleteOptions.dryRun"));
        if (!dry)
            edge_delete_with(r->store, pod, json_int(body, "deleteOptions.gracePeriodSeconds", -1), "Background");
        cJSON *status = edge_status_json(201, NULL, NULL, NULL);
        edge_reply_json(r, 201, status);
        cJSON_Delete(status);
    }
    cJSON_Delete(body);
}
