#include "app/deployer.h"

#include <sys/wait.h>
#include <unistd.h>

#include "app/holder.h"
#include "app_test.h"
#include "graph/plan.h"
#include "graph/revisions.h"

/* Graphs of nothing: what is asked for is the parent alone. */
#define TEXT(what) "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: lobby, namespace: media}\nspec: {things: []}\n# " what "\n"
#define NS "/api/v1/namespaces/media"
#define MAP NS "/configmaps/patchbay-lobby"

static struct {
    int times;
    struct applyset_result result;
    struct buf said;
} got;
static struct catalogue catalogue;
static struct deployer *deployer;
static char *id; /* of the set */

static void on_progress(void *data UNUSED, const struct applyset_progress *progress)
{
    buf_addf(&got.said, "%s\n", progress->what);
}

static void on_done(void *data UNUSED, const struct applyset_result *result)
{
    got.times++;
    got.result = *result;
    deployer = NULL;
}

static void setup(void)
{
    script_setup();
    got.times = 0;
    buf_init(&got.said, 1u << 16);
    id = plan_applyset_id("patchbay-lobby", "media", "ConfigMap", "");
    deployer = NULL;
}

static void teardown(void)
{
    if (deployer)
        deployer_cancel(deployer);
    buf_release(&got.said);
    free(id);
    script_teardown();
}

static void deploy_over(const char *text, const char *over, const char *what)
{
    struct err err = ERR_INIT;
    struct deployer_options options = {.text = text, .len = strlen(text), .over = over, .what = what, .catalogue = &catalogue};
    deployer = deployer_start(script.client, &options, on_progress, on_done, NULL, &err);
    ck_assert_msg(deployer != NULL, "%s", err.text);
}

static void deploy(const char *text, const char *what)
{
    deploy_over(text, NULL, what);
}

/* The ConfigMap as it is on the cluster. text NULL: none is there. */
static void answer_map(struct script_call *call, const char *text, const char *revisions, const char *holder, const char *format)
{
    if (!text) {
        script_answer(call, 404, "{\"kind\":\"Status\",\"reason\":\"NotFound\",\"message\":\"not found\"}");
        return;
    }
    cJSON *map = cJSON_CreateObject();
    json_set_str(map, "kind", "ConfigMap");
    json_set_str(map, "metadata.uid", "u");
    json_set_str(map, "metadata.resourceVersion", "10");
    json_put(json_ensure(map, "metadata.labels"), "applyset.kubernetes.io/id", cJSON_CreateString(id));
    cJSON *data = json_ensure(map, "data");
    json_put(data, PLAN_KEY_TEXT, cJSON_CreateString(text));
    json_put(data, PLAN_KEY_FORMAT, cJSON_CreateString(format));
    json_put(data, PLAN_KEY_REVISIONS, cJSON_CreateString(revisions));
    if (holder)
        json_put(data, PLAN_KEY_HOLDER, cJSON_CreateString(holder));
    struct buf out;
    buf_init(&out, 1u << 20);
    json_print(&out, map);
    script_answer(call, 200, out.data);
    buf_release(&out);
    cJSON_Delete(map);
}

#define ONE "[{\"revision\":1,\"at\":\"2026-01-01T00:00:00Z\",\"by\":\"anna\",\"host\":\"desk\",\"what\":\"first deployment\",\"took\":1}]"
#define HOLDER(beats) "{\"id\":\"x\",\"by\":\"anna\",\"host\":\"another.desk\",\"pid\":7,\"since\":\"2026-01-01T14:03:12Z\",\"beats\":" beats "}"

static void look(const char *text, const char *revisions, const char *holder)
{
    answer_map(script_expect("GET", MAP), text, revisions, holder, "1");
}

static void read_all(const char *text, const char *revisions, const char *holder)
{
    script_answer(script_expect("GET", NS), 200, "{}");
    look(text, revisions, holder);
}

/* What the next write makes of the parent: its data; the caller frees. */
static cJSON *written(void)
{
    struct err err = ERR_INIT;
    struct script_call *call = script_expect("PATCH", MAP);
    cJSON *body = json_parse(call->body, strlen(call->body), &err), *data;
    ck_assert_msg(body != NULL, "%s", err.text);
    data = cJSON_DetachItemFromObjectCaseSensitive(body, "data");
    cJSON_Delete(body);
    script_answer(call, 200, call->body);
    return data;
}

