#include "app/session.h"

#include <sys/stat.h>

#include "app/entries.h"
#include "app_test.h"
#include "base/file.h"
#include "graph/plan.h"
#include "ui/action.h"
#include "ui/model.h"

static struct app app;
static struct options options;
static struct session *session;
static struct model *model;
static char config_path[64];
static char file[64]; /* of a graph; "" until it is written */

/* Answers the first lists: nothing of any kind, and the graphs that are named: "media/lobby other/hall". */
static const char *holder = ""; /* of each: ,"deployment":"…" */

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
                 "spec: {things: [], links: []}\\n\"%s}}",
                 items.len ? "," : "", (int)name, graph, (int)ns, at, (int)name, graph, (int)name, graph, (int)name,
                 graph, (int)ns, at, holder);
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
    entries_release(&app);
    unlink(config_path);
    if (file[0])
        unlink(file);
    script_teardown();
}

struct model *app_session_begin(const char *graphs)
{
    begin(NULL);
    answer_lists(graphs);
    return model;
}

struct catalogue *app_session_catalogue(void)
{
    return &app.catalogue;
}

void app_session_end(void)
{
    teardown();
}

#define TEXT(what) "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: lobby, namespace: media}\n# " what "\n"

static void write_file(const char *text)
{
    struct err err = ERR_INIT;
    if (!file[0]) {
        snprintf(file, sizeof file, "/tmp/app-session-XXXXXX");
        int fd = mkstemp(file);
        ck_assert_int_ge(fd, 0);
        close(fd);
    }
    ck_assert_msg(file_save(file, text, strlen(text), 0640, &err) == 0, "%s", err.text);
}

static void expect_file(const char *text)
{
    struct err err = ERR_INIT;
    struct buf there;
    buf_init(&there, 1u << 20);
    ck_assert_int_eq(file_read(file, &there, &err), 0);
    ck_assert_str_eq(there.data, text);
    buf_release(&there);
}

static void edit(const char *text)
{
    struct err err = ERR_INIT;
    ck_assert_msg(document_replace(model->document, text, strlen(text), &err) == 0, "%s", err.text);
    model_changed(model, CHANGED_DOCUMENT);
}

/* The program ends as by a signal, and another one starts; on: with that file. */
static void again(const char *on)
{
    struct err err = ERR_INIT;
    session_free(session);
    session = session_new(&app, on, &err);
    ck_assert_msg(session != NULL, "%s", err.text);
    model = session_model(session);
}

START_TEST(a_draft_is_recovered_over_its_file)
{
    struct err err = ERR_INIT;
    begin(NULL);
    write_file(TEXT("one"));
    ck_assert_int_eq(model_open_file(model, file, &err), 0);
    ck_assert_ptr_null(model->offer);
    edit(TEXT("two"));
    again(file);
    ck_assert_str_eq(document_text(model->document, NULL), TEXT("one"));
    ck_assert_ptr_nonnull(model->offer);
    ck_assert_uint_eq(model->draft_count, 1);
    ck_assert_str_eq(model->drafts[0].file, file);
    ck_assert_str_eq(model->drafts[0].graph, "lobby");
    ck_assert(model->drafts[0].compared);
    ck_assert_uint_eq(model->drafts[0].lines, 1);
    ck_assert_int_eq(model_recover(model, model->offer, &err), 0);
    ck_assert_str_eq(document_text(model->document, NULL), TEXT("two"));
    ck_assert(document_dirty(model->document));
    ck_assert_str_eq(model->file, file);
    /* A kill right now would lose nothing either, and there are not two of it. */
    again(NULL);
    ck_assert_uint_eq(model->draft_count, 1);
    ck_assert_int_eq(model_recover(model, model->drafts[0].path, &err), 0);
    ck_assert(document_undo(model->document));
    ck_assert_str_eq(document_text(model->document, NULL), TEXT("one"));
    ck_assert(document_redo(model->document));
    ck_assert_int_eq(model_save(model, NULL, NULL, &err), 0);
    expect_file(TEXT("two"));
    again(file);
    ck_assert_ptr_null(model->offer);
    ck_assert_uint_eq(model->draft_count, 0);
}
END_TEST

