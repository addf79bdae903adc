/* OpenAPI v3: the shapes of schema_types.c as documents, a group each. kubectl asks them whether a field exists, which
 * lists merge by which key, and whether the server validates. */
#include "edge/api.h"

#include "base/digest.h"
#include "edge/schema.h"

static void type_name(char out[192], const struct edge_kind *group, const char *type)
{
    snprintf(out, 192, "io.k8s.api.%s.v1.%s", group->group[0] ? group->group : "core", type);
}

static cJSON *typed(const char *type, const char *format)
{
    cJSON *json = cJSON_CreateObject();
    json_set_str(json, "type", type);
    json_set_str(json, "format", format);
    return json;
}

static cJSON *either(void)
{
    cJSON *json = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(json, "oneOf");
    cJSON_AddItemToArray(list, typed("string", NULL));
    cJSON_AddItemToArray(list, typed("number", NULL));
    return json;
}

static cJSON *shape(const struct edge_kind *group, const struct schema *schema)
{
    char name[192], ref[256];
    cJSON *json;
    switch (schema->class) {
    case SCHEMA_STRING:
        return typed("string", NULL);
    case SCHEMA_BYTES:
        return typed("string", "byte");
    case SCHEMA_TIME:
        return typed("string", "date-time");
    case SCHEMA_INTEGER:
        return typed("integer", "int64");
    case SCHEMA_NUMBER:
        return typed("number", "double");
    case SCHEMA_BOOL:
        return typed("boolean", NULL);
    case SCHEMA_QUANTITY:
    case SCHEMA_INT_OR_STRING:
        return either();
    case SCHEMA_STRUCT:
        type_name(name, group, schema->type->name);
        snprintf(ref, sizeof ref, "#/components/schemas/%s", name);
        json = cJSON_CreateObject();
        json_set_str(json, "$ref", ref);
        if (!schema->atomic)
            return json;
        cJSON *wrapped = cJSON_CreateObject();
        cJSON_AddItemToArray(cJSON_AddArrayToObject(wrapped, "allOf"), json);
        json_set_str(wrapped, "x-kubernetes-map-type", "atomic");
        return wrapped;
    case SCHEMA_MAP:
        json = typed("object", NULL);
        cJSON_AddItemToObject(json, "additionalProperties", shape(group, schema->element));
        if (schema->atomic)
            json_set_str(json, "x-kubernetes-map-type", "atomic");
        return json;
    case SCHEMA_LIST:
        json = typed("array", NULL);
        cJSON_AddItemToObject(json, "items", shape(group, schema->element));
        json_set_str(json, "x-kubernetes-list-type", schema->atomic ? "atomic" : schema->set ? "set" : "map");
        if (schema->keys[0]) {
            cJSON *keys = cJSON_AddArrayToObject(json, "x-kubernetes-list-map-keys");
            for (size_t i = 0; i < SCHEMA_KEYS && schema->keys[i]; i++)
                cJSON_AddItemToArray(keys, cJSON_CreateString(schema->keys[i]));
            json_set_str(json, "x-kubernetes-patch-merge-key", schema->keys[0]);
        }
        if (!schema->atomic)
            json_set_str(json, "x-kubernetes-patch-strategy", "merge");
        return json;
    case SCHEMA_ANY:
        break;
    }
    json = typed("object", NULL);
    json_set_bool(json, "x-kubernetes-preserve-unknown-fields", true);
    return json;
}

static cJSON *gvk_of(const struct edge_kind *kind)
{
    cJSON *gvk = cJSON_CreateObject();
    json_set_str(gvk, "group", kind->group);
    json_set_str(gvk, "version", kind->version);
    json_set_str(gvk, "kind", kind->kind);
    return gvk;
}

static cJSON *schemas_of(const struct edge_kind *group)
{
    cJSON *all = cJSON_CreateObject();
    for (const struct schema_type *const *t = schema_types(); *t; t++) {
        const struct edge_kind *kind = edge_kind_by_name((*t)->name);
        if (kind && !str_eq(kind->group, group->group))
            continue;
        char name[192];
        type_name(name, group, (*t)->name);
        cJSON *json = typed("object", NULL), *fields = cJSON_AddObjectToObject(json, "properties");
        for (size_t i = 0; i < (*t)->count; i++)
            cJSON_AddItemToObject(fields, (*t)->fields[i].name, shape(group, (*t)->fields[i].schema));
        if (kind)
            cJSON_AddItemToArray(cJSON_AddArrayToObject(json, "x-kubernetes-group-version-kind"), gvk_of(kind));
        cJSON_AddItemToObject(all, name, json);
    }
    return all;
}

