/* Discovery: which groups, versions and resources there are, in the aggregated and in the old form; /version; reviews
 * of what the caller may do (everything). */
#include "edge/api.h"

#define AGGREGATED "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

struct group_row {
    const char *group, *version;
    const char *reviews[2]; /* resources that are asked for by POST and kept nowhere */
    const char *review_kinds[2];
};

static const struct group_row groups[] = {
    {"", "v1", {NULL}, {NULL}},
    {"apps", "v1", {NULL}, {NULL}},
    {"authentication.k8s.io", "v1", {"selfsubjectreviews"}, {"SelfSubjectReview"}},
    {"authorization.k8s.io",
     "v1",
     {"selfsubjectaccessreviews", "selfsubjectrulesreviews"},
     {"SelfSubjectAccessReview", "SelfSubjectRulesReview"}},
    {"coordination.k8s.io", "v1", {NULL}, {NULL}},
    {"discovery.k8s.io", "v1", {NULL}, {NULL}},
};

/* Subresources and what is asked of them. */
static const struct {
    const char *kind, *name, *response_group, *response_version, *response, *verbs;
} subresources[] = {
    {"Namespace", "status", "", "v1", "Namespace", "get patch update"},
    {"Node", "status", "", "v1", "Node", "get patch update"},
    {"Pod", "eviction", "policy", "v1", "Eviction", "create"},
    {"Pod", "log", "", "v1", "Pod", "get"},
    {"Pod", "proxy", "", "v1", "PodProxyOptions", "create delete get patch update"},
    {"Pod", "status", "", "v1", "Pod", "get patch update"},
    {"Service", "proxy", "", "v1", "ServiceProxyOptions", "create delete get patch update"},
    {"Service", "status", "", "v1", "Service", "get patch update"},
    {"Deployment", "scale", "autoscaling", "v1", "Scale", "get patch update"},
    {"Deployment", "status", "apps", "v1", "Deployment", "get patch update"},
    {"ReplicaSet", "scale", "autoscaling", "v1", "Scale", "get patch update"},
    {"ReplicaSet", "status", "apps", "v1", "ReplicaSet", "get patch update"},
};

#define ALL_VERBS "create delete deletecollection get list patch update watch"

static cJSON *words(const char *text)
{
    cJSON *list = cJSON_CreateArray();
    while (*text) {
        size_t len = strcspn(text, " ");
        char *word = xstrndup(text, len);
        cJSON_AddItemToArray(list, cJSON_CreateString(word));
        free(word);
        text += len + (text[len] == ' ');
    }
    return list;
}

static cJSON *gvk(const char *group, const char *version, const char *kind)
{
    cJSON *json = cJSON_CreateObject();
    json_set_str(json, "group", group);
    json_set_str(json, "version", version);
    json_set_str(json, "kind", kind);
    return json;
}

static cJSON *shorts_of(const struct edge_kind *kind)
{
    cJSON *list = cJSON_CreateArray();
    for (const char *const *s = kind->shorts; *s; s++)
        cJSON_AddItemToArray(list, cJSON_CreateString(*s));
    return list;
}

/* ---- the aggregated form ---- */

static cJSON *aggregated_resource(const struct edge_kind *kind)
{
    cJSON *json = cJSON_CreateObject();
    json_set_str(json, "resource", kind->plural);
    cJSON_AddItemToObject(json, "responseKind", gvk(kind->group, kind->version, kind->kind));
    json_set_str(json, "scope", kind->namespaced ? "Namespaced" : "Cluster");
    json_set_str(json, "singularResource", kind->singular);
    cJSON_AddItemToObject(json, "verbs", words(ALL_VERBS));
    if (*kind->shorts)
        cJSON_AddItemToObject(json, "shortNames", shorts_of(kind));
    if (kind->category)
        cJSON_AddItemToObject(json, "categories", words(kind->category));
    cJSON *subs = cJSON_CreateArray();
    for (size_t i = 0; i < ARRAY_SIZE(subresources); i++) {
        if (!str_eq(subresources[i].kind, kind->kind))
            continue;
        cJSON *sub = cJSON_CreateObject();
        json_set_str(sub, "subresource", subresources[i].name);
        cJSON_AddItemToObject(
            sub, "responseKind",
            gvk(subresources[i].response_group, subresources[i].response_version, subresources[i].response));
        cJSON_AddItemToObject(sub, "verbs", words(subresources[i].verbs));
        cJSON_AddItemToArray(subs, sub);
    }
    if (cJSON_GetArraySize(subs))
        cJSON_AddItemToObject(json, "subresources", subs);
    else
        cJSON_Delete(subs);
    return json;
}

