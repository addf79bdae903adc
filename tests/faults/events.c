/* What comes in the middle of a watch: cut off, too large, of the future, wrong, hostile. */
#include "faults.h"

static char *pod_of(const char *name, const char *uid, const char *rv, const char *status)
{
    struct buf text;
    buf_init(&text, 80u << 20);
    pod_text(&text, name, uid, rv, status);
    return buf_take(&text);
}

static void event(const char *type, const char *name, const char *uid, const char *rv, const char *status)
{
    char *pod = pod_of(name, uid, rv, status);
    scripted_event("pods", type, pod);
    free(pod);
}

void broken_event(void)
{
    scripted_begin("pods");
    event("ADDED", "third-1", "u3", "31", RUNNING);
    script_pass(5);
    struct script_call *watch = scripted_watch("pods");
    script_text(watch, "{\"type\":\"MODIFIED\",\"object\":{\"metadata\":{\"name\":\"camera-1\",\"namespace\":\"med");
    script_break(watch);
    scripted_serve();
    expect("live");
    expect("camera-1");
    ck_assert_ptr_ne(scripted_watch("pods"), watch);
    ck_assert_ptr_nonnull(strstr(scripted_watch("pods")->url, "resourceVersion=31&"));
    event("MODIFIED", "camera-1", "u1", "32", "{\"phase\":\"Failed\"}");
    expect("Failed");
}

void giant_event(void)
{
    scripted_begin("pods");
    struct buf text;
    buf_init(&text, 64u << 20);
    buf_adds(&text, "{\"metadata\":{\"name\":\"giant\",\"resourceVersion\":\"30\"},\"x\":\"");
    buf_pad(&text, 'x', 17u << 20);
    buf_adds(&text, "\"}");
    scripted_event("pods", "ADDED", text.data);
    buf_release(&text);
    event("ADDED", "third-1", "u3", "31", RUNNING);
    expect("1 of the pods left out: it is too large or nested too deep (17.0 MiB)");
    expect("live");
    expect("camera-1");
    expect("third-1");
    lacks("giant");
    /* It is there again, smaller, with the next list. */
    script_text(scripted_watch("pods"), "{\"type\":\"ERROR\",\"object\":{\"code\":410,\"message\":\"gone\"}}");
    scripted_await("live", 10);
    lacks("left out");
}

void unknown_words(void)
{
    scripted_begin("pods");
    event("ADDED", "strange-1", "u3", "30", "{\"phase\":\"Levitating\"}");
    expect("Levitating");
    event("ADDED", "strange-2", "u4", "31",
          "{\"phase\":\"Running\",\"containerStatuses\":[{\"name\":\"a\",\"state\":{\"waiting\":{\"reason\":"
          "\"WarpCoreBreach\"}}}]}");
    expect("WarpCoreBreach");
    event("TELEPORTED", "strange-3", "u5", "32", RUNNING);
    lacks("strange-3");
    expect("1 of the pods left out: it came with the unknown event 'TELEPORTED'");
    expect("live");
    /* The version has moved on all the same. */
    script_pass(2);
    script_end(scripted_watch("pods"));
    scripted_serve();
    ck_assert_ptr_nonnull(strstr(scripted_watch("pods")->url, "resourceVersion=32&"));
}

void wrong_fields(void)
{
    static const char *const pods[] = {
        "{\"metadata\":{\"name\":\"a-null\",\"namespace\":null,\"uid\":null,\"creationTimestamp\":null},\"spec\":null,"
        "\"status\":null}",
        "{\"metadata\":{\"name\":\"b-none\"}}",
        "{\"metadata\":{\"name\":\"c-types\",\"namespace\":\"media\",\"uid\":7,\"creationTimestamp\":true,\"labels\":[]"
        ","
        "\"ownerReferences\":{}},\"spec\":[],\"status\":{\"phase\":{},\"containerStatuses\":\"x\",\"conditions\":1}}",
        "{\"metadata\":{\"name\":\"d-time\",\"namespace\":\"media\",\"creationTimestamp\":\"yesterday\"},\"status\":"
        "{\"phase\":\"\"}}",
    };
    scripted_begin("pods");
    for (size_t i = 0; i < ARRAY_SIZE(pods); i++)
        scripted_event("pods", "ADDED", pods[i]);
    scripted_event("pods", "ADDED", "{\"metadata\":{\"name\":null,\"resourceVersion\":\"31\"}}");
    static const char *const names[] = {"a-null", "b-none", "c-types", "d-time"};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        const char *line = line_of(names[i]);
        const char *status = strstr(line, "<unknown>");
        ck_assert_msg(status && strstr(status + 1, "<unknown>"), "%s: status and age: %s", names[i], line);
    }
    expect("1 of the pods left out: it has no name");
    expect("live");
    expect("camera-1");
}

