#include "ops/flowing.h"

#include "graph/catalogue.h"
#include "k8s/kinds/deployment.h"
#include "k8s/kinds/pod.h"
#include "tests/unit/ops_test.h"

/* camera → detector, looked at twice, a second apart. */
static struct graph_thing things[2];
static struct graph_link graph_links[1];
static struct graph graph;
static struct live_thing live_things[2];
static struct live live;
static struct deployment deployment;
static struct thing_traffic first, last;

static void setup(void)
{
    things[0] = (struct graph_thing){.name = "camera"};
    things[1] = (struct graph_thing){.name = "detect"};
    graph_links[0] = (struct graph_link){.from = 0, .to = 1, .from_port = "video", .to_port = "video"};
    graph = (struct graph){.things = things, .thing_count = 2, .links = graph_links, .link_count = 1};
    live_things[0] = live_things[1] = (struct live_thing){.deployment = &deployment, .ready = 1, .wanted = 1, .state = "Running"};
    live = (struct live){.things = live_things, .thing_count = 2};
    first = (struct thing_traffic){.ports = {{.port = "video", .frames = 100, .age = 0.1}, {.port = "spare", .frames = 0, .age = -1}}, .count = 2, .at = NSEC_PER_SEC};
    last = first;
    last.at = 2 * NSEC_PER_SEC;
    last.ports[0].frames = 110;
}

static void judge(struct flow_verdict *out, double min_fps, double max_age, const char *why)
{
    flow_judge(out, &graph, &live, 0, &first, &last, &(struct flow_wish){min_fps, max_age}, 2 * NSEC_PER_SEC + NSEC_PER_SEC / 2);
    ck_assert_str_eq(out->why, why);
    ck_assert(out->fine == !*why);
}

START_TEST(what_flows_is_fine)
{
    struct flow_verdict v;
    setup();
    judge(&v, 10, 10, "");
    ck_assert(v.fps == 10 && v.age > 0.59 && v.age < 0.61); /* also since the scrape */
    judge(&v, 11, 10, ""); /* to a frame */
    judge(&v, 12, 10, "video: 10.0 frames/s, at least 12 are wanted");
    judge(&v, 0, 0.5, "video: no frame for 0s, at most 0s are allowed");
    last.ports[0].age = 14;
    judge(&v, 0, 10, "video: no frame for 14s, at most 10s are allowed");
    last.ports[0].age = -1;
    judge(&v, 0, 10, "video: no frame has left yet");
}
END_TEST

START_TEST(a_port_that_nobody_is_wired_to_may_rest)
{
    struct flow_verdict v;
    setup();
    snprintf(last.ports[0].port, sizeof last.ports[0].port, "other");
    last.ports[0].age = 100;
    judge(&v, 5, 10, "");
    last.count = 0; /* other people's images tell nothing */
    judge(&v, 5, 10, "");
}
END_TEST

START_TEST(one_that_began_anew_is_not_slow)
{
    struct flow_verdict v;
    setup();
    last.ports[0].frames = 3;
    judge(&v, 5, 10, "");
}
END_TEST

START_TEST(what_is_not_up_does_not_flow)
{
    struct flow_verdict v;
    setup();
    last.at = 0;
    judge(&v, 0, 10, "its metrics did not answer, so whether frames flow is not known");
    live_things[0].ready = 0;
    snprintf(live_things[0].state, sizeof live_things[0].state, "CrashLoopBackOff");
    judge(&v, 0, 10, "0 of 1 ready: CrashLoopBackOff");
    live_things[0].wanted = 0;
    judge(&v, 0, 10, "stopped: no pod of it is wanted");
    live_things[0].deployment = NULL;
    judge(&v, 0, 10, "not deployed");
    things[0].external = true;
    judge(&v, 0, 10, "");
}
END_TEST

Suite *ops_flowing_suite(void)
{
    Suite *suite = suite_create("ops flowing");
    TCase *tc = tcase_create("flowing");
    tcase_add_test(tc, what_flows_is_fine);
    tcase_add_test(tc, a_port_that_nobody_is_wired_to_may_rest);
    tcase_add_test(tc, one_that_began_anew_is_not_slow);
    tcase_add_test(tc, what_is_not_up_does_not_flow);
    suite_add_tcase(suite, tc);
    return suite;
}