static void add_operation(cJSON *path, const struct edge_kind *kind, const char *method, const char *action)
{
    static const char *const parameters[] = {"dryRun", "fieldManager", "fieldValidation", "force"};
    cJSON *operation = cJSON_AddObjectToObject(path, method);
    json_set_str(operation, "x-kubernetes-action", action);
    cJSON_AddItemToObject(operation, "x-kubernetes-group-version-kind", gvk_of(kind));
    cJSON *list = cJSON_AddArrayToObject(operation, "parameters");
    for (size_t i = 0; i < ARRAY_SIZE(parameters); i++) {
        cJSON *parameter = cJSON_CreateObject();
        json_set_str(parameter, "name", parameters[i]);
        json_set_str(parameter, "in", "query");
        cJSON_AddItemToObject(parameter, "schema", typed(str_eq(parameters[i], "force") ? "boolean" : "string", NULL));
        cJSON_AddItemToArray(list, parameter);
    }
    json_set_str(operation, "responses.default.description", "the object, or a Status");
}

static cJSON *paths_of(const struct edge_kind *group)
{
    cJSON *paths = cJSON_CreateObject();
    for (size_t i = 0; i < edge_kind_count; i++) {
        const struct edge_kind *kind = &edge_kinds[i];
        char text[256], base[160];
        if (!str_eq(kind->group, group->group))
            continue;
        snprintf(base, sizeof base, "%s%s/%s%s", kind->group[0] ? "/apis/" : "/api", kind->group, kind->version,
                 kind->namespaced ? "/namespaces/{namespace}" : "");
        snprintf(text, sizeof text, "%s/%s", base, kind->plural);
        add_operation(cJSON_AddObjectToObject(paths, text), kind, "post", "post");
        snprintf(text, sizeof text, "%s/%s/{name}", base, kind->plural);
        cJSON *path = cJSON_AddObjectToObject(paths, text);
        add_operation(path, kind, "put", "put");
        add_operation(path, kind, "patch", "patch");
        add_operation(path, kind, "delete", "delete");
    }
    return paths;
}

static const struct edge_kind *const *group_heads(void)
{
    static const struct edge_kind *heads[8];
    size_t count = 0;
    for (size_t i = 0; i < edge_kind_count && count + 1 < ARRAY_SIZE(heads); i++)
        if (i == 0 || strcmp(edge_kinds[i].group, edge_kinds[i - 1].group))
            heads[count++] = &edge_kinds[i];
    heads[count] = NULL;
    return heads;
}

static void group_path(char out[160], const struct edge_kind *group)
{
    snprintf(out, 160, "%s%s/%s", group->group[0] ? "apis/" : "api", group->group, group->version);
}

static void document(struct buf *out, const struct edge_kind *group)
{
    cJSON *json = cJSON_CreateObject();
    json_set_str(json, "openapi", "3.0.0");
    json_set_str(json, "info.title", "Kubernetes");
    json_set_str(json, "info.version", "v1.34.0+patchbay-edge");
    cJSON_AddItemToObject(json, "paths", paths_of(group));
    json_set(json, "components.schemas", schemas_of(group));
    json_print(out, json);
    cJSON_Delete(json);
}

static void reply_index(struct edge_req *r)
{
    cJSON *json = cJSON_CreateObject(), *paths = cJSON_AddObjectToObject(json, "paths");
    for (const struct edge_kind *const *g = group_heads(); *g; g++) {
        struct buf text;
        uint8_t hash[32];
        char path[160], url[320];
        buf_init(&text, 16u << 20);
        document(&text, *g);
        digest_sha256(text.data, text.len, hash);
        group_path(path, *g);
        int n = snprintf(url, sizeof url, "/openapi/v3/%s?hash=", path);
        for (size_t i = 0; i < 16; i++)
            n += snprintf(url + n, sizeof url - (size_t)n, "%02X", hash[i]);
        cJSON *entry = cJSON_AddObjectToObject(paths, path);
        cJSON_AddStringToObject(entry, "serverRelativeURL", url);
        buf_release(&text);
    }
    edge_reply_json(r, 200, json);
    cJSON_Delete(json);
}

bool edge_api_openapi(struct edge_req *r)
{
    const char *path = http_path(r->x);
    if (!str_starts(path, "/openapi/"))
        return false;
    if (str_eq(path, "/openapi/v3") || str_eq(path, "/openapi/v3/")) {
        reply_index(r);
        return true;
    }
    for (const struct edge_kind *const *g = group_heads(); *g; g++) {
        char name[160];
        group_path(name, *g);
        if (!str_starts(path, "/openapi/v3/") || strcmp(path + strlen("/openapi/v3/"), name))
            continue;
        struct buf text;
        buf_init(&text, 16u << 20);
        document(&text, *g);
        http_reply(r->x, 200, "application/json", text.data, text.len);
        buf_release(&text);
        return true;
    }
    edge_reply_error(r, 404, "the server could not find the requested resource");
    return true;
}
