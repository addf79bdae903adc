/* create, replace and patch: what a write must be before the store takes it. */
#include "edge/write.h"

#include "edge/managed.h"
#include "edge/object.h"
#include "edge/patch.h"
#include "edge/schema.h"

/* fieldValidation: Strict refuses what the schema does not know, Warn (the default) says so in a header; it is left
 * out. Quantities become canonical. */
static int validate(struct edge_req *r, cJSON *json, const char *kind)
{
    const char *how = http_query(r->x, "fieldValidation");
    struct err err = ERR_INIT;
    char version[128];
    edge_kind_api_version(version, r->kind);
    if (schema_check(schema_of(kind), json, &err) < 0) {
        edge_reply_error(r, 400, "%s in version \"%s\" cannot be handled as a %s: %s", kind, version, kind, err.text);
        return -1;
    }
    if (str_eq(how, "Ignore"))
        return 0;
    struct buf text;
    buf_init(&text, 4096);
    int rc = 0, count = schema_unknown(schema_of(kind), json, &text);
    if (count && str_eq(how, "Strict")) {
        edge_reply_error(r, 400, "%s in version \"%s\" cannot be handled as a %s: strict decoding error: %s", kind,
                         version, kind, text.data);
        rc = -1;
    } else if (count) {
        struct buf header;
        buf_init(&header, 8192);
        buf_adds(&header, "299 - ");
        json_quote(&header, text.data);
        http_add_header(r->x, "Warning", header.data);
        buf_release(&header);
    }
    buf_release(&text);
    if (rc == 0)
        schema_normalise(schema_of(kind), json);
    return rc;
}

/* Kind, version, namespace and name of a body against the URL. Fills in what the body leaves out. */
static int match_url(struct edge_req *r, cJSON *json, const char *kind, const char *version, bool named)
{
    const char *has = json_str_or(json, "apiVersion", "");
    if (*has && !str_eq(has, version)) {
        edge_reply_error(r, 400, "the API version in the data (%s) does not match the expected API version (%s)", has,
                         version);
        return -1;
    }
    has = json_str_or(json, "kind", "");
    if (*has && !str_eq(has, kind)) {
        edge_reply_error(r, 400,
                         "%s in version \"%s\" cannot be handled as a %s: converting (%s) to (%s): unknown conversion",
                         has, version, kind, has, kind);
        return -1;
    }
    json_set_str(json, "apiVersion", version);
    json_set_str(json, "kind", kind);
    if (!cJSON_IsObject(json_get(json, "metadata")))
        json_set(json, "metadata", cJSON_CreateObject());
    has = json_str_or(json, "metadata.namespace", "");
    if (*has && r->ns[0] && !str_eq(has, r->ns)) {
        edge_reply_error(r, 400,
                         "the namespace of the provided object does not match the namespace sent on the request");
        return -1;
    }
    if (r->ns[0])
        json_set_str(json, "metadata.namespace", r->ns);
    if (!named)
        return 0;
    has = json_str_or(json, "metadata.name", "");
    if (*has && !str_eq(has, r->name)) {
        edge_reply_error(r, 400, "the name of the object (%s) does not match the name on the URL (%s)", has, r->name);
        return -1;
    }
    json_set_str(json, "metadata.name", r->name);
    return 0;
}

static int check_namespace(struct edge_req *r)
{
    if (!r->ns[0])
        return 0;
    const struct edge_object *ns = edge_store_find(r->store, edge_kind_by_name("Namespace"), NULL, r->ns);
    if (!ns) {
        char message[320];
        snprintf(message, sizeof message, "namespaces \"%s\" not found", r->ns);
        edge_reply_failure(r, 404, "NotFound", message, r->ns, NULL);
        return -1;
    }
    if (edge_deleting(ns->json)) {
        char what[128];
        edge_kind_text(what, r->kind);
        edge_reply_error(r, 403,
                         "%s is forbidden: unable to create new content in namespace %s because it is being terminated",
                         what, r->ns);
        return -1;
    }
    return 0;
}

static struct edge_writer writer_of(struct edge_req *r, char manager[129])
{
    edge_manager(r, manager);
    return (struct edge_writer){.manager = manager, .subresource = r->sub, .now = edge_now(r)};
}

/* Stores it and answers; takes json. before NULL: a creation. booked: managedFields are done already. */
static void commit(struct edge_req *r, cJSON *json, const cJSON *before, bool booked)
{
    struct err err = ERR_INIT;
    int status = 500;
    char name[320];
    snprintf(name, sizeof name, "%.319s",
             json_str_or(json, "metadata.name", json_str_or(json, "metadata.generateName", "")));
    if (edge_check_shape(json, &err) < 0) { /* a patch may have made it so */
        edge_reply_error(r, 413, "Request entity too large: %s", err.text);
        cJSON_Delete(json);
        return;
    }
    const cJSON *result = NULL;
    cJSON *tried = NULL;
    if (!booked || edge_dry_run(r)) {
        /* What the server fills in is booked on whoever writes the object first. */
        tried = edge_store_try(r->store, r->kind, json, !before, &status, &err);
        if (tried && !booked) {
            char manager[129];
            struct edge_writer writer = writer_of(r, manager);
            edge_managed_update(r->kind, tried, before, &writer);
        }
        result = json = tried;
    }
    if (json && !edge_dry_run(r)) {
        const struct edge_object *stored = before ? edge_store_update(r->store, r->kind, json, &status, &err)
                                                  : edge_store_create(r->store, r->kind, json, &status, &err);
        tried = NULL;
        if (stored)
            edge_gc_released(r->store, stored);
        result = stored ? stored->json : NULL;
    }
    if (!result)
        edge_reply_refused(r, status, &err, name);
    else if (str_eq(r->sub, "scale"))
        edge_reply_scale(r, status, result);
    else
        edge_reply_object(r, status, result);
    cJSON_Delete(tried);
}

