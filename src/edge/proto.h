/* proto: reading the protobuf that typed clients send (kubectl create deployment and the like). Answers are JSON
 * always: clients take it. */
#ifndef EDGE_PROTO_H
#define EDGE_PROTO_H

#include "base/json.h"

bool proto_is(const char *body, size_t len); /* it begins with the envelope's mark */
/* The object in the envelope, by the numbers in schema_types.c. Protobuf does not tell an empty value from one that was
 * not given: both are left out, but for replicas. */
cJSON *proto_read(const char *body, size_t len, struct err *err);

#endif
