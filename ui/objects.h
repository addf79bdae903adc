/* objects: what can be done with an object of the cluster, whatever its kind; the same keys everywhere. */
#ifndef UI_OBJECTS_H
#define UI_OBJECTS_H

#include "ui/dashboard.h"

enum { OBJECT_YAML = 300, OBJECT_DESCRIBE, OBJECT_LOGS, OBJECT_WHY, OBJECT_PICTURE, OBJECT_DELETE, OBJECT_SHELL, OBJECT_FORWARD };

/* Rows for a view's table of bindings. */
#define OBJECT_BINDINGS                                                                                                \
    {"w", OBJECT_WHY, "why", "why it is not well, and what helps"},                                                    \
    {"y", OBJECT_YAML, "yaml", "the whole object as YAML"},                                                            \
    {"d", OBJECT_DESCRIBE, "describe", "the object in words, with its events"}
/* action: what it takes to delete such an object. */
#define OBJECT_DELETE_BINDING(action) {"X", OBJECT_DELETE, "delete", "delete it on the cluster; asks first", action}
#define OBJECT_PICTURE_BINDING {"v", OBJECT_PICTURE, NULL, "its picture, with what is found in it", ACTION_PROXY}
#define OBJECT_LOGS_BINDING {"l", OBJECT_LOGS, "logs", "its log, followed", ACTION_LOGS}
/* Of a pod, or of what has pods. */
#define OBJECT_POD_BINDINGS                                                                                            \
    {"s", OBJECT_SHELL, NULL, "a shell in it; exit comes back", ACTION_EXEC},                               \
    {"F", OBJECT_FORWARD, NULL, "forward a port here to it; :forwards", ACTION_FORWARD}

/* Does an OBJECT_* command on a record (NULL: nothing is selected); DID_NOTHING for any other command. */
unsigned object_command(struct dashboard *dash, int command, const struct record *record);
/* The pod that is meant by a record: itself, or a deployment's newest that is not ended; NULL with the sentence why none. */
const struct pod *object_pod(struct dashboard *dash, const struct record *record, struct err *err);

/* Of a row of the server's Table: the same object as it is mirrored; NULL: its kind is not, or it is gone. */
const struct record *object_mirrored(struct dashboard *dash, const struct record *record);

/* Describes an object of the kind that a word means; where: "NAME", or "NAMESPACE/NAME". */
void object_describe(struct dashboard *dash, const char *kind, const char *where);
/* `:describe`, without arguments as d does it; else "KIND NAME", "KIND/NAME". */
void object_describe_line(struct dashboard *dash, const char *args);
/* `:why`: as w does it. */
void object_why_selected(struct dashboard *dash);

#endif
