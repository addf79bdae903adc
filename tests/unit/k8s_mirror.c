#include "k8s_mirror.h"

#include "k8s/kinds/pod.h"

struct store *store;
struct reflector *reflector;
int told;
static struct store_listener listener;
struct buf heard;

static void on_state(void *data, struct reflector *r)
{
    (void)data;
    (void)r;
    told++;
}

static void on_changes(void *data, const struct change *changes, size_t count)
{
    (void)data;
    for (size_t i = 0; i < count; i++)
        buf_addf(&heard, "%c%s ", "+~-"[changes[i].type],
                 (changes[i].now ? changes[i].now : changes[i].before) -> name);
}

void mirror_setup(void)
{
    script_setup();
    told = 0;
    buf_init(&heard, 1 << 20);
    store = store_new(&kind_pod);
    store_listen(store, &listener, on_changes, NULL);
    reflector = reflector_new(script.client, store, NULL, on_state, NULL);
}

void mirror_teardown(void)
{
    reflector_free(reflector);
    reflector = NULL;
    store_free(store);
    buf_release(&heard);
    script_teardown();
}

const char *rows(void)
{
    static struct buf text;
    buf_release(&text);
    buf_init(&text, 4096);
    STORE_EACH(struct pod, p, store) buf_addf(&text, "%s%s ", p->r.name, str_or_empty(p->phase));
    return text.data;
}

static void pod(struct buf *out, const char *name, const char *uid, const char *rv)
{
    buf_addf(out,
             "{\"metadata\":{\"name\":\"%s\",\"namespace\":\"m\",\"uid\":\"%s\",\"resourceVersion\":\"%s\"},"
             "\"status\":{\"phase\":\"%s\"}}",
             name, uid, rv, rv); /* the version is seen in the phase: a record keeps but its digest */
}

void answer_list(struct script_call *call, const char *rv, const char *cont, const char *pods)
{
    struct buf text;
    buf_init(&text, 1 << 20);
    buf_addf(&text, "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"%s\",\"continue\":\"%s\"},\"items\":[",
             rv, cont);
    char name[32], uid[32], version[32];
    int n, count = 0;
    while (sscanf(pods, "%31s %31s %31s%n", name, uid, version, &n) == 3) {
        buf_adds(&text, count++ ? "," : "");
        pod(&text, name, uid, version);
        pods += n;
    }
    buf_adds(&text, "]}");
    script_answer(call, 200, text.data);
    buf_release(&text);
}

void send_event(struct script_call *call, const char *type, const char *name, const char *uid, const char *rv)
{
    struct buf text;
    buf_init(&text, 4096);
    buf_addf(&text, "{\"type\":\"%s\",\"object\":", type);
    pod(&text, name, uid, rv);
    buf_adds(&text, "}\n");
    script_text(call, text.data);
    buf_release(&text);
}

struct script_call *expect_list(void)
{
    struct script_call *call = script_next();
    if (strstr(call->url, "sendInitialEvents")) { /* this server does not have that */
        script_answer(call, 422, "{\"kind\":\"Status\",\"code\":422,\"reason\":\"Invalid\",\"message\":\"forbidden\"}");
        call = script_next();
    }
    ck_assert_msg(strstr(call->url, "/api/v1/pods?limit=500") != NULL, "not a list: %s", call->url);
    ck_assert_ptr_null(strstr(call->url, "continue"));
    ck_assert_ptr_null(strstr(call->url, "resourceVersion"));
    return call;
}

struct script_call *expect_watch(const char *rv)
{
    struct script_call *call = script_expect("GET", "/api/v1/pods?watch=1&resourceVersion=");
    char part[80];
    snprintf(part, sizeof part, "resourceVersion=%s&allowWatchBookmarks=true&timeoutSeconds=", rv);
    const char *at = strstr(call->url, part);
    ck_assert_msg(at != NULL, "%s: not at %s", call->url, rv);
    int seconds = (int)strtol(at + strlen(part), NULL, 10);
    ck_assert(seconds >= 300 && seconds <= 600);
    return call;
}

void expect_state(enum reflector_state state, const char *why)
{
    ck_assert_msg(reflector_state(reflector) == state, "state %d, %s", (int)reflector_state(reflector),
                  reflector_why(reflector));
    if (*why)
        ck_assert_msg(strstr(reflector_why(reflector), why) != NULL, "%s", reflector_why(reflector));
    else
        ck_assert_str_eq(reflector_why(reflector), "");
}

struct script_call *go_live(void)
{
    answer_list(expect_list(), "10", "", "a u1 1");
    struct script_call *watch = expect_watch("10");
    script_head(watch, 200, 0);
    expect_state(REFLECTOR_LIVE, "");
    buf_reset(&heard);
    return watch;
}

double waited(const struct script_call *call, double then)
{
    return (double)call->at / NSEC_PER_SEC - then;
}
