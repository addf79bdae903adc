#include "edge_agents.h"

static void apply(char *text)
{
    world_apply("Deployment", text);
    free(text);
    world_settle();
}

static const cJSON *deployment(void)
{
    return world_get("Deployment", "web");
}

static const char *progress(void)
{
    return json_str(edge_condition(deployment(), "Progressing"), "reason");
}

/* "NAME=spec.replicas@revision" of each ReplicaSet, the hash left out, oldest first. */
static void sets(char out[256])
{
    size_t n = 0;
    out[0] = '\0';
    const struct edge_object *o = edge_store_first(world.store, edge_kind_by_name("ReplicaSet"), "media");
    for (; o; o = edge_store_next(o, "media"))
        n +=
            (size_t)snprintf(out + n, 256 - n, "%s%" PRId64 "@%s", n ? " " : "", json_int(o->json, "spec.replicas", -1),
                             edge_annotation(o->json, "deployment.kubernetes.io/revision"));
}

#define SETS(want)                     \
    do {                               \
        char have_[256];               \
        sets(have_);                   \
        ck_assert_str_eq(have_, want); \
    } while (0)

START_TEST(pods_are_made_and_named_as_by_a_real_controller)
{
    apply(world_deployment("web", 2, "one", NULL));
    const cJSON *pods[8];
    ck_assert_uint_eq(world_pods(pods, 8), 2);
    const struct edge_object *set = edge_store_first(world.store, edge_kind_by_name("ReplicaSet"), "media");
    const char *hash = edge_label(set->json, "pod-template-hash");
    char want[64];
    snprintf(want, sizeof want, "web-%s", hash);
    ck_assert_str_eq(edge_name(set->json), want);
    ck_assert(edge_controlled_by(set->json, edge_uid(deployment())));
    for (int i = 0; i < 2; i++) {
        ck_assert(str_starts(edge_name(pods[i]), want));
        ck_assert_uint_eq(strlen(edge_name(pods[i])), strlen(want) + 6);
        ck_assert_str_eq(edge_label(pods[i], "pod-template-hash"), hash);
        ck_assert_str_eq(edge_label(pods[i], "app"), "web");
        ck_assert(edge_controlled_by(pods[i], edge_uid(set->json)));
    }
    char text[128];
    snprintf(text, sizeof text, "ScalingReplicaSet: Scaled up replica set %s from 0 to 2", want);
    ck_assert(world_has_event("web", text));
    ck_assert(world_has_event("web", "SuccessfulCreate: Created pod: web-"));
    ck_assert_str_eq(edge_annotation(deployment(), "deployment.kubernetes.io/revision"), "1");
    ck_assert_int_eq(json_int(deployment(), "status.unavailableReplicas", 0), 2);
    ck_assert(!edge_condition_true(deployment(), "Available"));
    ck_assert_str_eq(progress(), "ReplicaSetUpdated");

    world_play_kubelet(true);
    ck_assert_int_eq(json_int(deployment(), "status.availableReplicas", 0), 2);
    ck_assert_int_eq(json_int(deployment(), "status.updatedReplicas", 0), 2);
    ck_assert_int_eq(json_int(deployment(), "status.observedGeneration", 0), 1);
    ck_assert(edge_condition_true(deployment(), "Available"));
    ck_assert_str_eq(progress(), "NewReplicaSetAvailable");
}
END_TEST

START_TEST(nothing_is_written_when_nothing_changes)
{
    apply(world_deployment("web", 2, "one", NULL));
    world_play_kubelet(true);
    uint64_t rv = edge_store_rv(world.store);
    world_play_kubelet(true);
    apply(world_deployment("web", 2, "one", NULL));
    ck_assert_uint_eq(edge_store_rv(world.store), rv);
}
END_TEST

START_TEST(scaling)
{
    apply(world_deployment("web", 1, "one", NULL));
    world_play_kubelet(true);
    apply(world_deployment("web", 4, "one", NULL));
    SETS("4@1");
    world_play_kubelet(true);
    apply(world_deployment("web", 2, "one", NULL));
    world_play_kubelet(true);
    SETS("2@1");
    const cJSON *pods[8];
    ck_assert_uint_eq(world_pods(pods, 8), 2);
    ck_assert(world_has_event("web", "from 1 to 4"));
    ck_assert(world_has_event("web", "Scaled down replica set"));
    apply(world_deployment("web", 0, "one", NULL));
    world_play_kubelet(true);
    ck_assert_uint_eq(world_pods(pods, 8), 0);
}
END_TEST