void deep_objects(void)
{
    struct buf text;
    buf_init(&text, 8u << 20);
    scripted_begin("pods");
    buf_adds(&text, "{\"metadata\":{\"name\":\"deep\",\"resourceVersion\":\"30\"},\"x\":");
    buf_pad(&text, '[', 100000);
    buf_pad(&text, ']', 100000);
    buf_addc(&text, '}');
    scripted_event("pods", "ADDED", text.data);
    buf_release(&text);
    expect("1 of the pods left out: it is too large or nested too deep (0.2 MiB)");
    ck_assert(!shows("deep  "));
    expect("live");
    event("ADDED", "third-1", "u3", "31", RUNNING);
    expect("third-1");
}

void made_anew(void)
{
    scripted_begin("pods");
    event("ADDED", "camera-1", "u1-anew", "30", "{\"phase\":\"Pending\"}");
    event("DELETED", "camera-1", "u1", "29", RUNNING); /* the old one's end is told late */
    expect("camera-1");
    ck_assert_ptr_nonnull(strstr(line_of("camera-1"), "Pending"));
    event("DELETED", "camera-1", "u1-anew", "31", RUNNING);
    lacks("camera-1");
}

/* The server's clock is half an hour ahead of ours, and of the node's. */
void clock_skew(void)
{
    scripted_begin("pods");
    scripted_event(
        "pods", "ADDED",
        "{\"metadata\":{\"name\":\"hall-5d9-x\",\"namespace\":\"media\",\"uid\":\"u3\",\"creationTimestamp\":"
        "\"2023-11-14T22:43:20Z\",\"labels\":{\"patchbay.dev/graph\":\"g\",\"patchbay.dev/thing\":\"hall\"},"
        "\"ownerReferences\":[{\"kind\":\"ReplicaSet\",\"name\":\"hall-5d9\",\"controller\":true}]},"
        "\"spec\":{\"containers\":[{\"name\":\"hall\"}]},\"status\":{\"phase\":\"Running\",\"conditions\":"
        "[{\"type\":\"PodScheduled\",\"status\":\"True\",\"lastTransitionTime\":\"2023-11-14T22:43:21Z\"},"
        "{\"type\":\"Ready\",\"status\":\"True\",\"lastTransitionTime\":\"2023-11-14T22:03:30Z\"}],"
        "\"containerStatuses\":[{\"name\":\"hall\",\"ready\":true,\"state\":{\"running\":{\"startedAt\":"
        "\"2023-11-14T22:03:20Z\"}}}]}}");
    ck_assert_ptr_nonnull(strstr(line_of("hall-5d9-x"), "<invalid>")); /* as kubectl has it */
    scripted_event("deployments", "ADDED",
                   "{\"metadata\":{\"name\":\"hall\",\"namespace\":\"media\",\"uid\":\"u-hall\",\"labels\":{"
                   "\"patchbay.dev/graph\":\"g\",\"patchbay.dev/thing\":\"hall\"}},\"spec\":{\"replicas\":1},"
                   "\"status\":{\"replicas\":1,\"readyReplicas\":1}}");
    type("2");
    expect("hall-5d9-x  clocks disagree, or it was ready anew");
    expect("▓ start                    22:03:20"); /* and no span */
}

static struct script_call *open_log(void)
{
    type("<Enter>");
    for (struct script_call *call = script.calls; call; call = call->next)
        if (call->open && strstr(call->url, "/log?"))
            return call;
    ck_abort_msg("no log is asked for");
    return NULL;
}

static bool answer_log(struct script_call *call)
{
    if (!strstr(call->url, "/log?"))
        return false;
    script_head_type(call, 200, "text/plain");
    return true;
}

void log_flood(void)
{
    enum { LINES = 100000, PART = 1000 };
    scripted_begin("pods");
    scripted_answer = answer_log;
    struct script_call *log = open_log();
    size_t before = allocated();
    struct buf text;
    buf_init(&text, 4u << 20);
    for (int i = 0; i < LINES; i += PART) {
        buf_reset(&text);
        for (int k = i; k < i + PART; k++) {
            buf_addf(&text, "2023-11-14T22:10:%02d.%09dZ line %d ", k / 2000, k, k);
            buf_pad(&text, 'x', 400);
            buf_addc(&text, '\n');
        }
        script_send(log, text.data, text.len);
    }
    buf_release(&text);
    scripted_serve();
    expect("line 99999 ");
    expect("/100000");
    type("g");
    expect("line 0 ");
    type("/line 54321 <Enter>"); /* what memory does not hold is in the file */
    expect("line 54321 ");
    ck_assert_uint_lt(allocated() - before, 24u << 20);
}

