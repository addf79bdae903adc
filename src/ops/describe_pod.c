#include "ops/describe_kinds.h"

#include "base/time.h"

/* A container's state. */

static void state(struct words *w, const char *key, const cJSON *of, bool always)
{
    static const struct {
        const char *field, *word;
    } states[] = {{"running", "Running"}, {"waiting", "Waiting"}, {"terminated", "Terminated"}};
    for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
        const cJSON *s = json_object(of, states[i].field);
        if (!s)
            continue;
        words_line(w, key, states[i].word);
        w->indent += 2;
        words_if(w, "Reason", json_str(s, "reason"));
        words_if(w, "Message", json_str(s, "message"));
        if (str_eq(states[i].field, "terminated")) {
            words_linef(w, "Exit Code", "%" PRId64, json_int(s, "exitCode", 0));
            if (json_int(s, "signal", 0))
                words_linef(w, "Signal", "%" PRId64, json_int(s, "signal", 0));
        }
        words_time(w, "Started", json_str(s, "startedAt"));
        words_time(w, "Finished", json_str(s, "finishedAt"));
        w->indent -= 2;
        return;
    }
    if (always)
        words_line(w, key, "Waiting");
}

/* "http-get http://:8080/readyz delay=0s timeout=1s period=10s #success=1 #failure=3", as kubectl says it. */
static void probe(struct words *w, const char *key, const cJSON *p)
{
    struct buf text;
    char room[64];
    const cJSON *http = json_object(p, "httpGet"), *tcp = json_object(p, "tcpSocket"), *grpc = json_object(p, "grpc");
    const cJSON *word, *exec = json_array(p, "exec.command");
    if (!p)
        return;
    buf_init(&text, 8192);
    if (http) {
        buf_addf(&text, "http-get %s://%s:%s%s", str_eq(json_str(http, "scheme"), "HTTPS") ? "https" : "http",
                 json_str_or(http, "host", ""), words_scalar(room, sizeof room, json_get(http, "port")), json_str_or(http, "path", "/"));
    } else if (tcp) {
        buf_addf(&text, "tcp-socket %s:%s", json_str_or(tcp, "host", ""), words_scalar(room, sizeof room, json_get(tcp, "port")));
    } else if (grpc) {
        buf_addf(&text, "grpc :%s", words_scalar(room, sizeof room, json_get(grpc, "port")));
    } else {
        buf_adds(&text, "exec [");
        cJSON_ArrayForEach (word, exec)
            buf_addf(&text, "%s%s", word == exec->child ? "" : " ", words_scalar(room, sizeof room, word));
        buf_addc(&text, ']');
    }
    buf_addf(&text, " delay=%" PRId64 "s timeout=%" PRId64 "s period=%" PRId64 "s #success=%" PRId64 " #failure=%" PRId64,
             json_int(p, "initialDelaySeconds", 0), json_int(p, "timeoutSeconds", 1), json_int(p, "periodSeconds", 10),
             json_int(p, "successThreshold", 1), json_int(p, "failureThreshold", 3));
    words_line(w, key, text.data);
    buf_release(&text);
}

static void environment(struct words *w, const cJSON *container)
{
    const cJSON *env = json_array(container, "env"), *item;
    cJSON_ArrayForEach (item, json_array(container, "envFrom")) {
        bool secret = json_object(item, "secretRef");
        words_linef(w, "Environment From", "%s %s%s", json_str_or(item, secret ? "secretRef.name" : "configMapRef.name", ""),
                    secret ? "Secret" : "ConfigMap",
                    json_bool(item, secret ? "secretRef.optional" : "configMapRef.optional", false) ? ", optional" : "");
    }
    if (!cJSON_GetArraySize(env))
        return;
    words_begin(w, "Environment");
    cJSON_ArrayForEach (item, env) {
        const char *name = json_str_or(item, "name", "");
        const cJSON *from = json_object(item, "valueFrom"), *ref;
        if ((ref = json_object(from, "secretKeyRef")))
            words_linef(w, name, "<set to the key '%s' in secret '%s'>", json_str_or(ref, "key", ""), json_str_or(ref, "name", ""));
        else if ((ref = json_object(from, "configMapKeyRef")))
            words_linef(w, name, "<set to the key '%s' of config map '%s'>", json_str_or(ref, "key", ""), json_str_or(ref, "name", ""));
        else if ((ref = json_object(from, "fieldRef")))
            words_linef(w, name, "(%s)", json_str_or(ref, "fieldPath", ""));
        else if ((ref = json_object(from, "resourceFieldRef")))
            words_linef(w, name, "(%s)", json_str_or(ref, "resource", ""));
        else
            words_line(w, name, json_str(item, "value"));
    }
    words_end(w);
}