/* What was written into the file after the draft began is not overwritten by it unseen. */
START_TEST(a_recovered_draft_knows_what_it_began_from)
{
    struct err err = ERR_INIT;
    begin(NULL);
    write_file(TEXT("one"));
    ck_assert_int_eq(model_open_file(model, file, &err), 0);
    edit(TEXT("two"));
    again(NULL);
    write_file(TEXT("theirs"));
    ck_assert_int_eq(model_recover(model, model->offer, &err), 0);
    ck_assert_int_eq(model_save(model, NULL, NULL, &err), SAVE_CHANGED);
    expect_file(TEXT("theirs"));
    again(NULL);
    unlink(file);
    ck_assert_int_eq(model_recover(model, model->offer, &err), 0);
    ck_assert_str_eq(document_text(model->document, NULL), TEXT("two"));
    ck_assert(document_dirty(model->document));
    ck_assert_int_eq(model_save(model, NULL, NULL, &err), 0);
    expect_file(TEXT("two"));
}
END_TEST

/* The draft is not forgotten with its file. */
START_TEST(a_draft_of_a_file_that_is_gone)
{
    struct err err = ERR_INIT;
    begin(NULL);
    write_file(TEXT("one"));
    ck_assert_int_eq(model_open_file(model, file, &err), 0);
    edit(TEXT("two"));
    session_free(session);
    ck_assert_int_eq(unlink(file), 0);
    session = session_new(&app, file, &err);
    ck_assert_ptr_null(session);
    ck_assert_ptr_nonnull(strstr(err.text, "; an unsaved draft of it is kept: in patchbay started "
                                           "without a file, :recover shows it"));
    again(NULL);
    ck_assert_ptr_nonnull(model->offer);
    ck_assert_int_eq(model_recover(model, model->offer, &err), 0);
    ck_assert_str_eq(document_text(model->document, NULL), TEXT("two"));
    ck_assert_str_eq(model->file, file);
    model_give_up(model);
}
END_TEST

START_TEST(a_draft_is_given_up_or_discarded)
{
    struct err err = ERR_INIT;
    begin(NULL);
    ck_assert_int_eq(model_new_graph(model, "mine", &err), 0);
    model_give_up(model); /* :q! */
    again(NULL);
    ck_assert_uint_eq(model->draft_count, 0);
    ck_assert_int_eq(model_new_graph(model, "mine", &err), 0);
    again(NULL);
    ck_assert_uint_eq(model->draft_count, 1);
    ck_assert_str_eq(model->drafts[0].graph, "mine");
    ck_assert_str_eq(model->drafts[0].where, "one default");
    ck_assert_int_eq(model_discard_draft(model, model->drafts[0].path, &err), 0);
    ck_assert_uint_eq(model->draft_count, 0);
    /* Another file than the draft's is not bothered with it. */
    ck_assert_int_eq(model_new_graph(model, "mine", &err), 0);
    write_file(TEXT("one"));
    again(file);
    ck_assert_ptr_null(model->offer);
    ck_assert_str_eq(model->notice, "there is an unsaved draft of mine; :recover shows it");
    ck_assert_uint_eq(model->draft_count, 1);
    /* Opened over it on purpose: it is gone. */
    again(NULL);
    ck_assert_int_eq(model_recover(model, model->drafts[0].path, &err), 0);
    ck_assert_str_eq(model->graph_name, "mine");
    ck_assert_int_eq(model_open_file(model, file, &err), 0);
    again(NULL);
    ck_assert_uint_eq(model->draft_count, 0);
}
END_TEST