/* ESC, BEL, C1 (CSI), a right-to-left override, a zero-width space, and bytes that are no UTF-8. */
#define NASTY "e\\u001b]0;t\\u0007\\u009b31m\\u202e\\u200b\xff\xc0\x80z"
#define NASTY_RAW                \
    "e\x1b[2J\x1b]0;t\a\xc2\x9b" \
    "31m\xe2\x80\xae\xe2\x80\x8b\xff\xc0\x80z"

void hostile_names(void)
{
    static const char meta[] =
        "{\"metadata\":{\"name\":\"n-" NASTY "\",\"namespace\":\"s-" NASTY
        "\",\"uid\":\"u9\",\"labels\":{\"patchbay.dev/graph\":"
        "\"g-" NASTY "\",\"patchbay.dev/thing\":\"t-" NASTY "\",\"node-role.kubernetes.io/" NASTY "\":\"\"}},";
    static const struct {
        const char *plural, *rest;
    } kinds[] = {
        {"pods", "\"spec\":{\"nodeName\":\"o-" NASTY "\",\"containers\":[{\"name\":\"c-" NASTY
                 "\"}]},\"status\":{\"phase\":\"p-" NASTY "\",\"message\":\"m-" NASTY
                 "\",\"containerStatuses\":[{\"name\":\"c-" NASTY "\",\"state\":{\"waiting\":{"
                 "\"reason\":\"r-" NASTY "\",\"message\":\"m-" NASTY "\"}}}]}}"},
        {"nodes", "\"spec\":{\"taints\":[{\"key\":\"" NASTY "\",\"effect\":\"" NASTY "\"}]},\"status\":{\"capacity\":{"
                  "\"nvidia.com/gpu\":\"2\"},\"conditions\":[{\"type\":\"Ready\",\"status\":\"" NASTY "\"}]}}"},
        {"deployments", "\"status\":{\"conditions\":[{\"type\":\"Progressing\",\"status\":\"False\",\"reason\":\"" NASTY
                        "\",\"message\":\"" NASTY "\"}]}}"},
        {"events", "\"type\":\"Warning\",\"reason\":\"" NASTY "\",\"message\":\"" NASTY
                   "\",\"involvedObject\":{\"kind\":\"" NASTY "\",\"name\":\"" NASTY "\"}}"},
    };
    scripted_begin("pods");
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        char *object = xasprintf("%s%s", meta, kinds[i].rest);
        scripted_event(kinds[i].plural, "ADDED", object);
        free(object);
    }
    static const char *const keys[] = {"1",          "2", "3", "4", "5", "6", "7", "4G", "d", "<Esc>y", "<Esc><Enter>",
                                       ":ctx<Enter>"};
    for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
        type(keys[i]);
        expect("patchbay"); /* and nothing harmful, as every look checks */
    }
    type("4");
    expect("n-e\xef\xbf\xbd"); /* it is still to be found */
}

void hostile_logs(void)
{
    scripted_begin("pods");
    scripted_answer = answer_log;
    struct script_call *log = open_log();
    script_text(log, "2023-11-14T22:10:00.000000001Z begins " NASTY_RAW " ends\n"
                     "2023-11-14T22:10:00.000000002Z \x1b[31mred\x1b[0m and\rover\bback\n");
    script_send(log, "2023-11-14T22:10:00.000000003Z nul \0 here\n", 43);
    scripted_serve();
    expect("begins e");
    expect(" ends");
    expect("red and");
    expect("nul ");
    type("t");
    expect("begins e");
}

static bool answer_nasty(struct script_call *call)
{
    if (!strstr(call->url, "/pods?"))
        return false;
    script_answer(call, 500, "{\"kind\":\"Status\",\"code\":500,\"message\":\"it is " NASTY " broken\"}");
    return true;
}

void hostile_errors(void)
{
    scripted_begin("pods");
    scripted_answer = answer_nasty;
    script_text(scripted_watch("pods"),
                "{\"type\":\"ERROR\",\"object\":{\"code\":500,\"message\":\"so " NASTY " bad\"}}");
    script_settle();
    expect("cannot watch pods: so e");
    expect(" bad");
    scripted_await("cannot list pods: it is e", 10);
    type(":ctx<Enter>");
    expect("patchbay");
    scripted_answer = NULL;
    type("4");
    scripted_await("live", 70);
}
