#include "app/session.h"

#include "app/entries.h"
#include "app_test.h"
#include "base/file.h"
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
                  MAP("c", "x.yaml", "- a") "," MAP("a", "x.yaml", THING("thermal", "a:1")) "]}");
    ck_assert_str_eq(first_fault(), "");
    const struct media_thing *entry = document_graph(model->document)->things[0].entry;
    ck_assert_str_eq(entry->image, "b:1");
    ck_assert_str_eq(entry->origin, "configmap media/b:x.yaml");
    ck_assert_ptr_eq(entry, catalogue_find(model->catalogue, "thermal"));
    ck_assert_str_eq(model->notice, "catalogue: 1 fault: configmap media/c:x.yaml:1:1: a catalogue entry is a map with "
                                    "apiVersion, kind, metadata and spec");
    ck_assert_int_eq(model_use_context(model, "two", &err), 0);
    ck_assert_str_eq(first_fault(), missing);
    ck_assert_str_eq(entry->image, "b:1"); /* whoever still looks at it sees what was there */
    answer_lists("");
    script_answer(entries_call("//two"), 403, "{\"kind\":\"Status\",\"message\":\"no\"}");
    ck_assert_str_eq(first_fault(), missing);
}
END_TEST

static void put(const char *path, const char *text)
{
    struct err err = ERR_INIT;
    ck_assert_msg(file_save(path, text, strlen(text), 0, &err) == 0, "%s", err.text);
}

/* What is broken in the user's own folder is told on the status line: standard error is under the screen. */
START_TEST(faults_of_the_catalogue_are_told)
{
    struct err err = ERR_INIT;
    char dir[] = "/tmp/app-session-dir-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(dir));
    char *folder = xasprintf("%s/patchbay/catalog", dir), *path = xasprintf("%s/my.yaml", folder);
    ck_assert_int_eq(file_mkdirs(folder, 0700, &err), 0);
    put(path, "apiVersion: patchbay.dev/v1\nkind: MediaThing\nmetadata: {name: x}\nspec: {class: MSensr, image: x, prot: 8080}\n");
    setenv("XDG_CONFIG_HOME", dir, 1);
    app = (struct app){.quiet = true};
    app_catalogue(&app);
    ck_assert_str_eq(entries_note(&app), "catalogue: 2 faults (patchbay catalog --check FILE): my.yaml:4:33: spec has no key "
                                         "'prot'; did you mean 'port'?");
    entries_release(&app);
    begin(NULL);
    app.catalogue_note = xstrdup("catalogue: it is broken");
    session_free(session);
    ck_assert_ptr_nonnull(session = session_new(&app, NULL, &err));
    model = session_model(session);
    answer_lists("");
    ck_assert_str_eq(model->notice, "catalogue: it is broken");
    ck_assert_int_eq(file_remove_tree(dir, &err), 0);
    free(folder);
    free(path);
}
END_TEST

/* What a template's rows made is open; the template itself is never written over, by whatever name. */
START_TEST(a_template_is_not_written_over)
{
    static const char template[] = "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: site}\nspec:\n  things:\n"
                                   "    - {foreach: rows.csv, name: \"a-${row.name}\", type: x}\n";
    struct err err = ERR_INIT;
    struct buf text;
    char dir[] = "/tmp/app-session-dir-XXXXXX";
    ck_assert_ptr_nonnull(mkdtemp(dir));
    char *path = xasprintf("%s/site.yaml", dir), *rows = xasprintf("%s/rows.csv", dir), *other = xasprintf("%s/./site.yaml", dir);
    char *new = xasprintf("%s/stamped.yaml", dir);
    put(path, template);
    put(rows, "name\none\ntwo\n");
    begin(NULL);
    answer_lists("");
    ck_assert_msg(model_open_file(model, path, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(document_graph(model->document)->thing_count, 2);
    ck_assert_str_eq(document_graph(model->document)->things[1].name, "a-two");
    char *refusal = xasprintf("%s is a template (foreach): ':w NEWFILE' saves the stamped graph", path);
    ck_assert_int_eq(model_save(model, NULL, &err), -1);
    ck_assert_str_eq(err.text, refusal);
    ck_assert_int_eq(model_save(model, other, &err), -1);
    buf_init(&text, 1u << 16);
    ck_assert_int_eq(file_read(path, &text, &err), 0);
    ck_assert_str_eq(text.data, template);
    ck_assert_int_eq(model_save(model, new, &err), 0);
    ck_assert_int_eq(model_save(model, NULL, &err), 0);
    put(rows, "name\none,two\n");
    ck_assert_int_eq(model_open_file(model, path, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "site.yaml:6:17: rows.csv: row 2 has 2 cells, and row 1 names 1 column"));
    ck_assert_int_eq(file_remove_tree(dir, &err), 0);
    buf_release(&text);
    free(refusal);
    free(path);
    free(rows);
    free(other);
    free(new);
}
END_TEST

Suite *app_session_suite(void)
{
    Suite *suite = suite_create("session");
    TCase *tc = tcase_create("all");
    tcase_add_checked_fixture(tc, NULL, teardown);
    tcase_add_test(tc, the_first_deployed_graph_is_opened);
    tcase_add_test(tc, a_graph_of_another_namespace_is_not_the_first);
    tcase_add_test(tc, faults_of_the_catalogue_are_told);
    tcase_add_test(tc, a_template_is_not_written_over);
    tcase_add_test(tc, the_clusters_entries_come_and_go);
    tcase_add_test(tc, a_draft_stays_when_somebody_deploys);
    suite_add_tcase(suite, tc);
    return suite;
}
