#include "app/session.h"

#include "app_test.h"
#include "graph/plan.h"
#include "ui/model.h"

static struct app app;
static struct options options;
static struct session *session;
static struct model *model;
static char config_path[64];

/* Answers the first lists: nothing of any kind, and the graphs that are named: "media/lobby other/hall". */
static void answer_lists(const char *graphs)
{
    struct buf items;
    buf_init(&items, 1 << 16);
    for (const char *at = graphs; *at; at += strspn(at, " ")) {
        size_t ns = strcspn(at, "/"), name = strcspn(at + ns + 1, " ");
        const char *graph = at + ns + 1;
        buf_addf(&items,
                 "%s{\"metadata\":{\"name\":\"patchbay-%.*s\",\"namespace\":\"%.*s\",\"uid\":\"u-%.*s\","
                 "\"resourceVersion\":\"3\",\"labels\":{\"" PLAN_LABEL_GRAPH "\":\"%.*s\"}},\"data\":{\"" PLAN_KEY_TEXT
                 "\":\"apiVersion: patchbay.dev/v1\\nkind: ServiceGraph\\nmetadata: {name: %.*s, namespace: %.*s}\\n"
                 "spec: {things: [], links: []}\\n\"}}",
                 items.len ? "," : "", (int)name, graph, (int)ns, at, (int)name, graph, (int)name, graph, (int)name,
                 graph, (int)ns, at);
        at = graph + name;
    }
    for (int i = 0; i < SOURCE_COUNT; i++) {
        struct script_call *call = script_expect("GET", "limit=");
        char *text = xasprintf("{\"kind\":\"XList\",\"metadata\":{\"resourceVersion\":\"9\"},\"items\":[%s]}",
                               strstr(call->url, "configmaps") ? items.data : "");
        script_answer(call, 200, text);
        free(text);
    }
    buf_release(&items);
}

/* The kubeconfig: two clusters, one of them with a namespace of its own, and a context that cannot be used. */
static const char kubeconfig[] =
    "apiVersion: v1\nkind: Config\ncurrent-context: one\n"
    "clusters:\n- {name: c1, cluster: {server: 'https://one:6443'}}\n- {name: c2, cluster: {server: 'https://two:6443'}}\n"
    "users:\n- {name: operator, user: {token: t}}\n- {name: viewer, user: {token: v}}\n"
    "contexts:\n- {name: one, context: {cluster: c1, user: operator}}\n"
    "- {name: two, context: {cluster: c2, user: viewer, namespace: media}}\n"
    "- {name: broken, context: {cluster: none, user: viewer}}\n";

static void begin(const char *ns)
{
    struct err err = ERR_INIT;
    app_test_state();
    script_setup();
    snprintf(config_path, sizeof config_path, "/tmp/app-session-XXXXXX");
    int fd = mkstemp(config_path);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, kubeconfig, sizeof kubeconfig - 1), (int)sizeof kubeconfig - 1);
    close(fd);
    options = (struct options){0};
    options.values[OPT_KUBECONFIG] = config_path;
    options.values[OPT_NAMESPACE] = ns;
    app = (struct app){.options = &options, .loop = script.loop, .transport = &script.transport};
    session = session_new(&app, NULL, &err);
    ck_assert_msg(session != NULL, "%s", err.text);
    model = session_model(session);
}

static void teardown(void)
{
    session_free(session);
    unlink(config_path);
    script_teardown();
}

START_TEST(the_first_deployed_graph_is_opened)
{
    begin(NULL);
    answer_lists("media/lobby other/hall");
    ck_assert_pstr_eq(model->graph_name, "lobby");
    ck_assert_pstr_eq(model->file, NULL);
}
END_TEST

START_TEST(a_graph_of_another_namespace_is_not_the_first)
{
    begin("other");
    answer_lists("media/lobby other/hall");
    ck_assert_pstr_eq(model->graph_name, "hall");
}
END_TEST

START_TEST(a_draft_stays_when_somebody_deploys)
{
    struct err err = ERR_INIT;
    begin(NULL);
    ck_assert_int_eq(model_new_graph(model, "mine", &err), 0);
    answer_lists("media/lobby");
    ck_assert_pstr_eq(model->graph_name, "mine");
    ck_assert(document_dirty(model->document));
}
END_TEST

Suite *app_session_suite(void)
{
    Suite *suite = suite_create("session");
    TCase *tc = tcase_create("all");
    tcase_add_checked_fixture(tc, NULL, teardown);
    tcase_add_test(tc, the_first_deployed_graph_is_opened);
    tcase_add_test(tc, a_graph_of_another_namespace_is_not_the_first);
    tcase_add_test(tc, a_draft_stays_when_somebody_deploys);
    suite_add_tcase(suite, tc);
    return suite;
}