static void list(struct words *w, const char *key, const cJSON *words)
{
    const cJSON *word;
    if (!cJSON_GetArraySize(words))
        return;
    words_begin(w, key);
    cJSON_ArrayForEach (word, words)
        if (cJSON_IsString(word))
            words_text(w, word->valuestring);
    words_end(w);
}

static void quantities(struct words *w, const char *key, const cJSON *map)
{
    if (map && map->child)
        words_map(w, key, map, ": ");
}

static const cJSON *named(const cJSON *list, const char *name)
{
    const cJSON *item;
    cJSON_ArrayForEach (item, list)
        if (str_eq(json_str(item, "name"), name))
            return item;
    return NULL;
}

static void ports(struct words *w, const cJSON *container)
{
    struct buf text;
    const cJSON *port;
    buf_init(&text, 4096);
    cJSON_ArrayForEach (port, json_array(container, "ports"))
        buf_addf(&text, "%s%" PRId64 "/%s%s%s%s", text.len ? ", " : "", json_int(port, "containerPort", 0),
                 json_str_or(port, "protocol", "TCP"), json_str(port, "name") ? " (" : "", json_str_or(port, "name", ""),
                 json_str(port, "name") ? ")" : "");
    words_if(w, "Ports", text.data);
    buf_release(&text);
}

static void mounts(struct words *w, const cJSON *container)
{
    const cJSON *mount, *all = json_array(container, "volumeMounts");
    if (!cJSON_GetArraySize(all))
        return;
    words_begin(w, "Mounts");
    cJSON_ArrayForEach (mount, all) {
        char text[1024];
        const char *path = json_str(mount, "subPath");
        snprintf(text, sizeof text, "%.400s from %.200s (%s%s%.200s)", json_str_or(mount, "mountPath", ""), json_str_or(mount, "name", ""),
                 json_bool(mount, "readOnly", false) ? "ro" : "rw", path ? ", path=" : "", str_or_empty(path));
        words_text(w, text);
    }
    words_end(w);
}

/* status NULL: of a template. */
static void container(struct words *w, const cJSON *c, const cJSON *status)
{
    words_begin(w, json_str_or(c, "name", ""));
    if (status)
        words_if(w, "Container ID", json_str(status, "containerID"));
    words_line(w, "Image", json_str(c, "image"));
    if (status)
        words_if(w, "Image ID", json_str(status, "imageID"));
    words_if(w, "Pull Policy", json_str(c, "imagePullPolicy"));
    ports(w, c);
    list(w, "Command", json_array(c, "command"));
    list(w, "Args", json_array(c, "args"));
    if (status) {
        state(w, "State", json_object(status, "state"), true);
        state(w, "Last State", json_object(status, "lastState"), false);
        words_line(w, "Ready", json_bool(status, "ready", false) ? "True" : "False");
        words_linef(w, "Restart Count", "%" PRId64, json_int(status, "restartCount", 0));
    }
    quantities(w, "Limits", json_object(c, "resources.limits"));
    quantities(w, "Requests", json_object(c, "resources.requests"));
    probe(w, "Startup", json_object(c, "startupProbe"));
    probe(w, "Liveness", json_object(c, "livenessProbe"));
    probe(w, "Readiness", json_object(c, "readinessProbe"));
    environment(w, c);
    mounts(w, c);
    words_end(w);
}

static void containers(struct words *w, const char *key, const cJSON *list, const cJSON *statuses, bool live)
{
    static cJSON none; /* of a container that nobody has heard of yet */
    const cJSON *c;
    none.type = cJSON_Object;
    if (!cJSON_GetArraySize(list))
        return;
    words_begin(w, key);
    cJSON_ArrayForEach (c, list) {
        const cJSON *status = named(statuses, json_str_or(c, "name", ""));
        container(w, c, live ? status ? status : &none : NULL);
    }
    words_end(w);
}

