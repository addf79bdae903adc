/* Request bodies: JSON, YAML, or Kubernetes' protobuf. */
#include "edge/api.h"

#include "base/yaml.h"
#include "edge/proto.h"

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
    if (proto_is(body, len))
        return proto_read(body, len, err);
    if (body[at] == '{') {
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
    return json;
}