static cJSON *aggregated_group(const struct group_row *row)
{
    cJSON *group = cJSON_CreateObject(), *version = cJSON_CreateObject();
    cJSON *meta = cJSON_AddObjectToObject(group, "metadata");
    if (row->group[0])
        json_set_str(meta, "name", row->group);
    json_set(meta, "creationTimestamp", cJSON_CreateNull());
    cJSON_AddItemToArray(cJSON_AddArrayToObject(group, "versions"), version);
    json_set_str(version, "version", row->version);
    cJSON *resources = cJSON_AddArrayToObject(version, "resources");
    for (size_t i = 0; i < edge_kind_count; i++)
        if (str_eq(edge_kinds[i].group, row->group))
            cJSON_AddItemToArray(resources, aggregated_resource(&edge_kinds[i]));
    for (size_t i = 0; i < ARRAY_SIZE(row->reviews) && row->reviews[i]; i++) {
        cJSON *json = cJSON_CreateObject();
        json_set_str(json, "resource", row->reviews[i]);
        cJSON_AddItemToObject(json, "responseKind", gvk(row->group, row->version, row->review_kinds[i]));
        json_set_str(json, "scope", "Cluster");
        json_set_str(json, "singularResource", "");
        cJSON_AddItemToObject(json, "verbs", words("create"));
        cJSON_AddItemToArray(resources, json);
    }
    json_set_str(version, "freshness", "Current");
    return group;
}

static void reply_aggregated(struct edge_req *r, bool core)
{
    cJSON *list = cJSON_CreateObject();
    json_set_str(list, "kind", "APIGroupDiscoveryList");
    json_set_str(list, "apiVersion", "apidiscovery.k8s.io/v2");
    cJSON_AddObjectToObject(list, "metadata");
    cJSON *items = cJSON_AddArrayToObject(list, "items");
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
        if (!groups[i].group[0] == core)
            cJSON_AddItemToArray(items, aggregated_group(&groups[i]));
    struct buf out;
    buf_init(&out, 1u << 20);
    json_print(&out, list);
    http_add_header(r->x, "Vary", "Accept");
    http_reply(r->x, 200, AGGREGATED, out.data, out.len);
    buf_release(&out);
    cJSON_Delete(list);
}

/* ---- the old form ---- */

static cJSON *version_of(const struct group_row *row)
{
    char text[128];
    cJSON *version = cJSON_CreateObject();
    snprintf(text, sizeof text, "%s/%s", row->group, row->version);
    json_set_str(version, "groupVersion", text);
    json_set_str(version, "version", row->version);
    return version;
}

static cJSON *api_group(const struct group_row *row)
{
    cJSON *group = cJSON_CreateObject();
    json_set_str(group, "name", row->group);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(group, "versions"), version_of(row));
    cJSON_AddItemToObject(group, "preferredVersion", version_of(row));
    return group;
}

static cJSON *resource_row(const char *name, const char *singular, bool namespaced, const char *kind, const char *verbs)
{
    cJSON *json = cJSON_CreateObject();
    json_set_str(json, "name", name);
    json_set_str(json, "singularName", singular);
    json_set_bool(json, "namespaced", namespaced);
    json_set_str(json, "kind", kind);
    cJSON_AddItemToObject(json, "verbs", words(verbs));
    return json;
}