void edge_api_create(struct edge_req *r)
{
    cJSON *json = edge_body(r);
    char version[128];
    edge_kind_api_version(version, r->kind);
    if (!json)
        return;
    if (match_url(r, json, r->kind->kind, version, false) < 0 || check_namespace(r) < 0 ||
        validate(r, json, r->kind->kind) < 0) {
        cJSON_Delete(json);
        return;
    }
    if (r->kind->has_status && !str_eq(r->kind->kind, "Node"))
        json_del(json, "status");
    json_del(json, "metadata.managedFields");
    commit(r, json, NULL, false);
}

/* What a write to the object or to a subresource may not touch comes from what is there. */
static void keep_rest(struct edge_req *r, cJSON *json, const cJSON *before)
{
    static const char *const kept[] = {"metadata.deletionTimestamp", "metadata.deletionGracePeriodSeconds"};
    for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
        const cJSON *old = json_at(before, kept[i]);
        if (old)
            json_set(json, kept[i], cJSON_Duplicate(old, true));
        else
            json_del(json, kept[i]);
    }
    if (!r->kind->has_status)
        return;
    const char *other = str_eq(r->sub, "status") ? "spec" : "status";
    const cJSON *old = json_get(before, other);
    if (old)
        json_set(json, other, cJSON_Duplicate(old, true));
    else
        json_del(json, other);
    if (!str_eq(r->sub, "status"))
        return;
    static const char *const meta[] = {"metadata.labels", "metadata.annotations", "metadata.ownerReferences",
                                       "metadata.finalizers"};
    for (size_t i = 0; i < ARRAY_SIZE(meta); i++) {
        if (str_eq(r->kind->kind, "Node") && i < 2) /* a node's agent labels it through its status */
            continue;
        old = json_at(before, meta[i]);
        if (old)
            json_set(json, meta[i], cJSON_Duplicate(old, true));
        else
            json_del(json, meta[i]);
    }
}

static const struct edge_object *find(struct edge_req *r)
{
    const struct edge_object *object = edge_store_find(r->store, r->kind, r->ns, r->name);
    if (!object) {
        char what[128];
        edge_kind_text(what, r->kind);
        edge_reply_error(r, 404, "%s \"%s\" not found", what, r->name);
    }
    return object;
}

/* A Scale that was written becomes the object with that many replicas; takes scale. NULL: answered. */
static cJSON *from_scale(struct edge_req *r, cJSON *scale, const cJSON *before)
{
    int64_t replicas = json_int(scale, "spec.replicas", 0);
    const char *rv = json_str(scale, "metadata.resourceVersion");
    cJSON *json = NULL;
    if (replicas < 0) {
        edge_reply_error(r, 422,
                         "Scale.autoscaling \"%s\" is invalid: spec.replicas: Invalid value: %" PRId64
                         ": must be greater than or equal to 0",
                         r->name, replicas);
    } else {
        json = cJSON_Duplicate(before, true);
        json_set_int(json, "spec.replicas", replicas);
        if (rv)
            json_set_str(json, "metadata.resourceVersion", rv);
    }
    cJSON_Delete(scale);
    return json;
}

void edge_api_replace(struct edge_req *r)
{
    bool scale = str_eq(r->sub, "scale");
    cJSON *json = edge_body(r);
    char version[128];
    edge_kind_api_version(version, r->kind);
    if (!json)
        return;
    const char *kind = scale ? "Scale" : r->kind->kind;
    if (match_url(r, json, kind, scale ? "autoscaling/v1" : version, true) < 0 || validate(r, json, kind) < 0) {
        cJSON_Delete(json);
        return;
    }
    const struct edge_object *there = find(r);
    if (!there) {
        cJSON_Delete(json);
        return;
    }
    if (scale)
        json = from_scale(r, json, there->json);
    else
        keep_rest(r, json, there->json);
    if (json)
        commit(r, json, there->json, false);
}

/* ---- patches ---- */