/* Each bad end of a save is a sentence; the draft stays as it is, and kept. */
START_TEST(a_save_that_fails_loses_nothing)
{
    struct err err = ERR_INIT;
    struct stat st;
    begin(NULL);
    write_file(TEXT("one"));
    ck_assert_int_eq(model_open_file(model, file, &err), 0);
    edit(TEXT("two"));
    ck_assert_int_eq(model_save(model, "/dev/null/lobby.yaml", NULL, &err), -1);
    ck_assert_str_eq(err.text, "cannot save '/dev/null/lobby.yaml': no file can be made in its folder: not a directory");
    ck_assert_int_eq(model_save(model, "/tmp", NULL, &err), -1);
    ck_assert_str_eq(err.text, "cannot save '/tmp': it is a directory");
    if (geteuid() != 0) {
        ck_assert_int_eq(chmod(file, 0400), 0);
        ck_assert_int_eq(model_save(model, NULL, NULL, &err), -1);
        ck_assert_ptr_nonnull(strstr(err.text, "permission denied"));
        ck_assert_int_eq(chmod(file, 0640), 0);
    }
    ck_assert(document_dirty(model->document));
    ck_assert_str_eq(model->file, file);
    expect_file(TEXT("one"));
    /* Through a link, and the mode stays; one that leads nowhere yet leads to the file then. */
    char *link = xasprintf("%s.link", file), *dangling = xasprintf("%s.dangling", file), *made = xasprintf("%s.made", file);
    ck_assert_int_eq(symlink(file, link), 0);
    ck_assert_int_eq(symlink(strrchr(made, '/') + 1, dangling), 0);
    ck_assert_int_eq(model_save(model, link, NULL, &err), 0);
    expect_file(TEXT("two"));
    ck_assert_int_eq(stat(file, &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0640);
    ck_assert_int_eq(model_save(model, dangling, NULL, &err), 0);
    ck_assert_int_eq(lstat(dangling, &st), 0);
    ck_assert(S_ISLNK(st.st_mode));
    ck_assert(file_exists(made));
    ck_assert_int_eq(unlink(link) | unlink(dangling) | unlink(made), 0);
    free(link);
    free(dangling);
    free(made);
}
END_TEST

/* A graph that was taken from the cluster and edited comes back over what is deployed, and knows if that is another. */
START_TEST(a_draft_of_a_deployed_graph)
{
    struct err err = ERR_INIT;
    begin(NULL);
    answer_lists("media/lobby");
    ck_assert_str_eq(model->graph_name, "lobby");
    edit(TEXT("two"));
    ck_assert_int_eq(model_reload(model, &err), 0);
    ck_assert(!document_dirty(model->document));
    ck_assert(document_undo(model->document));
    model_changed(model, CHANGED_DOCUMENT);
    again(NULL);
    ck_assert_uint_eq(model->draft_count, 1);
    ck_assert_str_eq(model->drafts[0].where, "one media");
    ck_assert_ptr_null(model->drafts[0].file);
    ck_assert_int_eq(model_recover(model, model->offer, &err), 0);
    ck_assert_str_eq(document_text(model->document, NULL), TEXT("two"));
    ck_assert_ptr_null(model->file);
    ck_assert_str_eq(model->graph_ns, "media");
}
END_TEST

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

/* At once where it says so itself; of another machine's program when it has not been heard of for long. */
START_TEST(a_deployment_that_was_cut_short_is_said)
{
    static const char says[] = "the deployment of lobby by anna on another.desk was cut short: D goes on with it, 'patchbay delete' takes it away";
    begin(NULL);
    holder = ",\"deployment\":\"{\\\"id\\\":\\\"x\\\",\\\"by\\\":\\\"anna\\\",\\\"host\\\":\\\"another.desk\\\",\\\"over\\\":true}\"";
    answer_lists("media/lobby");
    ck_assert_str_eq(model->notice, says);
    teardown();
    begin(NULL);
    holder = ",\"deployment\":\"{\\\"id\\\":\\\"x\\\",\\\"does\\\":\\\"delete\\\",\\\"by\\\":\\\"anna\\\",\\\"over\\\":true}\"";
    answer_lists("media/lobby");
    ck_assert_str_eq(model->notice, "the deletion of lobby by anna was cut short: X goes on with it, D deploys what is gone anew");
    teardown();
    begin(NULL);
    holder = ",\"deployment\":\"{\\\"id\\\":\\\"x\\\",\\\"by\\\":\\\"anna\\\",\\\"host\\\":\\\"another.desk\\\",\\\"beats\\\":1}\"";
    answer_lists("media/lobby");
    holder = "";
    script_pass(24);
    ck_assert_str_eq(model->notice, "");
    script_pass(2);
    ck_assert_str_eq(model->notice, says);
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
    /* The end, on a cluster that has some: they go first, which is no edit of what was given up. */
    ck_assert_int_eq(model_use_context(model, "one", &err), 0);
    answer_lists("");
    script_answer(entries_call("//one"), 200,
                  "{\"kind\":\"ConfigMapList\",\"items\":[" MAP("b", "x.yaml", THING("thermal", "b:1")) "]}");
    ck_assert_str_eq(first_fault(), "");
    model_give_up(model);
    again(NULL);
    ck_assert_uint_eq(model->draft_count, 0);
}
END_TEST

START_TEST(faults_name_the_file_it_is_saved_to)
{
    struct err err = ERR_INIT;
    begin(NULL);
    write_file(TEXT("one"));
    ck_assert_int_eq(model_open_file(model, file, &err), 0);
    edit("apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: lobby}\nspec:\n  things:\n    - {name: a, type: none}\n");
    ck_assert_str_eq(document_faults(model->document)->items[0].file, file);
    char *other = xasprintf("%s.other", file);
    ck_assert_int_eq(model_save(model, other, NULL, &err), 0);
    ck_assert_str_eq(document_faults(model->document)->items[0].file, other);
    ck_assert_int_eq(unlink(other), 0);
    free(other);
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
    char *folder = xasprintf("%s/patchbay/catalog", dir), *entry = xasprintf("%s/my.yaml", folder);
    ck_assert_int_eq(file_mkdirs(folder, 0700, &err), 0);
    put(entry, "apiVersion: patchbay.dev/v1\nkind: MediaThing\nmetadata: {name: x}\nspec: {class: MSensr, image: x, prot: 8080}\n");
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
    free(entry);
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
    char *made = xasprintf("%s/site.yaml", dir), *rows = xasprintf("%s/rows.csv", dir), *other = xasprintf("%s/./site.yaml", dir);
    char *new = xasprintf("%s/stamped.yaml", dir);
    put(made, template);
    put(rows, "name\none\ntwo\n");
    begin(NULL);
    answer_lists("");
    ck_assert_msg(model_open_file(model, made, &err) == 0, "%s", err.text);
    ck_assert_uint_eq(document_graph(model->document)->thing_count, 2);
    ck_assert_str_eq(document_graph(model->document)->things[1].name, "a-two");
    ck_assert_str_eq(model->notice, "made from the rows of site.yaml; edits are saved elsewhere, by :w FILE");
    char *refusal = xasprintf(":w FILE saves this elsewhere: it was stamped from '%s', which stays as it is", made);
    ck_assert_int_eq(model_save(model, NULL, NULL, &err), -1);
    ck_assert_str_eq(err.text, refusal);
    ck_assert_int_eq(model_save(model, other, NULL, &err), -1);
    buf_init(&text, 1u << 16);
    ck_assert_int_eq(file_read(made, &text, &err), 0);
    ck_assert_str_eq(text.data, template);
    ck_assert_int_eq(model_save(model, new, NULL, &err), 0);
    ck_assert_int_eq(model_save(model, NULL, NULL, &err), 0);
    put(rows, "name\none,two\n");
    ck_assert_int_eq(model_open_file(model, made, &err), -1);
    ck_assert_ptr_nonnull(strstr(err.text, "site.yaml:6:17: rows.csv: row 2 has 2 cells, and row 1 names 1 column"));
    ck_assert_int_eq(file_remove_tree(dir, &err), 0);
    buf_release(&text);
    free(refusal);
    free(made);
    free(rows);
    free(other);
    free(new);
}
END_TEST

/* Answers the lists that warm begins with: no nodes, no pods. */
static void answer_warm(void)
{
    for (int left = 2; left;) {
        struct script_call *call = script_next();
        if (!strstr(call->url, "patchbay.dev%2Fwarm") && !strstr(call->url, "/nodes?limit"))
            continue;
        script_answer(call, 200, "{\"kind\":\"XList\",\"metadata\":{\"resourceVersion\":\"9\"},\"items\":[]}");
        left--;
    }
    script_settle();
}

START_TEST(images_are_pulled_as_a_task)
{
    struct err err = ERR_INIT;
    begin(NULL);
    ck_assert_int_eq(model_warm(model, NULL, NULL, &err), -1);
    ck_assert_str_eq(err.text, "one is not there yet");
    answer_lists("media/lobby");
    ck_assert_int_eq(model_warm(model, "media", "hall", &err), -1);
    ck_assert_str_eq(err.text, "the text of graph hall is not known");
    ck_assert_int_eq(model_warm(model, NULL, NULL, &err), 0);
    ck_assert(model->task.running);
    ck_assert_int_eq(model_warm(model, "media", "lobby", &err), -1);
    ck_assert_str_eq(err.text, "something is under way: asking which nodes hold the images of lobby; ':cancel' ends it");
    ck_assert_int_eq(model_use_context(model, "two", &err), -1);
    answer_warm();
    ck_assert(!model->task.running);
    ck_assert(!model->task.failed);
    ck_assert_str_eq(model->task.text, "images of lobby: 0 pulled, 0 present");

    ck_assert_int_eq(model_warm(model, "media", "lobby", &err), 0);
    ck_assert_int_eq(model_cancel(model, &err), 0);
    script_settle();
    ck_assert(!model->task.running);
    ck_assert(model->task.failed);
    ck_assert_str_eq(model->task.text, "the nodes and their images were not known: cancelled");
    model->read_only = true;
    ck_assert_int_eq(model_warm(model, "media", "lobby", &err), -1);
    model->read_only = false;
    ck_assert_int_eq(model_warm(model, "media", "lobby", &err), 0); /* and the session ends in the middle of it */
}
END_TEST

struct script_call *app_session_expect(const char *method, const char *part)
{
    struct script_call *call;
    do
        call = script_next();
    while (!strstr(call->url, part));
    ck_assert_str_eq(call->method, method);
    return call;
}

static void answer_camera(int replicas)
{
    char *set = plan_applyset_id("patchbay-lobby", "media", "ConfigMap", "");
    char *text = xasprintf("{\"metadata\":{\"name\":\"camera\",\"uid\":\"u1\",\"resourceVersion\":\"7\",\"labels\":{"
                           "\"patchbay.dev/graph\":\"lobby\",\"applyset.kubernetes.io/part-of\":\"%s\"}},"
                           "\"spec\":{\"replicas\":%d}}", set, replicas);
    script_answer(app_session_expect("GET", "/deployments/camera"), 200, text);
    free(text);
    free(set);
}

/* What came of an act is the task's text; one thing at a time, and it can be cancelled. */
START_TEST(a_part_is_acted_on)
{
    struct err err = ERR_INIT;
    struct model_part camera = {"media", "lobby", "camera", "u1", 1};
    struct model_act stop = {.act = ACT_STOP, .parts = &camera, .count = 1};
    begin(NULL);
    answer_lists("media/lobby");
    ck_assert_int_eq(model_act(model, &stop, &err), 0);
    ck_assert(model->task.running);
    ck_assert_str_eq(model->task.text, "stopping camera");
    ck_assert_int_eq(model_act(model, &stop, &err), -1);
    ck_assert_str_eq(err.text, "something is under way: stopping camera; ':cancel' ends it");
    answer_camera(1);
    script_answer(app_session_expect("PATCH", "/deployments/camera?"), 200, "{}");
    ck_assert(!model->task.running && !model->task.failed);
    ck_assert_str_eq(model->task.text, "stopped camera");
    ck_assert_int_eq(model_act(model, &stop, &err), 0);
    answer_camera(0);
    ck_assert_str_eq(model->task.text, "camera: is stopped already");
    stop.act = ACT_RESTART;
    ck_assert_int_eq(model_act(model, &stop, &err), 0);
    answer_camera(0);
    ck_assert(model->task.failed);
    ck_assert_str_eq(model->task.text, "camera: is stopped: there is no pod to restart; start it instead");
    ck_assert_int_eq(model_act(model, &stop, &err), 0);
    ck_assert_int_eq(model_cancel(model, &err), 0);
    ck_assert_str_eq(model->task.text, "cancelled after 0 of 1; what was asked of the cluster stays");
    ck_assert_int_eq(model_cancel(model, &err), -1);
    model->read_only = true;
    ck_assert_int_eq(model_act(model, &stop, &err), -1);
    ck_assert_str_eq(err.text, "read-only: nothing is written to one");
    model->read_only = false;
    ck_assert_int_eq(model_act(model, &stop, &err), 0); /* it goes with the session */
}
END_TEST

/* Whoever may not patch deployments is told so before anything is asked of the cluster. */
START_TEST(acts_that_are_denied_say_why)
{
    struct err err = ERR_INIT;
    begin(NULL);
    answer_lists("media/lobby");
    ck_assert_int_eq(action_allowed(model, ACTION_ACT, "media", &err), 0); /* not known yet */
    for (int i = 0; i < 2; i++) {
        struct script_call *call = app_session_expect("POST", "selfsubjectaccessreviews");
        bool patch = strstr(call->body, "\"verb\":\"patch\"") != NULL;
        script_answer(call, 201, patch ? "{\"status\":{\"allowed\":false,\"reason\":\"no role allows it\"}}"
                                       : "{\"status\":{\"allowed\":true}}");
    }
    ck_assert_int_eq(action_allowed(model, ACTION_ACT, "media", &err), -1);
    ck_assert_str_eq(err.text, "operator may not patch deployments in namespace media: no role allows it");
}
END_TEST

/* From all that is there on: it is listed anew. What went before it goes on after it. */
START_TEST(what_is_seen_is_recorded)
{
    struct err err = ERR_INIT;
    struct buf text;
    begin(NULL);
    char *path = xasprintf("%s.ndjson", config_path);
    answer_lists("media/lobby");
    while (script.taken < script.started) /* its watches, and the catalogue's part */
        script_next();
    ck_assert_int_lt(model_record(model, "", &err), 0);
    ck_assert_str_eq(err.text, "record wants a file");
    ck_assert_msg(model_record(model, path, &err) == 0, "%s", err.text);
    ck_assert_str_eq(model->recording, path);
    answer_lists("media/lobby other/hall");
    ck_assert_int_lt(model_record(model, "/tmp/another", &err), 0);
    ck_assert_ptr_nonnull(strstr(err.text, "is being recorded; :record alone ends that"));
    ck_assert_int_eq(model_record(model, "", &err), 0);
    ck_assert_ptr_null(model->recording);
    ck_assert_ptr_nonnull(strstr(model->notice, "'patchbay replay' plays it"));
    buf_init(&text, 1u << 20);
    ck_assert_int_eq(file_read(path, &text, &err), 0);
    ck_assert(str_starts(text.data, "{\"recording\":1,") && strstr(text.data, "patchbay-hall"));
    ck_assert_ptr_eq(app.transport, &script.transport);
    buf_release(&text);
    unlink(path);
    free(path);
}
END_TEST

static struct script_call *watch_of(const char *plural)
{
    char part[64];
    snprintf(part, sizeof part, "/%s?", plural);
    for (int i = 0; i < SOURCE_COUNT; i++) {
        struct script_call *call = script_next();
        if (strstr(call->url, part) && strstr(call->url, "watch="))
            return call;
    }
    ck_abort_msg("nobody watches %s", plural);
}

#define EVENT                                                                                                          \
    "{\"kind\":\"Event\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"a.1\",\"namespace\":\"media\",\"uid\":\"u1\",\"resourceVersion\":\"10\"}," \
    "\"reason\":\"Pulled\",\"involvedObject\":{\"kind\":\"Pod\",\"name\":\"a\"}}"

START_TEST(events_stay_when_the_server_forgets_them)
{
    begin(NULL);
    answer_lists("");
    struct script_call *watch = watch_of("events");
    struct store *events = model_store(model, SOURCE_EVENTS);
    struct err err = ERR_INIT;
    script_head(watch, 200, 0);
    script_text(watch, "{\"type\":\"ADDED\",\"object\":" EVENT "}\n");
    script_settle();
    ck_assert_uint_eq(store_count(events), 1);
    ck_assert(!model_forgotten(model, store_at(events, 0)));
    script_text(watch, "{\"type\":\"DELETED\",\"object\":" EVENT "}\n");
    script_settle();
    ck_assert_uint_eq(store_count(events), 1);
    ck_assert(model_forgotten(model, store_at(events, 0)));
    /* but those of another cluster are none of this one's */
    ck_assert_int_eq(model_use_context(model, "two", &err), 0);
    ck_assert_uint_eq(store_count(events), 0);
}
END_TEST

Suite *app_session_suite(void)
{
    Suite *suite = suite_create("session");
    TCase *tc = tcase_create("all");
    tcase_add_checked_fixture(tc, NULL, teardown);
    tcase_add_test(tc, events_stay_when_the_server_forgets_them);
    tcase_add_test(tc, the_first_deployed_graph_is_opened);
    tcase_add_test(tc, what_is_seen_is_recorded);
    tcase_add_test(tc, a_graph_of_another_namespace_is_not_the_first);
    tcase_add_test(tc, faults_of_the_catalogue_are_told);
    tcase_add_test(tc, a_part_is_acted_on);
    tcase_add_test(tc, acts_that_are_denied_say_why);
    tcase_add_test(tc, a_template_is_not_written_over);
    tcase_add_test(tc, faults_name_the_file_it_is_saved_to);
    tcase_add_test(tc, the_clusters_entries_come_and_go);
    tcase_add_test(tc, a_draft_stays_when_somebody_deploys);
    tcase_add_test(tc, a_deployment_that_was_cut_short_is_said);
    tcase_add_test(tc, a_draft_is_recovered_over_its_file);
    tcase_add_test(tc, a_recovered_draft_knows_what_it_began_from);
    tcase_add_test(tc, a_draft_of_a_file_that_is_gone);
    tcase_add_test(tc, a_draft_is_given_up_or_discarded);
    tcase_add_test(tc, a_save_that_fails_loses_nothing);
    tcase_add_test(tc, a_draft_of_a_deployed_graph);
    tcase_add_test(tc, images_are_pulled_as_a_task);
    suite_add_tcase(suite, tc);
    return suite;
}
