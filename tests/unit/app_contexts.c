#include "app/session.h"

#include "app_test.h"
#include "base/text.h"
#include "graph/plan.h"
#include "ui/dashboard.h"

/* The dashboard on two scripted clusters, one and two: switching between them, what may not be read, what may not be
 * done. */

static struct app app;
static struct options options;
static struct session *session;
static struct model *model;
static struct dashboard *dash;
static char config_path[64];

/* How the clusters behave. */
static struct {
    bool dead;                 /* no connection comes about */
    const char *refused;       /* 403 where the path has this; NULL: nowhere */
    const char *denied;        /* what a review denies: "delete"; NULL: nothing */
    bool no_reviews;           /* 404: there is no such API */
    int reviews;               /* how many were asked for */
} world;

static const char kubeconfig[] =
    "apiVersion: v1\nkind: Config\ncurrent-context: one\n"
    "clusters:\n- {name: c1, cluster: {server: 'https://one:6443'}}\n- {name: c2, cluster: {server: 'https://two:6443'}}\n"
    "users:\n- {name: operator, user: {token: t}}\n- {name: viewer, user: {token: v}}\n"
    "contexts:\n- {name: one, context: {cluster: c1, user: operator}}\n"
    "- {name: two, context: {cluster: c2, user: viewer, namespace: media}}\n"
    "- {name: broken, context: {cluster: none, user: viewer}}\n";

/* A cluster has one object of each kind, named after the cluster, in the namespace media. */
static void answer_list(struct script_call *call)
{
    const char *host = strstr(call->url, "//one") ? "one" : "two", *kind = "configmap";
    static const char *const kinds[] = {"pods", "nodes", "deployments", "events"};
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
        if (strstr(call->url, kinds[i]))
            kind = kinds[i];
    char *text = xasprintf(
        "{\"kind\":\"XList\",\"metadata\":{\"resourceVersion\":\"9\"},\"items\":[{\"metadata\":{\"name\":\"%s-%s\","
        "\"namespace\":\"media\",\"uid\":\"u-%s-%s\",\"resourceVersion\":\"3\",\"labels\":{\"" PLAN_LABEL_GRAPH "\":\"of-%s\"}},"
        "\"status\":{\"capacity\":{\"nvidia.com/gpu\":\"1\"},\"allocatable\":{\"nvidia.com/gpu\":\"1\"}},"
        "\"data\":{\"" PLAN_KEY_TEXT "\":\"apiVersion: patchbay.dev/v1\\nkind: ServiceGraph\\n"
        "metadata: {name: of-%s, namespace: media}\\nspec: {things: [], links: []}\\n\"}}]}",
        kind, host, kind, host, host, host);
    script_answer(call, 200, text);
    free(text);
}

static void answer_review(struct script_call *call)
{
    world.reviews++;
    if (world.no_reviews) {
        script_answer(call, 404, "404 page not found");
        return;
    }
    bool denied = world.denied && strstr(call->body, world.denied);
    char *text = xasprintf("{\"kind\":\"SelfSubjectAccessReview\",\"status\":{\"allowed\":%s%s}}", denied ? "false" : "true",
                           denied ? ",\"reason\":\"no rule\\u001b[31m for it\"" : "");
    script_answer(call, 201, text);
    free(text);
}

static void answer(struct script_call *call)
{
    const char *path = strstr(call->url, ":6443") + 5;
    if (world.dead)
        script_refuse(call);
    else if (strstr(path, "selfsubjectaccessreviews"))
        answer_review(call);
    else if (world.refused && strstr(path, world.refused))
        script_answer(call, 403, "{\"kind\":\"Status\",\"status\":\"Failure\",\"code\":403,\"reason\":\"Forbidden\","
                                 "\"message\":\"it is forbidden: viewer cannot list it\"}");
    else if (strstr(path, "watch=1"))
        script_head(call, 200, 0);
    else
        answer_list(call);
}

/* Until nothing more is asked for. */
static void serve(void)
{
    script_settle();
    while (script.taken < script.started) {
        struct script_call *call = script_next();
        if (call->open)
            answer(call);
        script_settle();
    }
    dashboard_draw(dash);
    script_settle();
    if (script.taken < script.started)
        serve();
}

static void begin(const char *view)
{
    struct err err = ERR_INIT;
    app_test_state();
    script_setup();
    memset(&world, 0, sizeof world);
    snprintf(config_path, sizeof config_path, "/tmp/app-contexts-XXXXXX");
    int fd = mkstemp(config_path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, kubeconfig, sizeof kubeconfig - 1), (int)sizeof kubeconfig - 1);
    close(fd);
    options = (struct options){0};
    options.values[OPT_KUBECONFIG] = config_path;
    app = (struct app){.options = &options, .loop = script.loop, .transport = &script.transport};
    session = session_new(&app, NULL, &err);
    ck_assert_msg(session != NULL, "%s", err.text);
    model = session_model(session);
    dash = dashboard_new(model, &(struct dashboard_options){.view = view}, 100, 24);
}

static void teardown(void)
{
    dashboard_free(dash);
    session_free(session);
    unlink(config_path);
    script_teardown();
}

