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

static void deploy_over(const char *text, const char *over, int64_t back)
{
    struct err err = ERR_INIT;
    struct deployer_options options = {.text = text, .len = strlen(text), .over = over, .back = back, .catalogue = &catalogue};
    deployer = deployer_start(script.client, &options, on_progress, on_done, NULL, &err);
    ck_assert_msg(deployer != NULL, "%s", err.text);
}

static void deploy(const char *text, int64_t back)
{
    deploy_over(text, NULL, back);
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
    const char *text = cJSON_GetStringValue(json_get(data, PLAN_KEY_TEXT));
    cJSON *list = revisions_read(json_str(data, PLAN_KEY_REVISIONS), text ? text : TEXT("a")), *last = revisions_last(list);
    cJSON *copy = cJSON_Duplicate(last, true);
    cJSON_Delete(list);
    return copy;
}

START_TEST(the_first_one_is_kept)
{
    deploy(TEXT("a"), 0);
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
    deploy(TEXT("b"), 7);
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
    deploy_over(TEXT("b"), TEXT("a"), 0);
    look(TEXT("a"), ONE, NULL);
    read_all(TEXT("theirs"), ONE, NULL);
    script_none();
    ck_assert(got.times == 1 && !got.result.ok && !got.result.begun);
    ck_assert_str_eq(got.result.err.text, "graph lobby was deployed by somebody else meanwhile, and that is not undone: see what differs "
                                          "now, and deploy again");
    deploy_over(TEXT("b"), TEXT("a"), 0);
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
        deploy(TEXT("b"), 0);
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
    deploy(TEXT("b"), 0);
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
    holder_new(&own, HOLDER_DEPLOYS, "anna", 0);
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    here = xasprintf("{\"id\":\"x\",\"by\":\"anna\",\"host\":\"d\",\"machine\":\"%s\",\"pid\":%d,\"beats\":3}", own.machine, (int)child);
    const char *holders[] = {"{\"id\":\"x\",\"by\":\"anna\",\"host\":\"d\",\"pid\":1,\"over\":true}", here};
    for (size_t i = 0; i < ARRAY_SIZE(holders); i++) {
        static const char half[] = "[{\"revision\":1,\"by\":\"anna\",\"host\":\"d\",\"text\":\"x\",\"took\":1},"
                                   "{\"revision\":2,\"by\":\"anna\",\"host\":\"d\"}]";
        deploy(TEXT("b"), 0);
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
    deploy(TEXT("b"), 0);
    look(TEXT("a"), ONE, NULL);
    read_all(TEXT("a"), ONE, NULL);
    script_answer(script_expect("PATCH", MAP), 409, "{\"kind\":\"Status\",\"reason\":\"Conflict\",\"message\":\"modified\"}");
    read_all(TEXT("a"), ONE, NULL);
    cJSON_Delete(written());
    cJSON_Delete(written());
    ck_assert_msg(got.times == 1 && got.result.ok, "%s", got.result.err.text);
    deploy(TEXT("b"), 0); /* a colleague was faster */
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
    deploy(TEXT("b"), 0);
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
    deploy(TEXT("b"), 0);
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
    deploy(TEXT("b"), 0);
    look(TEXT("a"), ONE, HOLDER("1"));
    deployer_stop(deployer);
    script_settle();
    ck_assert(got.times == 1 && got.result.stopped);
    ck_assert_str_eq(got.result.err.text, "stopped before anything was changed");
    script_none();
}
END_TEST

static void delete(void)
{
    deployer = deployer_delete(script.client, "media", "lobby", on_progress, on_done, NULL);
}

/* As a deployment does it says who is at it, and the history that it began. */
START_TEST(a_deletion_is_held_and_remembered)
{
    struct holder holder;
    delete();
    look(TEXT("a"), ONE, NULL);
    read_all(TEXT("a"), ONE, NULL);
    cJSON *data = written(), *entry = newest(data);
    ck_assert(holder_read(&holder, json_str(data, PLAN_KEY_HOLDER)) && holder.does == HOLDER_DELETES && !holder_ended(&holder));
    ck_assert(json_int(entry, "revision", 0) == 2 && revision_deletes(entry) && !revision_whole(entry));
    ck_assert_str_eq(json_str(entry, "what"), "deletion");
    deployer_stop(deployer);
    script_answer(script_expect("GET", "/deployments"), 200, "{\"items\":[]}");
    script_answer(script_expect("GET", "/services"), 200, "{\"items\":[]}");
    cJSON *after = written();
    ck_assert(holder_read(&holder, json_str(after, PLAN_KEY_HOLDER)) && holder.does == HOLDER_DELETES && holder_ended(&holder));
    ck_assert(got.times == 1 && got.result.stopped && got.result.begun);
    script_none();
    cJSON_Delete(entry);
    cJSON_Delete(data);
    cJSON_Delete(after);
}
END_TEST

#define DELETER(more) "{\"id\":\"x\",\"does\":\"delete\",\"by\":\"anna\",\"host\":\"another.desk\",\"pid\":7," more "}"
#define DELETED "[{\"revision\":1,\"by\":\"anna\",\"host\":\"d\",\"text\":\"x\",\"took\":1}," \
                "{\"revision\":2,\"by\":\"anna\",\"host\":\"d\",\"what\":\"deletion\",\"deletes\":true}]"

START_TEST(of_two_one_deletes)
{
    deploy(TEXT("b"), 0); /* while somebody deletes */
    look(TEXT("a"), ONE, DELETER("\"beats\":1"));
    look(TEXT("a"), ONE, DELETER("\"beats\":2"));
    ck_assert_str_eq(got.result.err.text, "anna on another.desk is deleting graph lobby; deploy again when it is gone, if it is wanted");
    deploy(TEXT("b"), 0);
    look(TEXT("a"), ONE, DELETER("\"beats\":1"));
    look(NULL, NULL, NULL);
    ck_assert_str_eq(got.result.err.text, "anna on another.desk has just deleted graph lobby; deploy again when it is gone, if it is wanted");
    delete(); /* while somebody deploys */
    look(TEXT("a"), ONE, HOLDER("1"));
    look(TEXT("a"), ONE, HOLDER("2"));
    ck_assert_str_eq(got.result.err.text, "anna on another.desk (since 14:03:12 UTC) is deploying graph lobby; nothing was deleted");
    script_none();
}
END_TEST

/* It goes on, without another entry, or all of it is deployed anew. */
START_TEST(a_deletion_that_was_cut_short)
{
    delete();
    look(TEXT("a"), DELETED, DELETER("\"over\":true"));
    read_all(TEXT("a"), DELETED, DELETER("\"over\":true"));
    cJSON *data = written(), *entry = newest(data);
    ck_assert_int_eq(json_int(entry, "revision", 0), 2);
    cJSON_Delete(entry);
    cJSON_Delete(data);
    deployer_cancel(deployer);
    while (script.taken < script.started)
        script_next();
    deploy(TEXT("a"), 0);
    look(TEXT("a"), DELETED, DELETER("\"over\":true"));
    read_all(TEXT("a"), DELETED, DELETER("\"over\":true"));
    data = written();
    entry = newest(data);
    ck_assert_int_eq(json_int(entry, "revision", 0), 3);
    ck_assert_str_eq(json_str(entry, "what"), "deployed anew: a deletion was cut short");
    cJSON_Delete(entry);
    cJSON_Delete(data);
    ck_assert_ptr_nonnull(strstr(got.said.data, "the deletion of anna on another.desk was cut short; this one goes on from there\n"));
    ck_assert_ptr_nonnull(strstr(got.said.data, "the deletion of anna on another.desk was cut short; what is gone is deployed anew\n"));
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

/* Where `rollback` leads: a list, the ConfigMap's text, and the revision; 0: nowhere. */
static const struct {
    const char *list, *text;
    int64_t to;
} ways_back[] = {
#define R(n, text, more) "{\"revision\":" #n ",\"host\":\"d\",\"text\":\"" text "\"" more "}"
#define WHOLE ",\"took\":1"
    {"[]", NULL, 0},
    {"[" R(1, "a", WHOLE) "]", "a", 0},
    {"[" R(1, "a", WHOLE) "," R(2, "b", WHOLE) "]", "b", 1},
    {"[" R(1, "a", WHOLE) "," R(2, "b", "") "]", "b", 1},                                    /* cut short: taken back */
    {"[" R(1, "a", WHOLE) "," R(2, "b", WHOLE) "," R(3, "a", ",\"back\":1" WHOLE) "]", "a", 2}, /* and back again */
    {"[" R(1, "a", WHOLE) "," R(2, "b", WHOLE) "," R(3, "a", ",\"back\":1") "]", "a", 1},       /* cut short: goes on */
    {"[" R(1, "a", WHOLE) "," R(2, "b", WHOLE) "," R(3, "c", "") "," R(4, "b", ",\"back\":2") "]", "b", 2},
    {"[" R(2, "b", WHOLE) "," R(3, "a", ",\"back\":1") "]", "a", 3},                           /* it is forgotten */
    {"[" R(1, "a", WHOLE) "," R(2, "b", WHOLE) "," R(3, "b", ",\"deletes\":true") "]", "b", 2}, /* half gone */
    {"[" R(1, "a", WHOLE) "," R(2, "b", "") "," R(3, "b", ",\"deletes\":true") "]", "b", 1},
#undef R
#undef WHOLE
};

START_TEST(the_way_back)
{
    cJSON *list = revisions_read(ways_back[_i].list, ways_back[_i].text);
    ck_assert_int_eq(json_int(revisions_back(list), "revision", 0), ways_back[_i].to);
    cJSON_Delete(list);
}
END_TEST

/* What somebody wrote into the ConfigMap was never deployed, and the history does not say that it was. */
START_TEST(an_edit_by_hand_is_no_deployment)
{
    cJSON *list = revisions_read("[{\"revision\":1,\"host\":\"d\",\"took\":1,\"text\":\"a\"}]", NULL), *entry = cJSON_CreateObject();
    struct buf out;
    buf_init(&out, 1u << 16);
    json_set_int(entry, "revision", 2);
    json_set_str(entry, "host", "d");
    json_set_int(entry, "took", 1);
    revision_set_text(entry, "b");
    cJSON_AddItemToArray(list, entry);
    revisions_write(list, revisions_room(0), &out);
    cJSON *same = revisions_read(out.data, "b"), *other = revisions_read(out.data, "edited"), *last = revisions_last(other);
    ck_assert(!revision_edited(revisions_last(same)) && cJSON_GetArraySize(same) == 2);
    ck_assert_int_eq(cJSON_GetArraySize(other), 2);
    ck_assert_ptr_null(revisions_find(other, 2)); /* what that was, nobody knows any more */
    ck_assert(json_int(last, "revision", 0) == 3 && revision_edited(last) && !revision_whole(last));
    ck_assert_str_eq(revision_untimed(last), "never");
    ck_assert_str_eq(json_str(last, "text"), "edited");
    ck_assert_int_eq(json_int(revisions_back(other), "revision", 0), 1);
    cJSON_Delete(list);
    cJSON_Delete(same);
    cJSON_Delete(other);
    /* Deployed as it is, it becomes a revision of its own. */
    deploy(TEXT("e"), 0);
    look(TEXT("e"), out.data, NULL);
    read_all(TEXT("e"), out.data, NULL);
    cJSON *data = written();
    list = revisions_read(json_str(data, PLAN_KEY_REVISIONS), TEXT("e"));
    ck_assert_int_eq(cJSON_GetArraySize(list), 3);
    ck_assert(revision_edited(revisions_find(list, 3)) && !revision_edited(revisions_find(list, 4)));
    cJSON_Delete(list);
    cJSON_Delete(data);
    buf_release(&out);
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
    tcase_add_test(tc, a_deletion_is_held_and_remembered);
    tcase_add_test(tc, of_two_one_deletes);
    tcase_add_test(tc, a_deletion_that_was_cut_short);
    tcase_add_test(tc, the_history_is_bounded);
    tcase_add_test(tc, the_one_before);
    tcase_add_loop_test(tc, the_way_back, 0, ARRAY_SIZE(ways_back));
    tcase_add_test(tc, an_edit_by_hand_is_no_deployment);
    suite_add_tcase(suite, tc);
    return suite;
}