START_TEST(a_million_replicas_are_not_made)
{
    apply(world_deployment("web", 1000000, "one", NULL));
    static const cJSON *pods[2000];
    for (int i = 0; i < 100; i++)
        world_pass(20 * NSEC_PER_MSEC);
    ck_assert_uint_eq(world_pods(pods, ARRAY_SIZE(pods)), 1000);
    ck_assert(world_has_event("web", "FailedCreate: Error creating: pods"));
    apply(world_deployment("web", 2, "one", NULL));
    for (int i = 0; i < 100; i++)
        world_pass(20 * NSEC_PER_MSEC);
    size_t left = 0;
    for (const struct edge_object *o = edge_store_first(world.store, edge_pod_kind(), "media"); o;
         o = edge_store_next(o, "media"))
        left += edge_pod_active(o->json);
    ck_assert_uint_eq(left, 2);
}
END_TEST

START_TEST(a_pod_that_vanishes_is_replaced)
{
    apply(world_deployment("web", 1, "one", NULL));
    char *name = xstrdup(edge_name(world_pod()));
    world_delete("Pod", name);
    world_settle();
    world_play_kubelet(true);
    ck_assert_str_ne(edge_name(world_pod()), name);
    free(name);
}
END_TEST

START_TEST(rolling_update_keeps_its_bounds)
{
    apply(world_deployment("web", 4, "one", "\"maxSurge\":1,\"maxUnavailable\":1"));
    world_play_kubelet(true);
    apply(world_deployment("web", 4, "two", "\"maxSurge\":1,\"maxUnavailable\":1"));
    SETS("3@1 2@2");
    ck_assert_int_eq(json_int(deployment(), "status.availableReplicas", 0), 3);
    for (int i = 0; i < 8; i++) {
        const cJSON *pods[16];
        size_t all = world_pods(pods, 16), ready = 0;
        for (size_t p = 0; p < all; p++)
            ready += edge_pod_ready(pods[p]);
        ck_assert_uint_le(all, 5);
        ck_assert_uint_ge(ready, 3);
        world_play_kubelet(true);
    }
    SETS("0@1 4@2");
    ck_assert_str_eq(progress(), "NewReplicaSetAvailable");
    ck_assert_int_eq(json_int(deployment(), "status.replicas", 0), 4);
}
END_TEST

START_TEST(a_bad_update_stops_at_its_bounds)
{
    apply(world_deployment("web", 4, "one", "\"maxSurge\":1,\"maxUnavailable\":0"));
    world_play_kubelet(true);
    apply(world_deployment("web", 4, "two", "\"maxSurge\":1,\"maxUnavailable\":0"));
    /* The new pod never becomes ready: nothing old goes. */
    world_settle();
    SETS("4@1 1@2");
    ck_assert_int_eq(json_int(deployment(), "status.availableReplicas", 0), 4);
    /* And a correction replaces it without a further old pod going. */
    apply(world_deployment("web", 4, "three", "\"maxSurge\":1,\"maxUnavailable\":0"));
    SETS("4@1 0@2 1@3");
}
END_TEST

START_TEST(percentages_round_as_documented)
{
    apply(world_deployment("web", 3, "one", "\"maxSurge\":\"50%\",\"maxUnavailable\":\"50%\"")); /* 2 and 1 */
    world_play_kubelet(true);
    apply(world_deployment("web", 3, "two", "\"maxSurge\":\"50%\",\"maxUnavailable\":\"50%\""));
    SETS("2@1 3@2");
}
END_TEST

START_TEST(recreate_waits_for_the_last_old_pod)
{
    apply(world_deployment("web", 2, "one", "Recreate"));
    world_play_kubelet(true);
    apply(world_deployment("web", 2, "two", "Recreate"));
    const cJSON *pods[8];
    SETS("0@1"); /* the old ones are on their way out */
    ck_assert_uint_eq(world_pods(pods, 8), 0);
    world_play_kubelet(true); /* they are gone */
    SETS("0@1 2@2");
    world_play_kubelet(true);
    ck_assert_uint_eq(world_pods(pods, 8), 2);
    ck_assert_str_eq(progress(), "NewReplicaSetAvailable");
}
END_TEST

START_TEST(going_back_takes_the_old_replica_set)
{
    apply(world_deployment("web", 1, "one", NULL));
    world_play_kubelet(true);
    apply(world_deployment("web", 1, "two", NULL));
    for (int i = 0; i < 4; i++)
        world_play_kubelet(true);
    SETS("0@1 1@2");
    apply(world_deployment("web", 1, "one", NULL));
    for (int i = 0; i < 4; i++)
        world_play_kubelet(true);
    SETS("1@3 0@2");
    ck_assert_str_eq(edge_annotation(deployment(), "deployment.kubernetes.io/revision"), "3");
    const struct edge_object *o = edge_store_first(world.store, edge_kind_by_name("ReplicaSet"), "media");
    ck_assert_str_eq(edge_annotation(o->json, "deployment.kubernetes.io/revision-history"), "1");
}
END_TEST

