/* A set of many members: what is asked at once, and of how many. */
#include "k8s/applyset.h"
#include "k8s/tryset.h"
#include "k8s_script.h"

#define ID "applyset-abc-v1"
#define MANY 100
#define AT_ONCE 64
#define NS_PATH "/api/v1/namespaces/media"
#define DEPLOYMENTS "/apis/apps/v1/namespaces/media/deployments"

static struct {
    int times;
    bool ok, stopped;
    size_t created, failures;
    struct err err;
} got;

static struct applyset *at_hand; /* that is not done */

static void on_done(void *data, const struct applyset_result *result)
{
    (void)data;
    at_hand = NULL;
    got.times++;
    got.ok = result->ok;
    got.stopped = result->stopped;
    got.created = result->created;
    got.failures = result->failure_count;
    got.err = result->err;
}

static cJSON *object(const char *api, const char *kind, const char *name)
{
    cJSON *o = cJSON_CreateObject();
    json_set_str(o, "apiVersion", api);
    json_set_str(o, "kind", kind);
    json_set_str(o, "metadata.name", name);
    return o;
}

static void on_tried(void *data, const struct tryset_result *result)
{
    (void)data;
    got.times++;
    got.ok = result->ok;
    for (size_t i = 0; i < result->count; i++)
        got.created += result->trials[i].would != NULL;
}

/* Deployments camera-00 and so on, applied or tried. */
static struct applyset *start_how(size_t count, bool try)
{
    cJSON *parent = object("v1", "ConfigMap", "patchbay-lobby"), *members[MANY];
    for (size_t i = 0; i < count; i++) {
        char name[16];
        snprintf(name, sizeof name, "camera-%02zu", i);
        members[i] = object("apps/v1", "Deployment", name);
    }
    struct applyset_options options = {
        .ns = "media", .manager = "patchbay", .id = ID, .parent = parent, .members = members, .member_count = count};
    memset(&got, 0, sizeof got);
    struct applyset *set = try ? NULL : applyset_start(script.client, &options, NULL, on_done, NULL);
    if (try)
        tryset_start(script.client, &options, on_tried, NULL);
    cJSON_Delete(parent);
    for (size_t i = 0; i < count; i++)
        cJSON_Delete(members[i]);
    at_hand = set;
    return set;
}

static struct applyset *start(size_t count)
{
    return start_how(count, false);
}

static void teardown(void)
{
    applyset_cancel(at_hand);
    at_hand = NULL;
    script_teardown();
}

static void answer_404(struct script_call *call)
{
    script_answer(call, 404, "{\"kind\":\"Status\",\"reason\":\"NotFound\",\"message\":\"not found\"}");
}

/* None of the set is there: whether somebody else's are is asked next. */
static void read_none(void)
{
    script_answer(script_expect("GET", NS_PATH), 200, "{}");
    answer_404(script_expect("GET", "/configmaps/patchbay-lobby"));
    script_answer(script_expect("GET", DEPLOYMENTS "?labelSelector="), 200, "{\"items\":[]}");
}

/* Up to the members. */
static void begin(void)
{
    read_none();
    script_answer(script_expect("GET", DEPLOYMENTS), 200, "{\"items\":[{\"metadata\":{\"name\":\"another\"}}]}");
    script_answer(script_expect("POST", "/configmaps"), 201, "{\"metadata\":{\"resourceVersion\":\"10\"}}");
    script_answer(script_expect("PATCH", "/configmaps/patchbay-lobby"), 200, "{\"metadata\":{\"resourceVersion\":\"11\"}}");
}

START_TEST(many_new_ones_are_looked_for_by_one_list)
{
    start(9);
    read_none();
    struct script_call *call = script_expect("GET", DEPLOYMENTS);
    ck_assert_msg(str_ends(call->url, DEPLOYMENTS), "%s", call->url); /* whosever */
    ck_assert_ptr_nonnull(strstr(call->headers, "as=PartialObjectMetadataList"));
    script_none();
    script_answer(call, 200, "{\"items\":[{\"metadata\":{\"name\":\"other\"}},{\"metadata\":{\"name\":\"camera-07\"}}]}");
    ck_assert_int_eq(got.times, 1);
    ck_assert_str_eq(got.err.text, "deployment camera-07 is there already and is not of this set: nothing was changed; give one of "
                              "the two another name");
    ck_assert_uint_eq(got.failures, 1);
    script_none();
}
END_TEST

START_TEST(who_may_not_list_is_told)
{
    start(9);
    read_none();
    script_answer(script_expect("GET", DEPLOYMENTS), 403,
                  "{\"kind\":\"Status\",\"reason\":\"Forbidden\",\"message\":\"not allowed\"}");
    ck_assert_int_eq(got.times, 1);
    ck_assert(!got.ok);
    ck_assert_msg(str_starts(got.err.text, "cannot list the deployments of the namespace: "), "%s", got.err.text);
    script_none();
}
END_TEST