static void apply_patch(struct edge_req *r, const cJSON *patch)
{
    const struct edge_object *there = edge_store_find(r->store, r->kind, r->ns, r->name);
    const cJSON *live = there ? there->json : NULL;
    char manager[129];
    struct edge_writer writer = writer_of(r, manager);
    struct err err = ERR_INIT;
    cJSON *causes = NULL;
    const char *rv = json_str(patch, "metadata.resourceVersion");
    if (!live && (check_namespace(r) < 0))
        return;
    if (!live && rv && *rv) {
        edge_reply_error(r, 409, "resourceVersion is not allowed when creating an object by apply");
        return;
    }
    if (!live && r->sub[0]) {
        find(r);
        return;
    }
    cJSON *json = edge_managed_apply(r->kind, live, patch, &writer, edge_query_flag(r, "force"), &causes, &err);
    if (!json && causes)
        edge_reply_failure(r, 409, "Conflict", err.text, r->name, causes);
    else if (!json)
        edge_reply_error(r, 400, "failed to create typed patch object (%s/%s; %s): %s", r->ns, r->name, r->kind->kind,
                         err.text);
    cJSON_Delete(causes);
    if (!json)
        return;
    if (live)
        keep_rest(r, json, live);
    else if (r->kind->has_status && !str_eq(r->kind->kind, "Node"))
        json_del(json, "status");
    commit(r, json, live, true);
}

static void edge_apply(struct edge_req *r)
{
    cJSON *patch = edge_body(r);
    char version[128];
    const char *manager = http_query(r->x, "fieldManager");
    edge_kind_api_version(version, r->kind);
    if (!patch)
        return;
    if (!manager || !*manager)
        edge_reply_error(r, 422,
                         "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for "
                         "apply patch");
    else if (!*json_str_or(patch, "apiVersion", "") || !*json_str_or(patch, "kind", ""))
        edge_reply_error(r, 400, "invalid object type: apiVersion and kind must be set");
    else if (json_array(patch, "metadata.managedFields") &&
             cJSON_GetArraySize(json_array(patch, "metadata.managedFields")))
        edge_reply_error(r, 400, "metadata.managedFields must be nil");
    else if (match_url(r, patch, r->kind->kind, version, true) == 0 && validate(r, patch, r->kind->kind) == 0)
        apply_patch(r, patch);
    cJSON_Delete(patch);
}

enum patch_type { PATCH_NONE, PATCH_APPLY, PATCH_MERGE, PATCH_STRATEGIC, PATCH_JSON };

static enum patch_type patch_type(struct edge_req *r)
{
    const char *type = str_or_empty(http_header(r->x, "Content-Type"));
    size_t len = strcspn(type, "; ");
    static const struct {
        const char *name;
        enum patch_type type;
    } known[] = {{"application/apply-patch+yaml", PATCH_APPLY},
                 {"application/merge-patch+json", PATCH_MERGE},
                 {"application/strategic-merge-patch+json", PATCH_STRATEGIC},
                 {"application/json-patch+json", PATCH_JSON}};
    for (size_t i = 0; i < ARRAY_SIZE(known); i++)
        if (strlen(known[i].name) == len && strncmp(known[i].name, type, len) == 0)
            return known[i].type;
    return PATCH_NONE;
}

/* The patch's text as JSON, an array for JSON patches. NULL: answered. */
static cJSON *patch_body(struct edge_req *r, enum patch_type type)
{
    if (type != PATCH_JSON)
        return edge_body(r);
    size_t len;
    const char *body = http_body(r->x, &len);
    struct err err = ERR_INIT;
    cJSON *json = json_parse(body, len, &err);
    if (!json)
        edge_reply_error(r, 400, "error decoding patch: %s", err.text);
    return json;
}

void edge_api_patch(struct edge_req *r)
{
    enum patch_type type = patch_type(r);
    if (type == PATCH_NONE) {
        edge_reply_error(r, 415,
                         "the body of the request was in an unknown format - accepted media types include: "
                         "application/json-patch+json, application/merge-patch+json, "
                         "application/strategic-merge-patch+json, application/apply-patch+yaml");
        return;
    }
    bool scale = str_eq(r->sub, "scale");
    if (type == PATCH_APPLY && !scale) {
        edge_apply(r);
        return;
    }
    cJSON *patch = patch_body(r, type);
    const struct edge_object *there = patch ? find(r) : NULL;
    if (!there) {
        cJSON_Delete(patch);
        return;
    }
    const char *kind = scale ? "Scale" : r->kind->kind;
    struct err err = ERR_INIT;
    cJSON *json = scale ? edge_scale_of(there->json) : cJSON_Duplicate(there->json, true);
    int rc = 0;
    if (type == PATCH_JSON)
        rc = patch_json(&json, patch, &err);
    else if (type == PATCH_STRATEGIC)
        rc = patch_strategic(schema_of(kind), json, patch, &err);
    else
        patch_merge(json, patch);
    cJSON_Delete(patch);
    if (rc < 0 || !cJSON_IsObject(json)) {
        edge_reply_error(r, 422, "the server rejected our request due to an error in our request: %s", err.text);
        cJSON_Delete(json);
        return;
    }
    char version[128];
    edge_kind_api_version(version, r->kind);
    if (match_url(r, json, kind, scale ? "autoscaling/v1" : version, true) < 0 || validate(r, json, kind) < 0) {
        cJSON_Delete(json);
        return;
    }
    if (scale)
        json = from_scale(r, json, there->json);
    else
        keep_rest(r, json, there->json);
    if (json)
        commit(r, json, there->json, false);
}