static void reply_resources(struct edge_req *r, const struct group_row *row)
{
    cJSON *list = cJSON_CreateObject();
    char text[128];
    snprintf(text, sizeof text, "%s%s%s", row->group, row->group[0] ? "/" : "", row->version);
    json_set_str(list, "kind", "APIResourceList");
    json_set_str(list, "apiVersion", "v1");
    json_set_str(list, "groupVersion", text);
    cJSON *resources = cJSON_AddArrayToObject(list, "resources");
    for (size_t k = 0; k < edge_kind_count; k++) {
        const struct edge_kind *kind = &edge_kinds[k];
        if (!str_eq(kind->group, row->group))
            continue;
        cJSON *json = resource_row(kind->plural, kind->singular, kind->namespaced, kind->kind, ALL_VERBS);
        if (*kind->shorts)
            cJSON_AddItemToObject(json, "shortNames", shorts_of(kind));
        if (kind->category)
            cJSON_AddItemToObject(json, "categories", words(kind->category));
        cJSON_AddItemToArray(resources, json);
        for (size_t i = 0; i < ARRAY_SIZE(subresources); i++) {
            if (!str_eq(subresources[i].kind, kind->kind))
                continue;
            snprintf(text, sizeof text, "%s/%s", kind->plural, subresources[i].name);
            json = resource_row(text, "", kind->namespaced, subresources[i].response, subresources[i].verbs);
            if (!str_eq(subresources[i].response_group, kind->group)) {
                json_set_str(json, "group", subresources[i].response_group);
                json_set_str(json, "version", subresources[i].response_version);
            }
            cJSON_AddItemToArray(resources, json);
        }
    }
    for (size_t i = 0; i < ARRAY_SIZE(row->reviews) && row->reviews[i]; i++)
        cJSON_AddItemToArray(resources, resource_row(row->reviews[i], "", false, row->review_kinds[i], "create"));
    edge_reply_json(r, 200, list);
    cJSON_Delete(list);
}

static void reply_api(struct edge_req *r)
{
    cJSON *json = cJSON_CreateObject();
    json_set_str(json, "kind", "APIVersions");
    cJSON_AddItemToObject(json, "versions", words("v1"));
    cJSON *addresses = cJSON_AddArrayToObject(json, "serverAddressByClientCIDRs"), *address = cJSON_CreateObject();
    char text[64];
    snprintf(text, sizeof text, "127.0.0.1:%u", http_server_port(r->api->server));
    json_set_str(address, "clientCIDR", "0.0.0.0/0");
    json_set_str(address, "serverAddress", text);
    cJSON_AddItemToArray(addresses, address);
    edge_reply_json(r, 200, json);
    cJSON_Delete(json);
}

static void reply_groups(struct edge_req *r)
{
    cJSON *json = cJSON_CreateObject();
    json_set_str(json, "kind", "APIGroupList");
    json_set_str(json, "apiVersion", "v1");
    cJSON *list = cJSON_AddArrayToObject(json, "groups");
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
        if (groups[i].group[0])
            cJSON_AddItemToArray(list, api_group(&groups[i]));
    edge_reply_json(r, 200, json);
    cJSON_Delete(json);
}

static bool reply_one_group(struct edge_req *r, const char *path)
{
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
        char text[128];
        const struct group_row *row = &groups[i];
        snprintf(text, sizeof text, "%s%s%s", row->group[0] ? "/apis/" : "/api", row->group,
                 row->group[0] ? "" : "/v1");
        if (row->group[0] && str_eq(path, text)) {
            cJSON *group = api_group(row);
            json_set_str(group, "kind", "APIGroup");
            json_set_str(group, "apiVersion", "v1");
            edge_reply_json(r, 200, group);
            cJSON_Delete(group);
            return true;
        }
        if (row->group[0])
            snprintf(text, sizeof text, "/apis/%s/%s", row->group, row->version);
        if (str_eq(path, text)) {
            reply_resources(r, row);
            return true;
        }
    }
    return false;
}