static void volumes(struct words *w, const cJSON *list)
{
    const cJSON *volume, *field;
    if (!cJSON_GetArraySize(list))
        return;
    words_begin(w, "Volumes");
    cJSON_ArrayForEach (volume, list) {
        words_begin(w, json_str_or(volume, "name", ""));
        cJSON_ArrayForEach (field, volume)
            if (!str_eq(field->string, "name"))
                words_any(w, field->string, field);
        words_end(w);
    }
    words_end(w);
}

/* "nvidia.com/gpu:NoSchedule op=Exists for 300s". */
static void tolerations(struct words *w, const cJSON *list)
{
    const cJSON *t;
    bool first = true;
    cJSON_ArrayForEach (t, list) {
        char text[600], until[64] = "";
        const char *value = json_str(t, "value"), *effect = json_str(t, "effect");
        if (json_get(t, "tolerationSeconds"))
            snprintf(until, sizeof until, " for %" PRId64 "s", json_int(t, "tolerationSeconds", 0));
        snprintf(text, sizeof text, "%.200s%s%.100s%s%.60s%s%s", json_str_or(t, "key", ""), value ? "=" : "", str_or_empty(value),
                 effect ? ":" : "", str_or_empty(effect), str_eq(json_str(t, "operator"), "Exists") ? " op=Exists" : "", until);
        words_line(w, first ? "Tolerations" : "", text);
        first = false;
    }
}

static void scheduling(struct words *w, const cJSON *spec)
{
    words_if(w, "Runtime Class", json_str(spec, "runtimeClassName"));
    if (json_object(spec, "nodeSelector"))
        words_map(w, "Node-Selectors", json_object(spec, "nodeSelector"), "=");
    tolerations(w, json_array(spec, "tolerations"));
}

void describe_pod_template(struct words *w, const cJSON *template)
{
    const cJSON *spec = json_object(template, "spec");
    words_begin(w, "Pod Template");
    words_map(w, "Labels", json_object(template, "metadata.labels"), "=");
    if (json_object(template, "metadata.annotations"))
        words_map(w, "Annotations", json_object(template, "metadata.annotations"), ": ");
    words_if(w, "Service Account", json_str(spec, "serviceAccountName"));
    containers(w, "Init Containers", json_array(spec, "initContainers"), NULL, false);
    containers(w, "Containers", json_array(spec, "containers"), NULL, false);
    volumes(w, json_array(spec, "volumes"));
    scheduling(w, spec);
    words_end(w);
}

void describe_pod(struct words *w, const struct describe_of *of)
{
    const cJSON *spec = json_object(of->object, "spec"), *status = json_object(of->object, "status");
    const char *node = json_str(spec, "nodeName");
    if (json_get(spec, "priority"))
        words_linef(w, "Priority", "%" PRId64, json_int(spec, "priority", 0));
    words_if(w, "Priority Class", json_str(spec, "priorityClassName"));
    words_if(w, "Service Account", json_str(spec, "serviceAccountName"));
    words_linef(w, "Node", "%s%s%s", node ? node : "<none>", json_str(status, "hostIP") ? "/" : "", json_str_or(status, "hostIP", ""));
    words_time(w, "Start Time", json_str(status, "startTime"));
    words_line(w, "Status", json_str(of->object, "metadata.deletionTimestamp") ? "Terminating" : json_str(status, "phase"));
    words_if(w, "Reason", json_str(status, "reason"));
    words_if(w, "Message", json_str(status, "message"));
    words_line(w, "IP", json_str(status, "podIP"));
    words_if(w, "Nominated Node", json_str(status, "nominatedNodeName"));
    containers(w, "Init Containers", json_array(spec, "initContainers"), json_array(status, "initContainerStatuses"), true);
    containers(w, "Containers", json_array(spec, "containers"), json_array(status, "containerStatuses"), true);
    containers(w, "Ephemeral Containers", json_array(spec, "ephemeralContainers"), json_array(status, "ephemeralContainerStatuses"), true);
    words_conditions(w, json_array(status, "conditions"));
    volumes(w, json_array(spec, "volumes"));
    words_line(w, "QoS Class", json_str(status, "qosClass"));
    scheduling(w, spec);
}