START_TEST(history_is_limited)
{
    for (int i = 0; i < 5; i++) {
        char marker[16];
        snprintf(marker, sizeof marker, "m%d", i);
        char *text = world_deployment("web", 1, marker, NULL), *at = strstr(text, "\"replicas\"");
        struct buf limited;
        buf_init(&limited, 8192);
        buf_addf(&limited, "%.*s\"revisionHistoryLimit\":2,%s", (int)(at - text), text, at);
        free(text);
        apply(buf_take(&limited));
        for (int k = 0; k < 4; k++)
            world_play_kubelet(true);
    }
    SETS("0@3 0@4 1@5");
}
END_TEST

START_TEST(deadline_passes)
{
    apply(world_deployment("web", 1, "one", NULL));
    world_pass(598 * NSEC_PER_SEC);
    ck_assert_str_eq(progress(), "ReplicaSetUpdated");
    world_pass(6 * NSEC_PER_SEC);
    ck_assert_str_eq(progress(), "ProgressDeadlineExceeded");
    ck_assert(str_ends(json_str(edge_condition(deployment(), "Progressing"), "message"), "has timed out progressing."));
    ck_assert(!edge_condition_true(deployment(), "Progressing"));
    world_play_kubelet(true);
    ck_assert_str_eq(progress(), "NewReplicaSetAvailable");
}
END_TEST

START_TEST(min_ready_seconds)
{
    char *text = world_deployment("web", 1, "one", NULL), *at = strstr(text, "\"replicas\"");
    struct buf slow;
    buf_init(&slow, 8192);
    buf_addf(&slow, "%.*s\"minReadySeconds\":5,%s", (int)(at - text), text, at);
    free(text);
    apply(buf_take(&slow));
    world_play_kubelet(true);
    ck_assert_int_eq(json_int(deployment(), "status.readyReplicas", 0), 1);
    ck_assert_int_eq(json_int(deployment(), "status.availableReplicas", 0), 0);
    world_pass(6 * NSEC_PER_SEC);
    ck_assert_int_eq(json_int(deployment(), "status.availableReplicas", 0), 1);
}
END_TEST

START_TEST(paused_deployments_roll_nothing_out)
{
    apply(world_deployment("web", 1, "one", NULL));
    world_play_kubelet(true);
    char *text = world_deployment("web", 2, "two", NULL), *at = strstr(text, "\"replicas\"");
    struct buf paused;
    buf_init(&paused, 8192);
    buf_addf(&paused, "%.*s\"paused\":true,%s", (int)(at - text), text, at);
    free(text);
    apply(buf_take(&paused));
    SETS("2@1");
    ck_assert_str_eq(progress(), "DeploymentPaused");
    apply(world_deployment("web", 2, "two", NULL));
    for (int i = 0; i < 4; i++)
        world_play_kubelet(true);
    SETS("0@1 2@2");
}
END_TEST

START_TEST(deletion_takes_everything)
{
    apply(world_deployment("web", 2, "one", NULL));
    world_play_kubelet(true);
    world_delete("Deployment", "web");
    world_settle();
    world_play_kubelet(true);
    ck_assert_ptr_null(edge_store_first(world.store, edge_kind_by_name("ReplicaSet"), NULL));
    ck_assert_ptr_null(edge_store_first(world.store, edge_pod_kind(), NULL));
}
END_TEST

/* Endpoints */

static void service(const char *port)
{
    char *text =
        xasprintf("{\"metadata\":{\"name\":\"web\"},\"spec\":{\"selector\":{\"app\":\"web\"},\"ports\":[%s]}}", port);
    world_apply("Service", text);
    free(text);
    world_settle();
}

static void give_address(const char *ip)
{
    cJSON *json = cJSON_Duplicate(world_pod(), true);
    json_set_str(json, "status.podIP", ip);
    edge_save(world.store, edge_pod_kind(), json);
    world_settle();
}

