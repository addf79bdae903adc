/* Request bodies: JSON, YAML, or Kubernetes' protobuf. */
#include "edge/api.h"

#include "base/yaml.h"
#include "edge/proto.h"

#define MOST_MEMBERS 2000 /* of one map or list: merging and owning fields takes time with their square */
#define MOST_DEPTH 100    /* what is nested deeper no client would read */

static int check_shape(const cJSON *json, int depth, struct err *err)
{
    if (depth > MOST_DEPTH)
        return err_set(err, "it is nested deeper than %d levels", MOST_DEPTH);
    size_t count = 0;
    const cJSON *child;
    cJSON_ArrayForEach (child, json) {
        if (++count > MOST_MEMBERS)
            return err_set(err, "'%.100s' has more than the %d members that the embedded cluster takes",
                           json->string ? json->string : "a list", MOST_MEMBERS);
        if (child->child && !str_eq(child->string, "fieldsV1") && check_shape(child, depth + 1, err) < 0)
            return -1;
    }
    return 0;
}

int edge_check_shape(const cJSON *json, struct err *err)
{
    return check_shape(json, 1, err);
}

cJSON *edge_parse_body(const char *body, size_t len, struct err *err)
{
    size_t at = 0;
    while (at < len && strchr(" \t\r\n", body[at]))
        at++;
    cJSON *json = NULL;
    if (at == len) {
        err_set(err, "the body is empty");
        return NULL;
    }
    if (proto_is(body, len)) {
        json = proto_read(body, len, err);
        if (!json)
            return NULL;
    } else if (body[at] == '{') {
        json = json_parse(body, len, err);
    } else {
        struct yaml_fault fault = {0};
        struct yaml_doc *doc = yaml_parse(body, len, &fault);
        if (doc && doc->root)
            json = yaml_to_json(doc->root);
        else
            err_set(err, "line %d: %s", fault.line, err_is_set(&fault.why) ? fault.why.text : "an empty document");
        yaml_doc_free(doc);
    }
    if (json && !cJSON_IsObject(json)) {
        err_set(err, "an object was expected");
        cJSON_Delete(json);
        json = NULL;
    }
    if (json && edge_check_shape(json, err) < 0) {
        cJSON_Delete(json);
        json = NULL;
    }
    return json;
}