/* A key's name where it stands in "<…>", else characters. */
static void type(const char *keys)
{
    while (*keys) {
        char name[16] = {*keys};
        size_t n = 1;
        if (*keys == '<') {
            n = strcspn(keys, ">") + 1;
            snprintf(name, sizeof name, "%.*s", (int)n - 2, keys + 1);
        } else if (*keys == ' ') {
            snprintf(name, sizeof name, "Space");
        }
        struct key key;
        ck_assert_int_eq(key_parse(name, &key), 0);
        dashboard_key(dash, &key);
        keys += n;
    }
}

static const char *line_with(const struct canvas *canvas, const char *part, int *row)
{
    static char line[1024];
    for (*row = 0; *row < canvas->h; ++*row) {
        size_t len = 0;
        for (int x = 0; x < canvas->w && len < sizeof line - 8; x++) {
            uint32_t ch = canvas->cells[*row * canvas->w + x].ch;
            if (ch)
                len += utf8_encode(ch, line + len);
        }
        line[len] = '\0';
        if (strstr(line, part))
            return line;
    }
    return NULL;
}

static bool shows(const char *part)
{
    int row;
    return line_with(dashboard_draw(dash), part, &row) != NULL;
}

static void expect(const char *part)
{
    if (shows(part))
        return;
    const struct canvas *canvas = dashboard_draw(dash);
    for (int y = 0; y < canvas->h; y++) {
        for (int x = 0; x < canvas->w; x++) {
            char text[8];
            uint32_t ch = canvas->cells[y * canvas->w + x].ch;
            fprintf(stderr, "%.*s", ch ? (int)utf8_encode(ch, text) : 0, text);
        }
        fprintf(stderr, "\n");
    }
    ck_abort_msg("'%s' is not on the screen", part);
}

/* The role in which a hint is drawn. */
static enum role hint_role(const char *word)
{
    int row;
    const struct canvas *canvas = dashboard_draw(dash);
    const char *line = line_with(canvas, word, &row);
    ck_assert_msg(line && row == canvas->h - 1, "there is no hint '%s'", word);
    return canvas->cells[row * canvas->w + (strstr(line, word) - line)].role;
}

START_TEST(a_switch_leaves_nothing_behind)
{
    begin("pods");
    serve();
    expect("one · all");
    expect("pods-one");
    ck_assert_pstr_eq(model->graph_name, "of-one");
    type(":ctx two<Enter>");
    expect("two · media");
    ck_assert(!shows("pods-one"));
    ck_assert_pstr_eq(model->graph_name, NULL);
    ck_assert_str_eq(kube_client_context(model->client)->name, "two");
    for (struct script_call *call = script.calls; call; call = call->next)
        ck_assert_msg(!call->open || strstr(call->url, "//two"), "still open: %s", call->url);
    serve();
    expect("pods-two");
    expect("live");
    ck_assert_pstr_eq(model->graph_name, "of-two");
    static const char *const views[] = {"3", "nodes-two", "2", "deployments-two", "1", "of-two", "7", "Logs of-two", "6",
                                        "no detections yet"};
    for (size_t i = 0; i < ARRAY_SIZE(views); i += 2) {
        type(views[i]);
        serve();
        expect(views[i + 1]);
    }
}
END_TEST

START_TEST(what_is_composed_goes_along)
{
    struct err err = ERR_INIT;
    begin("graph");
    serve();
    ck_assert_int_eq(model_new_graph(model, "mine", &err), 0);
    type(":ctx two<Enter>");
    serve();
    ck_assert_pstr_eq(model->graph_name, "mine");
    ck_assert(document_dirty(model->document));
    expect("mine*");
}
END_TEST

START_TEST(a_dead_cluster_is_said_and_left)
{
    begin("pods");
    world.dead = true;
    serve();
    expect("STALE 0s");
    expect("cannot list pods: ");
    script_pass(3);
    serve();
    expect("STALE 3s");
    world.dead = false;
    type(":context two<Enter>");
    serve();
    expect("live");
    expect("pods-two");
    type(":contexts<Enter>");
    expect("was not reached");
    type("gj");
    expect("two: cluster c2 as viewer");
    type("g<Enter>");
    serve();
    expect("pods-one");
}
END_TEST

START_TEST(it_goes_live_when_the_server_comes)
{
    begin("pods");
    world.dead = true;
    serve();
    world.dead = false;
    for (int i = 0; i < 10 && !shows("live"); i++) {
        script_pass(5);
        serve();
    }
    expect("pods-one");
}
END_TEST

START_TEST(what_cannot_be_switched_to_is_said)
{
    begin("pods");
    serve();
    type(":ctx broken<Enter>");
    expect("context 'broken' names the cluster 'none', which the kubeconfig does not have");
    expect("pods-one");
    type(":ctx tow<Enter>");
    expect("there is no context 'tow'; did you mean 'two'?");
    type(":ctx t<Tab><Enter>");
    serve();
    expect("pods-two");
    model->task = (struct model_task){.running = true, .text = "deploying lobby"};
    type(":ctx one<Enter>");
    expect("something is under way on two: deploying lobby; ':cancel' ends it");
    expect("pods-two");
}
END_TEST