static cJSON *newest(const cJSON *data)
{
    cJSON *list = revisions_read(json_str(data, PLAN_KEY_REVISIONS), "?"), *last = revisions_last(list);
    cJSON *copy = cJSON_Duplicate(last, true);
    cJSON_Delete(list);
    return copy;
}

START_TEST(the_first_one_is_kept)
{
    deploy(TEXT("a"), NULL);
    look(NULL, NULL, NULL);
    read_all(NULL, NULL, NULL);
    struct script_call *call = script_expect("POST", NS "/configmaps");
    ck_assert_ptr_null(strstr(call->body, "\"data\"")); /* what is made so stays ours by another name */
    script_answer(call, 201, "{\"metadata\":{\"uid\":\"u\",\"resourceVersion\":\"9\"}}");
    struct err err = ERR_INIT;
    struct holder holder;
    call = script_expect("PATCH", MAP);
    cJSON *body = json_parse(call->body, strlen(call->body), &err), *entry;
    ck_assert(holder_read(&holder, json_str(body, "data." PLAN_KEY_HOLDER)) && !holder_ended(&holder));
    ck_assert_int_eq(holder.pid, getpid());
    entry = newest(json_get(body, "data"));
    ck_assert_str_eq(json_str(entry, "what"), "first deployment");
    ck_assert(!revision_whole(entry));
    cJSON_Delete(entry);
    json_set_str(body, "metadata.resourceVersion", "11");
    struct buf text;
    buf_init(&text, 1u << 20);
    json_print(&text, body);
    script_answer(call, 200, text.data);
    buf_release(&text);
    cJSON_Delete(body);
    cJSON *data = written();
    ck_assert_ptr_null(json_get(data, PLAN_KEY_HOLDER));
    entry = newest(data);
    ck_assert(revision_whole(entry) && json_int(entry, "revision", 0) == 1);
    ck_assert_ptr_null(strstr(json_str(data, PLAN_KEY_REVISIONS), "ServiceGraph")); /* the newest text is there once */
    ck_assert(got.times == 1 && got.result.ok);
    cJSON_Delete(entry);
    cJSON_Delete(data);
}
END_TEST

START_TEST(the_text_before_goes_into_the_history)
{
    deploy(TEXT("b"), "rollback to 7");
    look(TEXT("a"), ONE, NULL);
    read_all(TEXT("a"), ONE, NULL);
    cJSON *data = written();
    cJSON *list = revisions_read(json_str(data, PLAN_KEY_REVISIONS), json_get(data, PLAN_KEY_TEXT)->valuestring);
    ck_assert_int_eq(cJSON_GetArraySize(list), 2);
    ck_assert_str_eq(json_str(cJSON_GetArrayItem(list, 0), "text"), TEXT("a"));
    ck_assert_str_eq(json_str(cJSON_GetArrayItem(list, 1), "text"), TEXT("b"));
    ck_assert_str_eq(json_str(cJSON_GetArrayItem(list, 1), "what"), "rollback to 7");
    cJSON_Delete(list);
    cJSON_Delete(data);
}
END_TEST

/* What was made from another text than is deployed by now is not put over it; once begun, what is there is ours. */
START_TEST(what_was_made_from_another_is_refused)
{
    deploy_over(TEXT("b"), TEXT("a"), NULL);
    look(TEXT("a"), ONE, NULL);
    read_all(TEXT("theirs"), ONE, NULL);
    script_none();
    ck_assert(got.times == 1 && !got.result.ok && !got.result.begun);
    ck_assert_str_eq(got.result.err.text, "graph lobby was deployed by somebody else meanwhile, and that is not undone: see what differs "
                                          "now, and deploy again");
    deploy_over(TEXT("b"), TEXT("a"), NULL);
    look(TEXT("a"), ONE, NULL);
    read_all(TEXT("a"), ONE, NULL);
    struct script_call *call = script_expect("PATCH", MAP);
    char *answer = xstrdup(call->body);
    script_answer(call, 200, answer);
    cJSON_Delete(written());
    ck_assert(got.times == 2 && got.result.ok);
    free(answer);
}
END_TEST

