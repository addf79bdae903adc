#include "app_warm_server.h"

#include "base/json.h"
#include "base/text.h"

struct warm_server server;

static void count_pods(const char *node)
{
    int now = 0, here = 0;
    for (int i = 0; i < server.made; i++) {
        now += !server.pods[i].gone;
        here += !server.pods[i].gone && str_eq(server.pods[i].node, node);
    }
    server.most = MAX(server.most, now);
    server.most_a_node = MAX(server.most_a_node, here);
}

void make_pod(struct script_call *call)
{
    struct err err = ERR_INIT;
    cJSON *body = json_parse(call->body, strlen(call->body), &err);
    const cJSON *term = json_array(body, "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution"
                                         ".nodeSelectorTerms");
    const cJSON *field = json_array(term->child, "matchFields")->child;
    ck_assert_int_lt(server.made, PODS);
    struct served_pod *pod = &server.pods[server.made];
    snprintf(pod->node, sizeof pod->node, "%s", json_array(field, "values")->child->valuestring);
    snprintf(pod->image, sizeof pod->image, "%s", json_str(json_array(body, "spec.containers")->child, "image"));
    buf_addf(&server.log, "make %s on %s\n", pod->image, pod->node);
    char *text = xasprintf("{\"kind\":\"Pod\",\"metadata\":{\"name\":\"patchbay-warm-%d\",\"uid\":\"u%d\"}}", server.made, server.made);
    server.made++;
    count_pods(pod->node);
    script_answer(call, 201, text);
    free(text);
    cJSON_Delete(body);
}

void delete_pod(struct script_call *call)
{
    const char *name = strstr(call->url, "/pods/") + 6;
    buf_addf(&server.log, "delete %s\n", name);
    ck_assert(strstr(call->body, "preconditions") != NULL);
    server.deleted++;
    int64_t number;
    if (str_starts(name, "patchbay-warm-") && text_int(name + strlen("patchbay-warm-"), &number) && number < server.made)
        server.pods[number].gone = true;
    script_answer(call, 200, "{\"kind\":\"Pod\",\"metadata\":{}}");
}

static void answer(struct script_call *call)
{
    const char *items = strstr(call->url, "/nodes") ? server.nodes : strstr(call->url, "/pods") ? server.left : "";
    if (server.answer && server.answer(call))
        return;
    if (str_eq(call->method, "POST")) {
        make_pod(call);
    } else if (str_eq(call->method, "DELETE")) {
        delete_pod(call);
    } else if (strstr(call->url, "watch=1") && !strstr(call->url, "sendInitialEvents")) {
        script_head(call, 200, 0);
    } else if (strstr(call->url, "sendInitialEvents")) {
        script_answer(call, 422, "{\"kind\":\"Status\",\"code\":422,\"reason\":\"Invalid\",\"message\":\"no streams\"}");
    } else {
        char *text = xasprintf("{\"kind\":\"List\",\"metadata\":{\"resourceVersion\":\"9\"},\"items\":[%s]}", items);
        script_answer(call, 200, text);
        free(text);
    }
}

bool send_event(const char *plural, const char *fmt, ...)
{
    struct script_call *call = script.calls;
    while (call && !(call->open && call->status == 200 && strstr(call->url, plural) && strstr(call->url, "watch=1")))
        call = call->next;
    if (!call)
        return false;
    char *text = NULL;
    va_list ap;
    va_start(ap, fmt);
    ck_assert_int_ge(vasprintf(&text, fmt, ap), 0);
    va_end(ap);
    for (char *p = text; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    script_text(call, text);
    free(text);
    return true;
}

static bool tell_pod(int number)
{
    struct served_pod *pod = &server.pods[number];
    const char *status = pod->seen || !server.status ? NULL : server.status(pod->node, pod->image);
    const char *pulled = server.pulled ? server.pulled(pod->image) : NULL;
    if (!status || !send_event("/pods", "{'type':'ADDED','object':{'metadata':{'name':'patchbay-warm-%d','namespace':'media',"
                                        "'uid':'u%d','resourceVersion':'%d'},'spec':{'nodeName':'%s','containers':[{'name':'warm'}]},"
                                        "'status':{%s}}}\n",
                               number, number, 100 + ++server.rv, pod->node, status))
        return false;
    pod->seen = true;
    if (pulled)
        ck_assert(send_event("/events", "{'type':'ADDED','object':{'metadata':{'name':'e%d','namespace':'media','uid':'e%d',"
                                        "'resourceVersion':'%d'},'involvedObject':{'kind':'Pod','uid':'u%d'},'reason':'Pulled',"
                                        "'message':'%s','firstTimestamp':'2026-11-22T00:00:59Z'}}\n",
                             number, number, 100 + ++server.rv, number, pulled));
    return true;
}

void serve(void)
{
    bool more;
    do {
        script_settle();
        while (script.taken < script.started) {
            struct script_call *call = script_next();
            if (call->open)
                answer(call);
            script_settle();
        }
        more = false;
        for (int i = 0; i < server.made; i++)
            more |= tell_pod(i);
    } while (more || script.taken < script.started);
}
