/* Status objects: how an API server says what went wrong. */
#include "edge/api.h"

#include "edge/table.h"

static const struct {
    int code;
    const char *reason;
} reasons[] = {
    {400, "BadRequest"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "NotFound"},
    {405, "MethodNotAllowed"},
    {406, "NotAcceptable"},
    {409, "Conflict"},
    {410, "Expired"},
    {413, "RequestEntityTooLarge"},
    {415, "UnsupportedMediaType"},
    {422, "Invalid"},
    {429, "TooManyRequests"},
    {500, "InternalError"},
    {503, "ServiceUnavailable"},
    {504, "Timeout"},
};

const char *edge_status_reason(int code)
{
    for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
        if (reasons[i].code == code)
            return reasons[i].reason;
    return "";
}

cJSON *edge_status_json(int code, const char *reason, const char *message, cJSON *details)
{
    cJSON *status = cJSON_CreateObject();
    json_set_str(status, "kind", "Status");
    json_set_str(status, "apiVersion", "v1");
    cJSON_AddItemToObject(status, "metadata", cJSON_CreateObject());
    json_set_str(status, "status", code < 400 ? "Success" : "Failure");
    json_set_str(status, "message", message);
    if (code >= 400)
        json_set_str(status, "reason", reason);
    if (details)
        cJSON_AddItemToObject(status, "details", details);
    if (code >= 400)
        json_set_int(status, "code", code);
    return status;
}

void edge_reply_json(struct edge_req *r, int status, const cJSON *json)
{
    struct buf out;
    buf_init(&out, 1u << 30);
    json_print(&out, json);
    buf_addc(&out, '\n');
    http_reply(r->x, status, "application/json", out.data, out.len);
    buf_release(&out);
}

void edge_reply_failure(struct edge_req *r, int code, const char *reason, const char *message, const char *name,
                        const cJSON *causes)
{
    cJSON *details = cJSON_CreateObject();
    if (name && *name)
        json_set_str(details, "name", name);
    if (r->kind) {
        if (r->kind->group[0])
            json_set_str(details, "group", r->kind->group);
        json_set_str(details, "kind", code == 422 ? r->kind->kind : r->kind->plural);
    }
    if (causes)
        cJSON_AddItemToObject(details, "causes", cJSON_Duplicate(causes, true));
    if (code == 429 || code == 504)
        json_set_int(details, "retryAfterSeconds", 1);
    cJSON *status = edge_status_json(code, reason, message, details);
    edge_reply_json(r, code, status);
    cJSON_Delete(status);
}

void edge_reply_error(struct edge_req *r, int code, const char *fmt, ...)
{
    char *message = NULL;
    va_list ap;
    va_start(ap, fmt);
    if (vasprintf(&message, fmt, ap) < 0)
        message = NULL;
    va_end(ap);
    edge_reply_failure(r, code, edge_status_reason(code), message, r->name, NULL);
    free(message);
}

void edge_reply_refused(struct edge_req *r, int code, const struct err *err, const char *name)
{
    const char *reason = edge_status_reason(code);
    if (code == 409 && str_ends(err->text, " already exists"))
        reason = "AlreadyExists";
    edge_reply_failure(r, code, reason, err->text, name, code == 422 ? edge_store_causes(r->store) : NULL);
}

int64_t edge_now(const struct edge_req *r)
{
    return loop_wall(r->api->loop);
}

cJSON *edge_partial(const cJSON *object)
{
    cJSON *partial = cJSON_CreateObject();
    json_set_str(partial, "kind", "PartialObjectMetadata");
    json_set_str(partial, "apiVersion", "meta.k8s.io/v1");
    cJSON_AddItemToObject(partial, "metadata", cJSON_Duplicate(json_get(object, "metadata"), true));
    return partial;
}

void edge_reply_object(struct edge_req *r, int status, const cJSON *object)
{
    cJSON *made = NULL;
    if (r->form == EDGE_FORM_TABLE) {
        made = edge_table(r->kind, &object, 1, http_query(r->x, "includeObject"), true, edge_now(r));
        json_set_str(made, "metadata.resourceVersion", json_str(object, "metadata.resourceVersion"));
    } else if (r->form == EDGE_FORM_METADATA) {
        made = edge_partial(object);
    }
    edge_reply_json(r, status, made ? made : object);
    cJSON_Delete(made);
}

void edge_print_item(struct buf *out, const cJSON *object)
{
    buf_addc(out, '{');
    bool first = true;
    const cJSON *child;
    cJSON_ArrayForEach (child, object) {
        if (str_eq(child->string, "kind") || str_eq(child->string, "apiVersion"))
            continue;
        if (!first)
            buf_addc(out, ',');
        first = false;
        json_quote(out, child->string);
        buf_addc(out, ':');
        json_print(out, child);
    }
    buf_addc(out, '}');
}