START_TEST(endpoints_follow_readiness)
{
    apply(world_deployment("web", 1, "one", NULL));
    service("{\"name\":\"http\",\"port\":80,\"targetPort\":8080}");
    ck_assert_ptr_nonnull(world_get("Endpoints", "web"));
    ck_assert_ptr_null(json_array(world_get("Endpoints", "web"), "subsets"));
    give_address("127.9.1.2");
    const cJSON *subset = json_array(world_get("Endpoints", "web"), "subsets")->child;
    ck_assert_str_eq(json_str(json_array(subset, "notReadyAddresses")->child, "ip"), "127.9.1.2");
    ck_assert_ptr_null(json_get(subset, "addresses"));
    world_play_kubelet(true);
    subset = json_array(world_get("Endpoints", "web"), "subsets")->child;
    ck_assert_str_eq(json_str(json_array(subset, "addresses")->child, "targetRef.name"), edge_name(world_pod()));
    ck_assert_int_eq(json_int(json_array(subset, "ports")->child, "port", 0), 8080);

    char address[64];
    uint16_t port;
    struct err err = ERR_INIT;
    ck_assert_int_eq(edge_resolve(world.store, "media", "web", "http", address, &port, &err), 0);
    ck_assert_str_eq(address, "127.9.1.2");
    ck_assert_uint_eq(port, 8080);
    ck_assert_int_eq(edge_resolve(world.store, "media", "web", "80", address, &port, &err), 0);
    ck_assert_int_eq(edge_resolve(world.store, "media", "web", NULL, address, &port, &err), 0);
    ck_assert_int_eq(edge_resolve(world.store, "media", "web", "81", address, &port, &err), -1);
    ck_assert_str_eq(err.text, "no service port \"81\" found for service \"web\"");
    ck_assert_int_eq(edge_resolve_pod(world.store, "media", edge_name(world_pod()), "9", address, &port, &err), 0);
    ck_assert_uint_eq(port, 9);

    world_play_kubelet(false);
    ck_assert_int_eq(edge_resolve(world.store, "media", "web", "80", address, &port, &err), -1);
    ck_assert_str_eq(err.text, "no endpoints available for service \"web\"");
    ck_assert_int_eq(edge_resolve(world.store, "other", "web", "80", address, &port, &err), -1);
    ck_assert_str_eq(err.text, "services \"web\" not found");
    world_delete("Service", "web");
    world_settle();
    ck_assert_ptr_null(world_get("Endpoints", "web"));
}
END_TEST

START_TEST(named_target_ports)
{
    char *text = world_deployment("web", 1, "one", NULL), *at = strstr(text, "\"image\"");
    struct buf named;
    buf_init(&named, 8192);
    buf_addf(&named, "%.*s\"ports\":[{\"name\":\"video\",\"containerPort\":8081}],%s", (int)(at - text), text, at);
    free(text);
    apply(buf_take(&named));
    service("{\"port\":80,\"targetPort\":\"video\"}");
    give_address("127.9.1.2");
    world_play_kubelet(true);
    char address[64];
    uint16_t port;
    struct err err = ERR_INIT;
    ck_assert_int_eq(edge_resolve(world.store, "media", "web", "80", address, &port, &err), 0);
    ck_assert_uint_eq(port, 8081);
    ck_assert_int_eq(edge_resolve_pod(world.store, "media", edge_name(world_pod()), "video", address, &port, &err), 0);
    ck_assert_uint_eq(port, 8081);
}
END_TEST

Suite *edge_agents_controllers_suite(void)
{
    Suite *suite = suite_create("edge_controllers");
    TCase *c = tcase_create("deployments");
    tcase_add_checked_fixture(c, world_setup_pure, world_teardown);
    tcase_set_timeout(c, 60);
    tcase_add_test(c, pods_are_made_and_named_as_by_a_real_controller);
    tcase_add_test(c, nothing_is_written_when_nothing_changes);
    tcase_add_test(c, scaling);
    tcase_add_test(c, a_million_replicas_are_not_made);
    tcase_add_test(c, a_pod_that_vanishes_is_replaced);
    tcase_add_test(c, rolling_update_keeps_its_bounds);
    tcase_add_test(c, a_bad_update_stops_at_its_bounds);
    tcase_add_test(c, percentages_round_as_documented);
    tcase_add_test(c, recreate_waits_for_the_last_old_pod);
    tcase_add_test(c, going_back_takes_the_old_replica_set);
    tcase_add_test(c, history_is_limited);
    tcase_add_test(c, deadline_passes);
    tcase_add_test(c, min_ready_seconds);
    tcase_add_test(c, paused_deployments_roll_nothing_out);
    tcase_add_test(c, deletion_takes_everything);
    tcase_add_test(c, endpoints_follow_readiness);
    tcase_add_test(c, named_target_ports);
    suite_add_tcase(suite, c);
    return suite;
}
