#include "app/scrape.h"

#include "app_test.h"
#include "k8s/kinds/pod.h"

static struct store *pods;
static struct scrape *scrape;
static int rv;

static void setup(void)
{
    script_setup();
    rv = 0;
    pods = store_new(&kind_pod);
    scrape = scrape_new(script.client, pods, NULL, NULL);
    scrape_graph(scrape, "media", "lobby");
    scrape_every(scrape, NSEC_PER_SEC);
}

static void teardown(void)
{
    scrape_free(scrape);
    store_free(pods);
    script_teardown();
}

/* uid NULL: a server that gives none. */
static void put_pod(const char *name, const char *uid, const char *graph)
{
    struct err err = ERR_INIT;
    char *text = xasprintf("{\"metadata\":{\"name\":\"%s\",\"namespace\":\"media\",%s%s%s\"resourceVersion\":\"%d\","
                           "\"labels\":{\"patchbay.dev/graph\":\"%s\"}},\"spec\":{\"containers\":[{\"name\":\"c\","
                           "\"ports\":[{\"containerPort\":8080}]}]},\"status\":{\"podIP\":\"10.0.0.1\"}}",
                           name, uid ? "\"uid\":\"" : "", str_or_empty(uid), uid ? "\"," : "", ++rv, graph);
    cJSON *json = json_parse(text, strlen(text), &err);
    ck_assert_msg(json != NULL, "%s", err.text);
    store_put(pods, record_new(&kind_pod, json));
    cJSON_Delete(json);
    free(text);
}

START_TEST(a_pod_is_asked_by_way_of_the_server)
{
    put_pod("camera-1", "u1", "lobby");
    script_answer(script_expect("GET", "/api/v1/namespaces/media/pods/camera-1:8080/proxy/metrics"), 200,
                  "patchbay_first_output_time_seconds{output=\"video\"} 1700000001.5\n");
    ck_assert_int_eq(scrape_first_result(scrape, "u1"), INT64_C(1700000001500000000));
    script_expect("GET", "camera-1:8080/proxy/metrics"); /* and again after a second */
}
END_TEST

/* What a pod says is not to be trusted: to read all of it would keep the keys waiting. */
START_TEST(an_answer_without_end_is_not_read)
{
    put_pod("camera-1", "u1", "lobby");
    struct script_call *call = script_expect("GET", "camera-1:8080/proxy/metrics");
    char *piece = xmalloc(1u << 20);
    memset(piece, '#', 1u << 20);
    script_head(call, 200, 0);
    for (int i = 0; i < 5 && call->open; i++)
        script_send(call, piece, 1u << 20);
    free(piece);
    ck_assert(call->cancelled);
    script_expect("GET", "camera-1:8080/proxy/metrics");
}
END_TEST

/* A program of others', which has no such page: four questions a second would be for ever. */
START_TEST(a_pod_without_results_is_asked_often_for_a_minute)
{
    put_pod("camera-1", "u1", "lobby");
    double begun = script_now();
    int often = 0, later = 0;
    while (script_now() - begun < 120) {
        script_answer(script_expect("GET", "camera-1:8080/proxy/metrics"), 404, "");
        ++*(script_now() - begun < 60 ? &often : &later);
    }
    ck_assert_int_ge(often, 200);
    ck_assert_int_le(later, 65);
}
END_TEST

START_TEST(pods_of_others_and_without_an_identity_are_passed_over)
{
    put_pod("nobody", NULL, "lobby");
    put_pod("other", "u2", "elsewhere");
    script_pass(5);
    script_none();
}
END_TEST

START_TEST(changes_without_end_do_not_put_it_off)
{
    for (int i = 0; i < 20; i++) { /* one each 10 ms: never a quiet 20 ms */
        put_pod("camera-1", "u1", "lobby");
        script_pass(0.01);
    }
    script_expect("GET", "camera-1:8080/proxy/metrics");
}
END_TEST

START_TEST(a_new_pod_is_found_while_another_is_asked)
{
    put_pod("camera-1", "u1", "lobby");
    struct script_call *first = script_expect("GET", "camera-1:8080/proxy/metrics");
    put_pod("camera-2", "u2", "lobby");
    script_answer(first, 200, "patchbay_first_output_time_seconds{output=\"video\"} 1700000001\n");
    double then = script_now();
    script_expect("GET", "camera-2:8080/proxy/metrics");
    ck_assert(script_now() - then < 0.1);
}
END_TEST

Suite *app_scrape_suite(void)
{
    Suite *suite = suite_create("scrape");
    TCase *tc = tcase_create("all");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_pod_is_asked_by_way_of_the_server);
    tcase_add_test(tc, an_answer_without_end_is_not_read);
    tcase_add_test(tc, a_pod_without_results_is_asked_often_for_a_minute);
    tcase_add_test(tc, pods_of_others_and_without_an_identity_are_passed_over);
    tcase_add_test(tc, changes_without_end_do_not_put_it_off);
    tcase_add_test(tc, a_new_pod_is_found_while_another_is_asked);
    suite_add_tcase(suite, tc);
    return suite;
}