START_TEST(who_is_at_it_is_told)
{
    static const struct {
        const char *then, *says;
    } rows[] = {
        {HOLDER("2"), "anna on another.desk (since 14:03:12 UTC) is deploying graph lobby; see with 'patchbay diff' what differs "
                      "then, and deploy again"},
        {NULL, "anna on another.desk (since 14:03:12 UTC) has just deployed graph lobby; see with 'patchbay diff' what differs "
               "then, and deploy again"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        deploy(TEXT("b"), NULL);
        look(TEXT("a"), ONE, HOLDER("1"));
        look(TEXT("a"), ONE, HOLDER("1")); /* a second later */
        ck_assert_int_eq(got.times, (int)i);
        look(TEXT("a"), ONE, rows[i].then);
        ck_assert_int_eq(got.times, (int)i + 1);
        ck_assert_str_eq(got.result.err.text, rows[i].says);
        script_none();
    }
    ck_assert_ptr_nonnull(strstr(got.said.data, "looking for up to 25s whether that program is still there"));
}
END_TEST

START_TEST(who_is_no_more_is_not_waited_for_long)
{
    double began = script_now();
    deploy(TEXT("b"), NULL);
    for (int i = 0; i < 26; i++)
        look(TEXT("a"), ONE, HOLDER("1"));
    ck_assert_double_le(script_now() - began, 26);
    read_all(TEXT("a"), ONE, HOLDER("1"));
    cJSON_Delete(written());
    cJSON_Delete(written());
    ck_assert(got.times == 1 && got.result.ok);
    ck_assert_ptr_nonnull(strstr(got.said.data, "the deployment of anna on another.desk (since 14:03:12 UTC) was cut short"));
}
END_TEST

/* It says so itself, or its program ran here. */
START_TEST(what_was_cut_short_goes_on_at_once)
{
    struct holder own;
    char *here;
    holder_new(&own, "anna", 0);
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    here = xasprintf("{\"id\":\"x\",\"by\":\"anna\",\"host\":\"d\",\"machine\":\"%s\",\"pid\":%d,\"beats\":3}", own.machine, (int)child);
    const char *holders[] = {"{\"id\":\"x\",\"by\":\"anna\",\"host\":\"d\",\"pid\":1,\"over\":true}", here};
    for (size_t i = 0; i < ARRAY_SIZE(holders); i++) {
        static const char half[] = "[{\"revision\":1,\"by\":\"anna\",\"host\":\"d\",\"text\":\"x\",\"took\":1},"
                                   "{\"revision\":2,\"by\":\"anna\",\"host\":\"d\"}]";
        deploy(TEXT("b"), NULL);
        look(TEXT("b"), half, holders[i]);
        read_all(TEXT("b"), half, holders[i]); /* it is not done, although the text is the same */
        cJSON_Delete(written());
        cJSON *data = written(), *entry = newest(data);
        ck_assert_int_eq(json_int(entry, "revision", 0), 2); /* no new one */
        ck_assert(got.times == (int)i + 1 && got.result.ok);
        cJSON_Delete(entry);
        cJSON_Delete(data);
    }
    free(here);
}
END_TEST

/* A label, or a timing that is put into the history: nobody is at it. */
START_TEST(changed_before_it_began)
{
    deploy(TEXT("b"), NULL);
    look(TEXT("a"), ONE, NULL);
    read_all(TEXT("a"), ONE, NULL);
    script_answer(script_expect("PATCH", MAP), 409, "{\"kind\":\"Status\",\"reason\":\"Conflict\",\"message\":\"modified\"}");
    read_all(TEXT("a"), ONE, NULL);
    cJSON_Delete(written());
    cJSON_Delete(written());
    ck_assert_msg(got.times == 1 && got.result.ok, "%s", got.result.err.text);
    deploy(TEXT("b"), NULL); /* a colleague was faster */
    look(TEXT("a"), ONE, NULL);
    read_all(TEXT("a"), ONE, NULL);
    script_answer(script_expect("PATCH", MAP), 409, "{\"kind\":\"Status\",\"reason\":\"Conflict\",\"message\":\"modified\"}");
    read_all(TEXT("c"), ONE, HOLDER("1"));
    ck_assert(got.times == 2 && !got.result.ok);
    ck_assert_ptr_nonnull(strstr(got.result.err.text, "is deploying graph lobby"));
    script_none();
}
END_TEST

START_TEST(taken_over_meanwhile)
{
    deploy(TEXT("b"), NULL);
    look(TEXT("a"), ONE, NULL);
    read_all(TEXT("a"), ONE, NULL);
    cJSON_Delete(written());
    script_answer(script_expect("PATCH", MAP), 409, "{\"kind\":\"Status\",\"reason\":\"Conflict\",\"message\":\"modified\"}");
    look(TEXT("c"), ONE, HOLDER("1"));
    ck_assert(got.times == 1 && !got.result.ok);
    ck_assert_ptr_nonnull(strstr(got.result.err.text, "anna took over the deployment of graph lobby"));
    script_none();
}
END_TEST

START_TEST(a_newer_format_is_left_alone)
{
    deploy(TEXT("b"), NULL);
    answer_map(script_expect("GET", MAP), TEXT("a"), ONE, NULL, "2");
    script_answer(script_expect("GET", NS), 200, "{}");
    answer_map(script_expect("GET", MAP), TEXT("a"), ONE, NULL, "2");
    ck_assert(got.times == 1 && !got.result.ok);
    ck_assert_ptr_nonnull(strstr(got.result.err.text, "was deployed by a newer patchbay (format 2; this one knows 1)"));
    script_none();
}
END_TEST

START_TEST(stopped_while_it_waits)
{
    deploy(TEXT("b"), NULL);
    look(TEXT("a"), ONE, HOLDER("1"));
    deployer_stop(deployer);
    script_settle();
    ck_assert(got.times == 1 && got.result.stopped);
    ck_assert_str_eq(got.result.err.text, "stopped before anything was changed");
    script_none();
}
END_TEST

START_TEST(the_history_is_bounded)
{
    cJSON *list = cJSON_CreateArray();
    struct buf out;
    buf_init(&out, 1u << 20);
    for (int i = 1; i <= REVISIONS_MAX + 5; i++) {
        char text[1001] = {0};
        memset(text, 'x', sizeof text - 1);
        cJSON *entry = cJSON_CreateObject();
        json_set_int(entry, "revision", i);
        json_set_str(entry, "text", text);
        json_set_str(entry, "other", "kept");
        cJSON_AddItemToArray(list, entry);
    }
    revisions_write(list, 1u << 20, &out);
    ck_assert_int_eq(cJSON_GetArraySize(list), REVISIONS_MAX);
    cJSON *again = revisions_read(out.data, "newest");
    ck_assert_str_eq(json_str(revisions_last(again), "text"), "newest");
    ck_assert_str_eq(json_str(revisions_last(again), "other"), "kept");
    ck_assert_int_eq(json_int(again->child, "revision", 0), 6); /* the oldest went first */
    buf_reset(&out);
    revisions_write(list, 3000, &out);
    ck_assert_uint_le(out.len, 3000);
    ck_assert_int_eq(cJSON_GetArraySize(list), 3);
    buf_reset(&out);
    revisions_write(list, 0, &out);
    ck_assert_int_eq(cJSON_GetArraySize(list), 1); /* this one is not lost */
    cJSON_Delete(list);
    cJSON_Delete(again);
    cJSON *none = revisions_read("{}", "x");
    ck_assert(cJSON_IsArray(none) && !none->child);
    cJSON_Delete(none);
    buf_release(&out);
}
END_TEST

START_TEST(the_one_before)
{
    static const char text[] = "[{\"revision\":1,\"host\":\"d\",\"took\":1,\"text\":\"a\"},{\"revision\":2,\"host\":\"d\",\"text\":\"half\"},"
                               "{\"revision\":3,\"host\":\"d\",\"took\":1,\"text\":\"b\"},{\"revision\":4,\"host\":\"d\"}]";
    cJSON *list = revisions_read(text, "b");
    ck_assert_int_eq(json_int(revisions_before(list, revisions_last(list)), "revision", 0), 1);
    ck_assert_int_eq(json_int(revisions_before(list, revisions_find(list, 2)), "revision", 0), 1);
    ck_assert_ptr_null(revisions_before(list, revisions_find(list, 1)));
    cJSON_Delete(list);
}
END_TEST

Suite *app_deployer_suite(void)
{
    Suite *suite = suite_create("app deployer");
    TCase *tc = tcase_create("deployer");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, the_first_one_is_kept);
    tcase_add_test(tc, the_text_before_goes_into_the_history);
    tcase_add_test(tc, what_was_made_from_another_is_refused);
    tcase_add_test(tc, who_is_at_it_is_told);
    tcase_add_test(tc, who_is_no_more_is_not_waited_for_long);
    tcase_add_test(tc, what_was_cut_short_goes_on_at_once);
    tcase_add_test(tc, changed_before_it_began);
    tcase_add_test(tc, taken_over_meanwhile);
    tcase_add_test(tc, a_newer_format_is_left_alone);
    tcase_add_test(tc, stopped_while_it_waits);
    tcase_add_test(tc, the_history_is_bounded);
    tcase_add_test(tc, the_one_before);
    suite_add_tcase(suite, tc);
    return suite;
}
