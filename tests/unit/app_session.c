#include "app/session.h"

#include "app/entries.h"
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
    entries_release(&app);
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

/* The next request for the cluster's part of the catalogue; others wait for ever. */
static struct script_call *entries_call(const char *host)
{
    for (;;) {
        struct script_call *call = script_next();
        if (strstr(call->url, host) && strstr(call->url, "/configmaps?labelSelector=patchbay.dev%2Fkind%3Dcatalog"))
            return call;
    }
}

#define THING(name, image)                                                                                             \
    "apiVersion: patchbay.dev/v1\\nkind: MediaThing\\nmetadata: {name: " name "}\\nspec: {class: MSensor, image: " image "}\\n"
#define MAP(name, key, text)                                                                                           \
    "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"media\",\"labels\":{\"" PLAN_LABEL_KIND "\":\"catalog\"}},\"data\":{\"" key  \
    "\":\"" text "\"}}"

static const char *first_fault(void)
{
    const struct faults *faults = document_faults(model->document);
    return faults->count ? faults->items[0].text : "";
}

static const char graph_text[] = "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: mine}\nspec:\n  things:\n"
                                 "    - {name: a, type: thermal}\n";

/* What a cluster keeps of the catalogue is known while one is on it; the document is read again each time, and what it pointed
 * to stays. */
START_TEST(the_clusters_entries_come_and_go)
{
    struct err err = ERR_INIT;
    begin(NULL);
    app.quiet = true;
    ck_assert_int_eq(model_new_graph(model, "mine", &err), 0);
    ck_assert_int_eq(document_replace(model->document, graph_text, sizeof graph_text - 1, &err), 0);
    const char *missing = "the catalogue has no type 'thermal'; 'patchbay catalog' lists what there is";
    ck_assert_str_eq(first_fault(), missing);
    answer_lists("");
    script_answer(entries_call("//one"), 200,
                  "{\"kind\":\"ConfigMapList\",\"items\":[" MAP("b", "x.yaml", THING("thermal", "b:1")) ","
                  MAP("c", "x.yaml", "kind: [") "," MAP("a", "x.yaml", THING("thermal", "a:1")) "]}");
    ck_assert_str_eq(first_fault(), "");
    const struct media_thing *entry = document_graph(model->document)->things[0].entry;
    ck_assert_str_eq(entry->image, "b:1");
    ck_assert_str_eq(entry->origin, "configmap media/b:x.yaml");
    ck_assert_ptr_eq(entry, catalogue_find(model->catalogue, "thermal"));
    ck_assert_str_eq(model->notice, "catalogue: configmap media/c:x.yaml:2:1: this is no YAML: did not find expected node "
                                    "content while parsing a flow node; 'patchbay catalog --check FILE' names all");
    ck_assert_int_eq(model_use_context(model, "two", &err), 0);
    ck_assert_str_eq(first_fault(), missing);
    ck_assert_str_eq(entry->image, "b:1"); /* whoever still looks at it sees what was there */
    answer_lists("");
    script_answer(entries_call("//two"), 403, "{\"kind\":\"Status\",\"message\":\"no\"}");
    ck_assert_str_eq(first_fault(), missing);
}
END_TEST

Suite *app_session_suite(void)
{
    Suite *suite = suite_create("session");
    TCase *tc = tcase_create("all");
    tcase_add_checked_fixture(tc, NULL, teardown);
    tcase_add_test(tc, the_first_deployed_graph_is_opened);
    tcase_add_test(tc, a_graph_of_another_namespace_is_not_the_first);
    tcase_add_test(tc, the_clusters_entries_come_and_go);
    tcase_add_test(tc, a_draft_stays_when_somebody_deploys);
    suite_add_tcase(suite, tc);
    return suite;
}