/* Each source in turn: its own view says so, all others go on. */
START_TEST(one_refusal_is_one_panes)
{
    static const struct {
        const char *path, *key, *says, *other, *shows;
    } rows[] = {
        {"/pods", "4", "cannot list pods: it is forbidden", "3", "nodes-one"},
        {"/nodes", "3", "cannot list nodes: it is forbidden", "4", "pods-one"},
        {"/deployments", "2", "cannot list deployments: it is forbidden", "4", "pods-one"},
        {"/events", "5", "cannot list events: it is forbidden", "4", "pods-one"},
        {"/configmaps", "1", "cannot list configmaps: it is forbidden", "4", "pods-one"},
    };
    begin("pods");
    world.refused = rows[_i].path;
    serve();
    type(rows[_i].key);
    serve();
    expect(rows[_i].says);
    expect("REFUSED");
    type(rows[_i].other);
    serve();
    expect(rows[_i].shows);
    ck_assert(_i == 0 || (shows("live") && !shows("forbidden"))); /* who holds the GPUs is the pods' to say */
}
END_TEST

START_TEST(all_namespaces_fall_back_to_one)
{
    begin("pods");
    world.refused = "/api/v1/pods?";
    type(":ctx two<Enter>0");
    serve();
    expect("two · media");
    expect("pods-two");
    expect("only namespace media: viewer may not list pods in all namespaces");
    expect("GPU ?/1 free (not all pods seen)");
    type("3");
    expect("what is used and free is not known");
    type("4:ns other<Enter>");
    bool asked = false;
    serve();
    for (struct script_call *call = script.calls; call; call = call->next)
        asked |= call->open && strstr(call->url, "/namespaces/other/pods");
    ck_assert(asked);
}
END_TEST

START_TEST(what_is_denied_is_grey_and_says_why)
{
    begin("pods");
    world.denied = "delete";
    serve();
    ck_assert_int_eq(hint_role("delete"), ROLE_DISABLED);
    ck_assert_int_eq(hint_role("logs"), ROLE_HINT);
    int reviews = world.reviews;
    ck_assert_int_eq(reviews, 2);
    type("X");
    expect("operator may not delete pods in namespace media: no rule");
    ck_assert(!shows("Delete on"));
    type("?");
    serve();
    expect("delete it on the cluster");
    type("<Esc>");
    serve();
    ck_assert_int_eq(world.reviews, reviews); /* kept */
    world.denied = NULL;
    script_pass(600);
    serve();
    ck_assert_int_eq(hint_role("delete"), ROLE_HINT);
    type("X");
    expect("Delete 1 pod");
}
END_TEST

START_TEST(what_is_not_known_is_allowed)
{
    begin("pods");
    world.no_reviews = true;
    serve();
    ck_assert_int_eq(world.reviews, 2);
    ck_assert_int_eq(hint_role("delete"), ROLE_HINT);
    type("3");
    serve();
    type("2");
    serve();
    ck_assert_int_eq(world.reviews, 2); /* it is not asked again for what it has not */
}
END_TEST

START_TEST(a_file_that_changed_is_read_again)
{
    begin("contexts");
    serve();
    FILE *f = fopen(config_path, "a");
    fputs("- {name: three, context: {cluster: c2, user: viewer}}\n", f);
    fclose(f);
    ck_assert(!shows("three"));
    type("4:ctx<Enter>");
    serve();
    expect("three");
    expect("unusable");
    type("G<Enter>");
    serve();
    expect("three · all");
    expect("pods-two");
}
END_TEST

/* What leaves is asked of the cluster first; keys that are meant for another view are no answer. */
START_TEST(a_drain_is_asked_where_it_was_begun)
{
    begin("nodes");
    serve();
    type("r");
    serve();
    expect("Drain nodes-one");
    type("<Esc>r4");
    serve();
    expect("pods-one");
    ck_assert(!shows("Drain nodes-one"));
    expect("nodes-one is not drained: its question came when you were elsewhere");
}
END_TEST

Suite *app_contexts_suite(void)
{
    Suite *suite = suite_create("contexts");
    TCase *tc = tcase_create("all");
    tcase_add_checked_fixture(tc, NULL, teardown);
    tcase_add_test(tc, a_switch_leaves_nothing_behind);
    tcase_add_test(tc, what_is_composed_goes_along);
    tcase_add_test(tc, a_dead_cluster_is_said_and_left);
    tcase_add_test(tc, it_goes_live_when_the_server_comes);
    tcase_add_test(tc, what_cannot_be_switched_to_is_said);
    tcase_add_loop_test(tc, one_refusal_is_one_panes, 0, 5);
    tcase_add_test(tc, all_namespaces_fall_back_to_one);
    tcase_add_test(tc, a_drain_is_asked_where_it_was_begun);
    tcase_add_test(tc, what_is_denied_is_grey_and_says_why);
    tcase_add_test(tc, what_is_not_known_is_allowed);
    tcase_add_test(tc, a_file_that_changed_is_read_again);
    suite_add_tcase(suite, tc);
    return suite;
}