static void reply_version(struct edge_req *r)
{
    cJSON *json = cJSON_CreateObject();
    json_set_str(json, "major", "1");
    json_set_str(json, "minor", "34");
    json_set_str(json, "gitVersion", "v1.34.0+patchbay-edge");
    json_set_str(json, "gitCommit", "");
    json_set_str(json, "gitTreeState", "clean");
    json_set_str(json, "buildDate", "1970-01-01T00:00:00Z");
    json_set_str(json, "goVersion", "none");
    json_set_str(json, "compiler", "cc");
    json_set_str(json, "platform", "linux/amd64");
    edge_reply_json(r, 200, json);
    cJSON_Delete(json);
}

bool edge_api_discovery(struct edge_req *r)
{
    const char *path = http_path(r->x), *accept = str_or_empty(http_header(r->x, "Accept"));
    bool aggregated = strstr(accept, "g=apidiscovery.k8s.io") && strstr(accept, "v=v2;");
    if (!str_eq(r->method, "GET"))
        return false;
    if (str_eq(path, "/version") || str_eq(path, "/version/"))
        reply_version(r);
    else if (str_eq(path, "/api") || str_eq(path, "/api/"))
        aggregated ? reply_aggregated(r, true) : reply_api(r);
    else if (str_eq(path, "/apis") || str_eq(path, "/apis/"))
        aggregated ? reply_aggregated(r, false) : reply_groups(r);
    else
        return reply_one_group(r, path);
    return true;
}

/* ---- reviews ---- */

static void answer_review(cJSON *review, const char *kind)
{
    if (str_eq(kind, "SelfSubjectReview")) {
        json_set_str(review, "status.userInfo.username", "edge");
        json_set(review, "status.userInfo.groups", words("system:masters system:authenticated"));
    } else if (str_eq(kind, "SelfSubjectRulesReview")) {
        cJSON *rules = cJSON_CreateArray(), *rule = cJSON_CreateObject();
        json_set(rule, "verbs", words("*"));
        json_set(rule, "apiGroups", words("*"));
        json_set(rule, "resources", words("*"));
        cJSON_AddItemToArray(rules, rule);
        json_set(review, "status.resourceRules", rules);
        json_set(review, "status.nonResourceRules", cJSON_CreateArray());
        json_set_bool(review, "status.incomplete", false);
    } else {
        json_set_bool(review, "status.allowed", true);
        json_set_str(review, "status.reason", "whoever has the token may do everything");
    }
}

bool edge_api_review(struct edge_req *r)
{
    const char *path = http_path(r->x);
    for (size_t i = 0; i < ARRAY_SIZE(groups); i++)
        for (size_t k = 0; k < ARRAY_SIZE(groups[i].reviews) && groups[i].reviews[k]; k++) {
            char wanted[160];
            snprintf(wanted, sizeof wanted, "/apis/%s/%s/%s", groups[i].group, groups[i].version, groups[i].reviews[k]);
            if (!str_eq(path, wanted))
                continue;
            if (!str_eq(r->method, "POST")) {
                edge_reply_error(r, 405, "the server does not allow this method on the requested resource");
                return true;
            }
            char version[160];
            struct err err = ERR_INIT;
            size_t len;
            const char *body = http_body(r->x, &len);
            cJSON *review = edge_parse_body(body, len, &err);
            if (!review) /* whatever was asked, and in whatever encoding, is allowed */
                review = cJSON_CreateObject();
            snprintf(version, sizeof version, "%s/%s", groups[i].group, groups[i].version);
            json_set_str(review, "kind", groups[i].review_kinds[k]);
            json_set_str(review, "apiVersion", version);
            answer_review(review, groups[i].review_kinds[k]);
            edge_reply_json(r, 201, review);
            cJSON_Delete(review);
            return true;
        }
    return false;
}