START_TEST(a_few_are_looked_for_by_name)
{
    start(8);
    read_none();
    for (int i = 0; i < 8; i++)
        script_expect("GET", DEPLOYMENTS "/camera-0");
    script_none();
}
END_TEST

START_TEST(so_many_are_written_at_once_and_no_more)
{
    struct script_call *calls[MANY];
    start(MANY);
    begin();
    for (size_t i = 0; i < AT_ONCE; i++)
        calls[i] = script_expect("PATCH", DEPLOYMENTS "/camera-");
    script_none();
    for (size_t i = 0; i < MANY; i++) { /* each answer lets one more go, in the members' order */
        char name[16];
        snprintf(name, sizeof name, "/camera-%02zu?", i);
        ck_assert_msg(strstr(calls[i]->url, name) && calls[i]->body, "%s", calls[i]->url);
        script_answer(calls[i], 201, "{}");
        if (i + AT_ONCE < MANY)
            calls[i + AT_ONCE] = script_expect("PATCH", DEPLOYMENTS "/camera-");
    }
    script_answer(script_expect("PATCH", "/configmaps/patchbay-lobby"), 200, "{}");
    ck_assert(got.times == 1 && got.ok);
    ck_assert_uint_eq(got.created, MANY);
    script_none();
}
END_TEST

/* Trials are the same requests: so many at once; and when nobody answers, the others are not asked for. */
START_TEST(so_many_are_tried_at_once)
{
    struct script_call *calls[MANY];
    for (int answered = 1; answered >= 0; answered--) {
        start_how(MANY, true);
        read_none();
        for (size_t i = 0; i < AT_ONCE; i++)
            calls[i] = script_expect("PATCH", DEPLOYMENTS "/camera-");
        script_none();
        for (size_t i = 0; i < (answered ? MANY : AT_ONCE); i++) {
            if (answered)
                script_answer(calls[i], 201, "{\"metadata\":{}}");
            else
                script_break(calls[i]); /* and once more: what is tried may be tried twice */
            if (!answered)
                script_break(script_expect("PATCH", DEPLOYMENTS "/camera-"));
            if (answered && i + AT_ONCE < MANY)
                calls[i + AT_ONCE] = script_expect("PATCH", DEPLOYMENTS "/camera-");
        }
        script_none();
        ck_assert(got.times == 1 && got.ok == answered);
        ck_assert_uint_eq(got.created, answered ? MANY : 0);
    }
}
END_TEST

START_TEST(the_parent_does_not_queue)
{
    start(MANY);
    begin();
    for (size_t i = 0; i < AT_ONCE; i++)
        script_expect("PATCH", DEPLOYMENTS "/camera-");
    script_pass(10.1);
    script_expect("PATCH", "/configmaps/patchbay-lobby");
}
END_TEST

START_TEST(what_waits_is_not_sent_after_a_stop)
{
    struct script_call *calls[AT_ONCE];
    struct applyset *set = start(MANY);
    begin();
    for (size_t i = 0; i < AT_ONCE; i++)
        calls[i] = script_expect("PATCH", DEPLOYMENTS "/camera-");
    applyset_stop(set);
    for (size_t i = 0; i < AT_ONCE; i++)
        script_answer(calls[i], 201, "{}");
    script_answer(script_expect("PATCH", "/configmaps/patchbay-lobby"), 200, "{}"); /* it is let go */
    ck_assert(got.times == 1 && got.stopped);
    ck_assert_uint_eq(got.created, AT_ONCE);
    script_none();
}
END_TEST

START_TEST(what_waits_goes_with_the_set)
{
    struct applyset *set = start(MANY);
    begin();
    struct script_call *call = script_expect("PATCH", DEPLOYMENTS "/camera-00");
    applyset_cancel(set);
    at_hand = NULL;
    ck_assert(call->cancelled);
    ck_assert_int_eq(got.times, 0);
}
END_TEST

Suite *k8s_applyset_many_suite(void)
{
    Suite *suite = suite_create("k8s apply sets of many");
    TCase *tc = tcase_create("many");
    tcase_add_checked_fixture(tc, script_setup, teardown);
    tcase_add_test(tc, many_new_ones_are_looked_for_by_one_list);
    tcase_add_test(tc, who_may_not_list_is_told);
    tcase_add_test(tc, a_few_are_looked_for_by_name);
    tcase_add_test(tc, so_many_are_written_at_once_and_no_more);
    tcase_add_test(tc, so_many_are_tried_at_once);
    tcase_add_test(tc, the_parent_does_not_queue);
    tcase_add_test(tc, what_waits_is_not_sent_after_a_stop);
    tcase_add_test(tc, what_waits_goes_with_the_set);
    suite_add_tcase(suite, tc);
    return suite;
}
