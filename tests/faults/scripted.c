#include "faults.h"

static const char kubeconfig[] = "apiVersion: v1\nkind: Config\ncurrent-context: one\n"
                                 "clusters:\n- {name: c1, cluster: {server: 'https://one:6443'}}\n"
                                 "users:\n- {name: operator, user: {token: t}}\n"
                                 "contexts:\n- {name: one, context: {cluster: c1, user: operator}}\n";

bool (*scripted_answer)(struct script_call *call);

static void answer(struct script_call *call)
{
    const char *path = strstr(call->url, ":6443") + 5;
    if (scripted_answer && scripted_answer(call))
        return;
    if (strstr(path, "selfsubjectaccessreviews")) {
        script_answer(call, 201, "{\"kind\":\"SelfSubjectAccessReview\",\"status\":{\"allowed\":true}}");
    } else if (strstr(path, "sendInitialEvents")) {
        scripted_status(call, 422, "Invalid", "sendInitialEvents is forbidden for watch");
    } else if (strstr(path, "watch=1")) {
        script_head(call, 200, 0);
    } else {
        char *text = list_of(path);
        script_answer(call, 200, text);
        free(text);
    }
}

void scripted_serve(void)
{
    do {
        script_settle();
        while (script.taken < script.started) {
            struct script_call *call = script_next();
            if (call->open)
                answer(call);
            script_settle();
        }
        dashboard_draw(op.dash);
        script_settle();
    } while (script.taken < script.started);
}

void scripted_begin_with(const char *config, const char *view)
{
    script_setup();
    op.settle = scripted_serve;
    operator_begin(script.loop, &script.transport, config ? config : kubeconfig, view);
}

void scripted_begin(const char *view)
{
    scripted_begin_with(NULL, view);
    scripted_serve();
    expect("live");
}

void scripted_end(void)
{
    scripted_answer = NULL;
    operator_end();
    world_release();
    script_teardown();
}

struct script_call *scripted_watch(const char *plural)
{
    char part[64];
    snprintf(part, sizeof part, "/%s?watch=1", plural);
    for (struct script_call *call = script.calls; call; call = call->next)
        if (call->open && strstr(call->url, part))
            return call;
    ck_abort_msg("the %s are not watched:\n%s", plural, shows("") ? op.screen : "");
    return NULL;
}

void scripted_event(const char *plural, const char *event, const char *object)
{
    char *text = xasprintf("{\"type\":\"%s\",\"object\":%s}\n", event, object);
    script_text(scripted_watch(plural), text);
    free(text);
    scripted_serve();
}

void scripted_status(struct script_call *call, int code, const char *reason, const char *message)
{
    char *text = xasprintf("{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"status\":\"Failure\",\"reason\":\"%s\","
                           "\"message\":\"%s\",\"code\":%d}",
                           reason, message, code);
    script_answer(call, code, text);
    free(text);
}

void scripted_await(const char *part, double seconds)
{
    double until = script_now() + seconds;
    while (!shows(part) && script_now() < until) {
        script_pass(0.1);
        scripted_serve();
    }
    expect(part);
}

void scripted_pass(double seconds)
{
    for (double until = script_now() + seconds; script_now() < until;) {
        script_pass(0.5);
        scripted_serve();
    }
}

size_t scripted_count(const char *url_part)
{
    size_t count = 0;
    for (struct script_call *call = script.calls; call; call = call->next)
        count += strstr(call->url, url_part) != NULL;
    return count;
}
