#include "ui_graph_test.h"

#include <sys/stat.h>

#include "base/digest.h"
#include "base/file.h"
#include "base/time.h"
#include "ui/chooser.h"
#include "ui/review.h"
#include "ui/form.h"

START_TEST(a_adds_a_thing)
{
    struct rig rig;
    rig_open(&rig, "lobby", 80, 24);
    rig_type(&rig, "a");
    ck_assert(rig_shows(&rig, "Add a thing"));
    ck_assert(rig_shows(&rig, "IP camera"));
    rig_type(&rig, "ppl");
    ck_assert(rig_shows(&rig, "People detector"));
    rig_type(&rig, "<Enter>");
    ck_assert_uint_eq(rig_graph(&rig)->thing_count, 4);
    ck_assert_str_eq(rig_graph(&rig)->things[3].type, "people-detector");
    ck_assert(rig_shows(&rig, "added object-detect-2"));
    rig_type(&rig, "aqqq");
    ck_assert(rig_shows(&rig, "nothing here matches"));
    rig_type(&rig, "<Enter><Esc>u");
    ck_assert_uint_eq(rig_graph(&rig)->thing_count, 3);
    rig_close(&rig);
}
END_TEST

/* Only what fits is offered; thing and links are one edit. */
START_TEST(o_appends_and_wires)
{
    struct rig rig;
    rig_open(&rig, "lobby", 80, 24);
    rig_type(&rig, "lo");
    ck_assert(rig_shows(&rig, "Append to object-detect"));
    ck_assert_ptr_null(strstr(rig.screen, "ip-camera  "));
    rig_type(&rig, "monitor<Enter>");
    char links[2048];
    rig_links(&rig, links, sizeof links);
    ck_assert_ptr_nonnull(
        strstr(links, "object-detect.video>monitoring-2.video object-detect.detections>monitoring-2.detections"));
    ck_assert(rig_shows(&rig, "added monitoring-2 with 2 links from object-detect"));
    rig_type(&rig, "u");
    ck_assert_uint_eq(rig_graph(&rig)->thing_count, 3);
    ck_assert_uint_eq(rig_graph(&rig)->link_count, 3);
    rig_type(&rig, "<^R>");
    ck_assert_uint_eq(rig_graph(&rig)->link_count, 5);
    rig_close(&rig);
}
END_TEST

/* From one selected output only that one is wired. */
START_TEST(o_from_a_port)
{
    struct rig rig;
    rig_open(&rig, "lobby", 80, 24);
    rig_type(&rig, "l<S-Tab>o");
    ck_assert(rig_shows(&rig, "Append to object-detect.detections"));
    rig_type(&rig, "<Enter>");
    char links[2048];
    rig_links(&rig, links, sizeof links);
    ck_assert_ptr_nonnull(strstr(links, "object-detect.detections>monitoring-2.detections"));
    ck_assert_ptr_null(strstr(links, ">monitoring-2.video"));
    rig_type(&rig, "hhlllo");
    ck_assert(rig_shows(&rig, "has no outputs"));
    rig_close(&rig);
}
END_TEST

START_TEST(form_checks_while_one_types)
{
    struct rig rig;
    rig_open(&rig, "lobby", 80, 24);
    rig_type(&rig, "li");
    ck_assert(rig_shows(&rig, "object-detect: People detector"));
    ck_assert(rig_shows(&rig, "0.5  (default)"));
    rig_type(&rig, "<Down><Down>7");
    ck_assert(rig_shows(&rig, "is not a number from 0 to 1"));
    rig_type(&rig, "<Enter>"); /* refused: the form stays */
    ck_assert(rig_shows(&rig, "is not a number from 0 to 1"));
    ck_assert_uint_eq(rig_graph(&rig)->things[1].param_count, 0);
    rig_type(&rig, "<^U>0.7<Down>9<Enter>");
    ck_assert_str_eq(graph_param(&rig_graph(&rig)->things[1], "confidence"), "0.7");
    ck_assert_str_eq(graph_param(&rig_graph(&rig)->things[1], "fps"), "9");
    ck_assert(rig_shows(&rig, "object-detect: 2 fields changed"));
    rig_type(&rig, "u");
    ck_assert_str_eq(graph_param(&rig_graph(&rig)->things[1], "confidence"), "0.5");
    rig_type(&rig, "<^R>i<Down><Down><^U><Enter>"); /* empty: the default again */
    ck_assert_str_eq(graph_param(&rig_graph(&rig)->things[1], "confidence"), "0.5");
    ck_assert_str_eq(graph_param(&rig_graph(&rig)->things[1], "fps"), "9");
    rig_close(&rig);
}
END_TEST

static int any_text(void *data UNUSED, size_t field UNUSED, const char *text UNUSED, struct err *err UNUSED)
{
    return 0;
}

static int keep_texts(void *data, const struct form_change *changes, size_t count, size_t *wrong UNUSED, struct err *err UNUSED)
{
    char *out = data;
    for (size_t i = 0; i < count; i++)
        snprintf(out + strlen(out), 200 - strlen(out), "%zu=%s ", changes[i].field, str_or_empty(changes[i].value));
    return 0;
}

START_TEST(arrows_choose_among_a_few_words)
{
    static const struct form_class class = {.check = any_text, .take = keep_texts};
    char *words[] = {(char *)"low", (char *)"middle", (char *)"high", NULL}, got[200] = "";
    const struct param_type_info quality = {.name = (char *)"quality", .type = PARAM_CHOICE, .choices = words, .fallback = (char *)"middle"};
    const struct param_type_info loud = {.name = (char *)"loud", .type = PARAM_BOOLEAN}, text = {.name = (char *)"text", .type = PARAM_STRING};
    const struct form_field fields[] = {{.type = &quality}, {.type = &loud}, {.type = &text, .value = "ac"}};
    struct rig rig;
    rig_open(&rig, "lobby", 80, 24);
    form_open(rig.dash, "Form", fields, ARRAY_SIZE(fields), &class, got);
    rig_type(&rig, "");
    ck_assert_msg(rig_shows(&rig, "Left, Right choose"), "%s", rig.screen);
    rig_type(&rig, "<Right><Right>"); /* from the default on, and round */
    ck_assert(rig_shows(&rig, "low"));
    rig_type(&rig, "<Down><Left><Left><Down><Left>b<Enter>");
    ck_assert_str_eq(got, "0=low 1=false 2=abc ");
    rig_close(&rig);
}
END_TEST

START_TEST(form_left_changes_nothing)
{
    struct rig rig;
    rig_open(&rig, "lobby", 80, 24);
    rig_type(&rig, "i<Down><Down><^U>sample:other<Esc>");
    ck_assert_str_eq(graph_param(&rig_graph(&rig)->things[0], "source"), "sample:vtest");
    ck_assert_ptr_null(strstr(rig.screen, "lobby*"));
    rig_close(&rig);
}
END_TEST

START_TEST(deploy_defaults_to_no)
{
    struct rig rig;
    rig_open(&rig, "lobby", 80, 24);
    rig_type(&rig, "D");
    ck_assert(rig_shows(&rig, "Deploy media/lobby"));
    ck_assert(rig_shows(&rig, "Nothing would change on the cluster."));
    rig_type(&rig, "<Enter>");
    ck_assert_uint_eq(rig.gs->scene->asked, 0);
    rig_type(&rig, "D<Esc>Dn");
    ck_assert_uint_eq(rig.gs->scene->asked, 0);
    rig_type(&rig, "D<Tab><Enter>");
    ck_assert_uint_eq(rig.gs->scene->asked, 1);
    rig_type(&rig, "Dy");
    ck_assert_uint_eq(rig.gs->scene->asked, 2);
    ck_assert_str_eq(rig.gs->scene->last_asked, "deploy");
    rig_close(&rig);
}
END_TEST

START_TEST(review_names_what_changes)
{
    struct rig rig;
    rig_open(&rig, "lobby", 100, 30);
    rig_type(&rig, "li<Down><Down><Down>9<Enter>oper<Enter>GxD");
    ck_assert(rig_shows(&rig, "to edge: 1 added, 1 changed, 1 removed"));
    ck_assert(rig_shows(&rig, "~ object-detect  restarts 1 pod, a gap: no second GPU to roll on"));
    ck_assert(rig_shows(&rig, "fps 5 → 9"));
    ck_assert(rig_shows(&rig, "+ object-detect-2"));
    ck_assert(rig_shows(&rig, "- monitoring  is deleted"));
    ck_assert(rig_shows(&rig, "3 of 4 are free (simulated)"));
    rig_close(&rig);
}
END_TEST

#define FILES_GRAPH "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: g}\nspec:\n  things:\n"

/* A file that changes is named by its path, and the name of its ConfigMap is not. */
START_TEST(review_names_files)
{
    static const char entries[] =
        "apiVersion: patchbay.dev/v1\nkind: MediaThing\nmetadata: {name: other}\nspec:\n  class: MSensor\n  image: a:1\n"
        "  params: [{name: rate, default: 5}]\n  files: [{path: /opt/b, content: x}, {path: /etc/a.yaml, content: "
        "\"${param.rate}\"}]\n---\napiVersion: patchbay.dev/v1\nkind: MediaThing\nmetadata: {name: bare}\nspec: {class: "
        "MSensor, image: \"a:1\"}\n";
    static const struct {
        const char *deployed, *now, *lines;
    } rows[] = {
        {"{name: a, type: other}", "{name: a, type: other, params: {rate: 6}}",
         "~ a  restarts 1 pod\n    rate 5 → 6\n    file /etc/a.yaml: another content\n"},
        {"{name: a, type: bare}", "{name: a, type: other}",
         "~ a  restarts 1 pod\n    type bare → other\n    rate (none) → 5\n    file /etc/a.yaml: is new\n"
         "    file /opt/b: is new\n"},
        {"{name: a, type: other}", "{name: a, type: bare}",
         "~ a  restarts 1 pod\n    type other → bare\n    file /etc/a.yaml: is taken away\n"
         "    file /opt/b: is taken away\n"},
    };
    struct catalogue cat = {0};
    struct faults faults = {0};
    catalogue_read(&cat, entries, strlen(entries), "cat.yaml", &faults);
    ck_assert_uint_eq(faults.count, 0);
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        struct err err = ERR_INIT;
        char *before = xasprintf(FILES_GRAPH "    - %s\n", rows[i].deployed);
        char *after = xasprintf(FILES_GRAPH "    - %s\n", rows[i].now);
        struct document *doc = document_new(after, strlen(after), "g.yaml", NULL, NULL, &cat, &err);
        struct review review = {0};
        struct buf lines;
        buf_init(&lines, 1u << 16);
        review_make(&review, doc, &cat, before);
        for (size_t l = 0; l < review.lines.count; l++)
            buf_addf(&lines, "%s\n", review.lines.items[l].text);
        ck_assert_str_eq(lines.data, rows[i].lines);
        buf_release(&lines);
        choice_lines_release(&review.lines);
        document_free(doc);
        free(before);
        free(after);
    }
    catalogue_release(&cat);
}
END_TEST

START_TEST(faults_cannot_be_deployed)
{
    struct rig rig;
    rig_open(&rig, "broken", 120, 30);
    rig_type(&rig, "D");
    ck_assert(rig_shows(&rig, "It cannot be deployed while it has faults"));
    ck_assert(rig_shows(&rig, "! line 7: "));
    rig_type(&rig, "y");
    ck_assert_uint_eq(rig.gs->scene->asked, 0);
    rig_type(&rig, "D<Tab><Enter>");
    ck_assert_uint_eq(rig.gs->scene->asked, 0);
    rig_close(&rig);
}
END_TEST

START_TEST(read_only_deploys_nothing)
{
    struct rig rig;
    rig_open(&rig, "lobby", 80, 24);
    rig.gs->scene->model.read_only = true;
    rig_type(&rig, "Dy");
    ck_assert_uint_eq(rig.gs->scene->asked, 0);
    ck_assert_ptr_null(strstr(rig.screen, "Deploy media/lobby"));
    rig_close(&rig);
}
END_TEST

/* A new graph from nothing: its name, the first thing, and what follows it. */
START_TEST(compose_from_nothing)
{
    struct rig rig;
    rig_open(&rig, "none", 80, 24);
    rig_type(&rig, "adock<Enter>");
    ck_assert(rig_shows(&rig, "Add a thing"));
    rig_type(&rig, "cam<Enter>");
    ck_assert(rig_shows(&rig, "╭ camera"));
    rig_type(&rig, "o<Enter>");
    rig_type(&rig, "o<Enter>");
    ck_assert_str_eq(rig_graph(&rig)->name, "dock");
    ck_assert_uint_eq(rig_graph(&rig)->thing_count, 3);
    ck_assert_uint_eq(document_faults(rig.gs->scene->model.document)->errors, 0);
    rig_type(&rig, "D");
    ck_assert(rig_shows(&rig, "3 added, 0 changed, 0 removed"));
    rig_close(&rig);
}
END_TEST

START_TEST(new_graph_wants_a_legal_name)
{
    struct rig rig;
    rig_open(&rig, "none", 80, 24);
    rig_type(&rig, "aNo Good<Enter>");
    ck_assert(rig_shows(&rig, "is no legal name"));
    ck_assert_ptr_null(rig.gs->scene->model.document);
    rig_close(&rig);
}
END_TEST

/* A script in the editor's place: `steps` run one after another, each time it is opened; $1 is the file. */
struct editor {
    char dir[64], log[100];
};

static void editor_set(struct editor *editor, const char *const *steps)
{
    struct err err = ERR_INIT;
    struct buf script;
    char path[100];
    snprintf(editor->dir, sizeof editor->dir, "/tmp/ui-editor-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(editor->dir));
    snprintf(path, sizeof path, "%s/vim", editor->dir);
    snprintf(editor->log, sizeof editor->log, "%s/log", editor->dir);
    buf_init(&script, 8192);
    buf_addf(&script, "#!/bin/sh\ncase $1 in +*) echo \"$1\" >>'%s'; shift;; esac\ncat \"$1\" >>'%s'\n"
             "n=$(cat '%s/n' 2>/dev/null || echo 0)\necho $((n + 1)) >'%s/n'\ncase $n in\n", editor->log, editor->log,
             editor->dir, editor->dir);
    for (size_t i = 0; steps[i]; i++)
        buf_addf(&script, "%zu) %s;;\n", i, steps[i]);
    buf_adds(&script, "esac\n");
    ck_assert_int_eq(file_save(path, script.data, script.len, 0700, &err), 0);
    buf_release(&script);
    setenv("VISUAL", path, 1);
    setenv("TMPDIR", editor->dir, 1);
}

static void editor_release(struct editor *editor)
{
    struct err err = ERR_INIT;
    ck_assert_int_eq(file_remove_tree(editor->dir, &err), 0);
    unsetenv("VISUAL");
    unsetenv("TMPDIR");
}

/* Until the screen says it. */
static void expect_soon(struct rig *rig, const char *text)
{
    for (int i = 0; i < 4000 && !strstr(rig->screen, text); i++) {
        poll(NULL, 0, 5); /* the loop's clock is virtual, the editor is not */
        loop_turn(rig->loop, 0);
        rig_type(rig, "");
    }
    ck_assert(rig_shows(rig, text));
}

static char *read_text(const char *path)
{
    struct buf text;
    struct err err = ERR_INIT;
    buf_init(&text, 1u << 20);
    ck_assert_msg(file_read(path, &text, &err) == 0, "%s", err.text);
    return buf_take(&text);
}

START_TEST(E_edits_the_text)
{
    struct rig rig;
    struct editor editor;
    rig_open(&rig, "lobby", 80, 24);
    editor_set(&editor, (const char *const[]){"sed -i s/10}/20}/ \"$1\"", NULL});
    rig_type(&rig, "E");
    expect_soon(&rig, "3 things, 3 links; u undoes the edit");
    ck_assert_str_eq(graph_param(&rig_graph(&rig)->things[0], "fps"), "20");
    rig_type(&rig, "uE"); /* the script has no second step: nothing is changed */
    expect_soon(&rig, "nothing was changed");
    ck_assert_str_eq(graph_param(&rig_graph(&rig)->things[0], "fps"), "10");
    editor_release(&editor);
    rig_close(&rig);
}
END_TEST

/* What is no graph comes back with the reason on top and the cursor at the line; our lines are taken out again. */
START_TEST(E_comes_back_with_what_is_no_graph)
{
    struct rig rig;
    struct editor editor;
    rig_open(&rig, "lobby", 80, 24);
    editor_set(&editor, (const char *const[]){"sed -i '1s/^/# my own\\n/; s/^spec:/spec: [/' \"$1\"",
                                              "sed -i 's/^spec: \\[/spec:/' \"$1\"", NULL});
    rig_type(&rig, "E");
    expect_soon(&rig, "3 things, 3 links; u undoes the edit");
    const char *text = document_text(rig.gs->scene->model.document, NULL);
    ck_assert(str_starts(text, "# my own\n# A camera in a lobby"));
    ck_assert_ptr_null(strstr(text, "# patchbay: "));
    char *log = read_text(editor.log);
    ck_assert_msg(strstr(log, "\n+11\n# patchbay: line 11: ") != NULL, "%s", log);
    ck_assert_ptr_nonnull(strstr(log, "\n# patchbay:   11 |     - name: camera              # also its host name in the cluster\n"
                                      "# patchbay: the text is as you left it; leaving it unchanged, or empty, gives up\n"
                                      "# my own\n"));
    free(log);
    editor_release(&editor);
    rig_close(&rig);
}
END_TEST

START_TEST(e_edits_the_thing)
{
    struct rig rig;
    struct editor editor;
    rig_open(&rig, "lobby", 80, 24);
    editor_set(&editor, (const char *const[]){"sed -i 's/count: 1/count: 2/' \"$1\"", NULL});
    rig_type(&rig, "le");
    expect_soon(&rig, "object-detect is changed; u undoes the edit");
    char *log = read_text(editor.log);
    ck_assert_str_eq(log, "name: object-detect\ntype: people-detector\n"
                          "gpu: {count: 1}           # so it is replaced, never doubled, when it changes\n");
    ck_assert_int_eq(rig_graph(&rig)->things[1].gpu_count, 2);
    free(log);
    editor_release(&editor);
    rig_close(&rig);
}
END_TEST

/* A new name is the thing's in its links and its place as well; of a wire the whole graph is edited. */
START_TEST(e_renames)
{
    struct rig rig;
    struct editor editor;
    rig_open(&rig, "lobby", 80, 24);
    editor_set(&editor, (const char *const[]){"sed -i 's/object-detect/finder/' \"$1\"", "true", NULL});
    rig_type(&rig, "le");
    expect_soon(&rig, "object-detect is finder now, in its links too; u undoes the edit");
    char links[1024];
    rig_links(&rig, links, sizeof links);
    ck_assert_str_eq(links, "camera.video>finder.video finder.video>monitoring.video finder.detections>monitoring.detections");
    ck_assert(rig_graph(&rig)->things[1].pinned);
    ck_assert_uint_eq(document_faults(rig.gs->scene->model.document)->count, 0);
    rig_type(&rig, "u<Tab>e");
    expect_soon(&rig, "nothing was changed");
    char *log = read_text(editor.log);
    ck_assert_ptr_nonnull(strstr(log, "name: finder") ? NULL : strstr(log, "kind: ServiceGraph"));
    free(log);
    editor_release(&editor);
    rig_close(&rig);
}
END_TEST

/* A thing with a new fault comes back; left as it is, it is given up, and kept in a file. */
START_TEST(e_gives_up_and_keeps_what_was_typed)
{
    struct rig rig;
    struct editor editor;
    rig_open(&rig, "lobby", 120, 30);
    editor_set(&editor, (const char *const[]){"sed -i 's/fps: 10/fps: 900/' \"$1\"", NULL});
    rig_type(&rig, "e");
    expect_soon(&rig, "given up; a copy of your changes has been stored to ");
    char *log = read_text(editor.log), path[200] = "";
    ck_assert_msg(strstr(log, "+6\n# patchbay: line 6: ") != NULL, "%s", log);
    sscanf(strstr(rig.screen, "stored to "), "stored to %199s", path);
    char *kept = read_text(path);
    ck_assert_str_eq(kept, "name: camera              # also its host name in the cluster\ntype: ip-camera\n"
                           "params: {source: \"sample:vtest\", fps: 900}\n");
    ck_assert_str_eq(graph_param(&rig_graph(&rig)->things[0], "fps"), "10");
    ck_assert(!document_dirty(rig.gs->scene->model.document));
    free(log);
    free(kept);
    editor_release(&editor);
    rig_close(&rig);
}
END_TEST

/* An emptied text, no map, a lost name: none is taken. */
START_TEST(e_refuses_what_is_no_thing)
{
    struct rig rig;
    struct editor editor;
    rig_open(&rig, "lobby", 100, 30);
    editor_set(&editor, (const char *const[]){": >\"$1\"", "echo '- a list' >\"$1\"", "echo 'type: ip-camera' >\"$1\"",
                                              ": >\"$1\"", NULL});
    rig_type(&rig, "e");
    expect_soon(&rig, "nothing was changed");
    rig_type(&rig, "e");
    expect_soon(&rig, "given up; a copy");
    char *log = read_text(editor.log);
    ck_assert_ptr_nonnull(strstr(log, "# patchbay: line 4: a thing is a map: name, type, params …\n"));
    ck_assert_ptr_nonnull(strstr(log, "# patchbay: line 4: the thing has no name\n"));
    free(log);
    ck_assert(!document_dirty(rig.gs->scene->model.document));
    editor_release(&editor);
    rig_close(&rig);
}
END_TEST

/* A program that writes what cannot be taken, again and again, is not asked for ever. */
START_TEST(E_gives_up)
{
    struct rig rig;
    struct editor editor;
    const char *steps[26] = {NULL};
    rig_open(&rig, "lobby", 200, 30);
    for (int i = 0; i < 25; i++)
        steps[i] = "echo \"spec: [$n\" >\"$1\"";
    editor_set(&editor, steps);
    rig_type(&rig, "E");
    expect_soon(&rig, "; a copy of your changes has been stored to ");
    ck_assert(!document_dirty(rig.gs->scene->model.document));
    editor_release(&editor);
    rig_close(&rig);
}
END_TEST

/* An editor that was ended: what it wrote is there. */
START_TEST(e_keeps_what_a_killed_editor_wrote)
{
    struct rig rig;
    struct editor editor;
    rig_open(&rig, "lobby", 200, 30);
    editor_set(&editor, (const char *const[]){"echo typed >\"$1\"; kill -9 $$", NULL});
    rig_type(&rig, "e");
    expect_soon(&rig, "nothing was changed; what was typed is in ");
    char path[200] = "";
    sscanf(strstr(rig.screen, "typed is in "), "typed is in %199s", path);
    char *kept = read_text(path);
    ck_assert_str_eq(kept, "typed\n");
    free(kept);
    editor_release(&editor);
    rig_close(&rig);
}
END_TEST

/* What cannot be read back stays where the editor left it. */
START_TEST(E_keeps_what_is_too_large)
{
    struct rig rig;
    struct editor editor;
    struct stat st;
    rig_open(&rig, "lobby", 200, 30);
    editor_set(&editor, (const char *const[]){"truncate -s 17M \"$1\"", NULL});
    rig_type(&rig, "E");
    expect_soon(&rig, "it has 17825792 bytes, more than the 16777216 allowed; what was typed is kept there");
    char path[200] = "";
    sscanf(strstr(rig.screen, "cannot read '"), "cannot read '%199[^']", path);
    ck_assert_msg(stat(path, &st) == 0 && st.st_size == 17825792, "%s", path);
    editor_release(&editor);
    rig_close(&rig);
}
END_TEST

/* What stands in a save's way, and what was asked for. */
static struct {
    int stands; /* SAVE_* */
    const char *file; /* what is in it may be saved over by who was shown it */
    char asked[200];
} disk;

static bool was_shown(const struct save_over *over)
{
    struct buf text;
    struct err err = ERR_INIT;
    uint8_t digest[32];
    buf_init(&text, 1u << 20);
    ck_assert_msg(file_read(disk.file, &text, &err) == 0, "%s", err.text);
    digest_sha256(text.data, text.len, digest);
    buf_release(&text);
    return memcmp(digest, over->shown, sizeof digest) == 0;
}

static int on_save(void *data UNUSED, const char *path, const struct save_over *over, struct err *err UNUSED)
{
    if (disk.stands && !(over && (over->any || was_shown(over))))
        return disk.stands;
    snprintf(disk.asked, sizeof disk.asked, "save %s%s", path ? path : "", !over ? "" : over->any ? "!" : " over it");
    return 0;
}

static int on_reload(void *data UNUSED, struct err *err UNUSED)
{
    snprintf(disk.asked, sizeof disk.asked, "reload");
    return 0;
}

/* The document's text, with a frame rate that is somebody else's. The caller frees. */
static char *text_of_others(const struct model *model, const char *fps)
{
    size_t len;
    const char *text = document_text(model->document, &len);
    char *theirs = xstrndup(text, len);
    memcpy(strstr(theirs, "fps: 10"), fps, 7);
    return theirs;
}

static void write_on_disk(const struct model *model, const char *fps)
{
    struct err err = ERR_INIT;
    char *theirs = text_of_others(model, fps);
    ck_assert_int_eq(file_save(model->file, theirs, strlen(theirs), 0600, &err), 0);
    free(theirs);
}

static void put_on_disk(struct rig *rig, const struct editor *editor)
{
    struct model *model = &rig->gs->scene->model;
    disk.stands = 0;
    disk.asked[0] = '\0';
    model->ops.save = on_save;
    model->ops.reload = on_reload;
    free(model->file);
    disk.file = model->file = xasprintf("%s/lobby.yaml", editor->dir);
    write_on_disk(model, "fps: 25");
}

START_TEST(w_shows_what_others_wrote)
{
    struct rig rig;
    struct editor editor;
    rig_open(&rig, "lobby", 100, 30);
    editor_set(&editor, (const char *const[]){NULL});
    put_on_disk(&rig, &editor);
    rig_type(&rig, ":w<Enter>");
    ck_assert_str_eq(disk.asked, "save ");
    disk.stands = SAVE_CHANGED;
    disk.asked[0] = '\0';
    rig_type(&rig, ":w<Enter>");
    ck_assert(rig_shows(&rig, "lobby.yaml was changed on disk"));
    ck_assert(rig_shows(&rig, "-       params: {source: \"sample:vtest\", fps: 25}"));
    ck_assert(rig_shows(&rig, "+       params: {source: \"sample:vtest\", fps: 10}"));
    ck_assert(rig_shows(&rig, "o overwrite  r read again  s save elsewhere  Esc cancel"));
    rig_type(&rig, "<Enter>"); /* the first choice changes nothing */
    ck_assert_str_eq(disk.asked, "");
    rig_type(&rig, ":w<Enter><Esc>:w<Enter>r");
    ck_assert_str_eq(disk.asked, "reload");
    disk.asked[0] = '\0';
    rig_type(&rig, ":w<Enter>");
    write_on_disk(&rig.gs->scene->model, "fps: 26"); /* not what is shown: that first */
    rig_type(&rig, "o");
    ck_assert_str_eq(disk.asked, "");
    ck_assert(rig_shows(&rig, "-       params: {source: \"sample:vtest\", fps: 26}"));
    rig_type(&rig, "o");
    ck_assert_str_eq(disk.asked, "save  over it");
    rig_type(&rig, ":w!<Enter>");
    ck_assert_str_eq(disk.asked, "save !");
    rig_type(&rig, ":e!<Enter>");
    ck_assert_str_eq(disk.asked, "reload");
    ck_assert(rig_shows(&rig, "read again from lobby.yaml; u brings back what was here"));
    rig_type(&rig, ":w<Enter>s");
    disk.stands = 0;
    rig_type(&rig, "<^U>/tmp/else.yaml<Enter>");
    ck_assert_str_eq(disk.asked, "save /tmp/else.yaml");
    disk.stands = SAVE_EXISTS;
    char *save = xasprintf(":w %s<Enter>", rig.gs->scene->model.file);
    rig_type(&rig, save);
    ck_assert(rig_shows(&rig, "lobby.yaml exists already"));
    rig_type(&rig, "<Tab><Enter>");
    ck_assert_ptr_nonnull(strstr(disk.asked, "lobby.yaml over it"));
    free(save);
    free(rig.gs->scene->model.file);
    rig.gs->scene->model.file = NULL;
    editor_release(&editor);
    rig_close(&rig);
}
END_TEST

static void on_find_drafts(void *data UNUSED)
{
}

static int on_recover(void *data UNUSED, const char *path, struct err *err UNUSED)
{
    snprintf(disk.asked, sizeof disk.asked, "recover %s", path);
    return 0;
}

static int on_discard(void *data UNUSED, const char *path, struct err *err UNUSED)
{
    snprintf(disk.asked, sizeof disk.asked, "discard %s", path);
    return 0;
}

START_TEST(unsaved_drafts_are_offered)
{
    struct rig rig;
    setenv("TZ", "UTC", 1);
    rig_open(&rig, "lobby", 80, 24);
    struct model *model = &rig.gs->scene->model;
    struct model_draft drafts[] = {
        {.path = (char *)"/state/1", .graph = (char *)"lobby", .file = (char *)"/home/me/lobby.yaml",
         .at = INT64_C(1772366400000000000) - 60 * NSEC_PER_SEC, .compared = true, .lines = 3},
        {.path = (char *)"/state/2", .graph = (char *)"hall", .where = (char *)"edge media",
         .at = INT64_C(1772366400000000000) - 86400 * NSEC_PER_SEC},
    };
    model->drafts = drafts;
    model->draft_count = 2;
    model->ops.find_drafts = on_find_drafts;
    model->ops.recover = on_recover;
    model->ops.discard_draft = on_discard;
    disk.asked[0] = '\0';
    rig_type(&rig, ":"); /* not while something else is being asked */
    model->offer = xstrdup("/state/1");
    model_changed(model, CHANGED_DRAFTS);
    rig_type(&rig, "");
    ck_assert_ptr_null(strstr(rig.screen, "Unsaved draft"));
    rig_type(&rig, "<Esc>");
    ck_assert(rig_shows(&rig, "╭ Unsaved draft ─"));
    ck_assert(rig_shows(&rig, "An unsaved draft of lobby (lobby.yaml) from 11:59."));
    ck_assert(rig_shows(&rig, "3 lines are not as in the file."));
    ck_assert(rig_shows(&rig, "There is 1 more; :recover shows them."));
    rig_type(&rig, "<Esc>"); /* later */
    ck_assert_str_eq(disk.asked, "");
    ck_assert_ptr_null(strstr(rig.screen, "Unsaved draft"));
    rig_type(&rig, ":recover<Enter>n");
    ck_assert(rig_shows(&rig, "An unsaved draft of hall (edge media) from 2026-02-28 12:00."));
    ck_assert(rig_shows(&rig, "What it began from is not known now."));
    rig_type(&rig, "d<Enter>"); /* No is the default */
    ck_assert_str_eq(disk.asked, "");
    rig_type(&rig, ":recover<Enter>ndy");
    ck_assert_str_eq(disk.asked, "discard /state/2");
    rig_type(&rig, ":recover<Enter><Enter>");
    ck_assert_str_eq(disk.asked, "recover /state/1");
    ck_assert(rig_shows(&rig, "recovered; u goes back to what was there without it"));
    model->drafts = NULL;
    model->draft_count = 0;
    rig_close(&rig);
}
END_TEST

/* Two deployments, the first with 25 frames a second, and one that was cut short. */
static void deploy_history(struct rig *rig)
{
    struct model *model = &rig->gs->scene->model;
    char *theirs = text_of_others(model, "fps: 25");
    static const struct {
        int64_t minutes;
        const char *by, *what;
        double took;
    } rows[] = {{61, "anna", "first deployment", 2.5}, {3, "ben", "camera: fps 25 → 10", 0.05}, {1, "ben", "camera: fps 10 → 11", -1}};
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        char at[TIME_TEXT];
        cJSON *entry = cJSON_CreateObject();
        json_set_int(entry, "revision", (int64_t)i + 1);
        json_set_str(entry, "at", time_format(at, loop_wall(rig->loop) - rows[i].minutes * 60 * NSEC_PER_SEC, 0));
        json_set_str(entry, "by", rows[i].by);
        json_set_str(entry, "host", "desk");
        json_set_str(entry, "what", rows[i].what);
        if (rows[i].took >= 0)
            json_set(entry, "took", cJSON_CreateNumber(rows[i].took));
        if (i < 2)
            json_set_str(entry, "text", i ? document_text(model->document, NULL) : theirs);
        cJSON_AddItemToArray(list, entry);
    }
    struct buf out;
    buf_init(&out, 1u << 20);
    json_print(&out, list);
    char *eleven = text_of_others(model, "fps: 11");
    graph_scene_deploy_history(rig->gs, eleven, out.data);
    buf_release(&out);
    cJSON_Delete(list);
    free(eleven);
    free(theirs);
}

START_TEST(history_and_back)
{
    struct rig rig;
    rig_open(&rig, "lobby", 80, 24);
    rig_type(&rig, ":history<Enter>");
    ck_assert(rig_shows(&rig, "the cluster remembers no deployment of lobby"));
    deploy_history(&rig);
    rig_type(&rig, ":history<Enter>");
    ck_assert(rig_shows(&rig, "  #  AGE   BY         TOOK      CHANGES"));
    ck_assert(rig_shows(&rig, "  3  60s   ben        cut short camera: fps 10 → 11"));
    ck_assert(rig_shows(&rig, "  1  61m   anna       2.5s      first deployment"));
    rig_type(&rig, "<Esc>:rollback 9<Enter>");
    ck_assert(rig_shows(&rig, "there is no deployment '9'; :history lists them"));
    /* The one before that was deployed whole, and is another. */
    rig_type(&rig, ":rollback<Enter>");
    ck_assert(rig_shows(&rig, "the draft is what deployment 2 was; u undoes that"));
    ck_assert(rig_shows(&rig, "to edge: 0 added, 1 changed, 0 removed"));
    ck_assert(rig_shows(&rig, "fps 11 → 10"));
    rig_type(&rig, "<Esc>:rollback 1<Enter>");
    ck_assert(rig_shows(&rig, "fps 11 → 25"));
    ck_assert_uint_eq(rig.gs->scene->asked, 0); /* nothing before yes */
    rig_type(&rig, "y");
    ck_assert_uint_eq(rig.gs->scene->asked, 1);
    rig_type(&rig, "u");
    ck_assert_ptr_nonnull(strstr(document_text(rig.gs->scene->model.document, NULL), "fps: 10"));
    rig_close(&rig);
}
END_TEST

/* The first line of all. */
START_TEST(review_says_that_others_deployed)
{
    struct rig rig;
    rig_open(&rig, "lobby", 80, 24);
    rig.gs->scene->model.deployed_by_others = true;
    rig_type(&rig, "li<Down>9<Enter>D");
    ck_assert(rig.gs->scene->model.editing); /* what is reviewed is what is deployed: nothing replaces it meanwhile */
    ck_assert(rig_shows(&rig, "│  The deployed graph is no longer the one this draft began from:"));
    ck_assert(rig_shows(&rig, "what was changed there meanwhile would be undone."));
    rig_type(&rig, "<Esc>");
    ck_assert(!rig.gs->scene->model.editing);
    rig_close(&rig);
}
END_TEST

/* What came while one read is not deployed over unseen. */
START_TEST(yes_is_to_what_was_reviewed)
{
    struct rig rig;
    rig_open(&rig, "lobby", 80, 24);
    struct model *model = &rig.gs->scene->model;
    char *theirs = text_of_others(model, "fps: 25");
    rig_type(&rig, "D");
    ck_assert(rig_shows(&rig, "Nothing would change on the cluster."));
    graph_scene_deploy_text(rig.gs, theirs);
    rig_type(&rig, "y");
    ck_assert_uint_eq(rig.gs->scene->asked, 0);
    ck_assert(rig_shows(&rig, "│  Nothing was deployed: meanwhile somebody else deployed the graph,"));
    ck_assert(rig_shows(&rig, "to edge: 0 added, 1 changed, 0 removed"));
    ck_assert(rig_shows(&rig, "fps 25 → 10"));
    rig_type(&rig, "<Enter>"); /* No, again */
    ck_assert_uint_eq(rig.gs->scene->asked, 0);
    rig_type(&rig, "D");
    graph_scene_deploy_text(rig.gs, theirs); /* another record, and the same graph */
    rig_type(&rig, "y");
    ck_assert_uint_eq(rig.gs->scene->asked, 1);
    free(theirs);
    rig_close(&rig);
}
END_TEST

START_TEST(fuzzy_matching)
{
    ck_assert_int_eq(fuzzy_match("xyz", "people-detector"), 0);
    ck_assert_int_gt(fuzzy_match("", "anything"), 0);
    ck_assert_int_gt(fuzzy_match("pd", "people-detector"), fuzzy_match("pd", "ip-decoder"));
    ck_assert_int_gt(fuzzy_match("mon", "monitor"), fuzzy_match("mon", "my-own-node"));
    ck_assert_int_gt(fuzzy_match("MON", "monitor"), 0);
}
END_TEST

/* The question names context and consequence; No is the default; what is asked for is what was shown. */
START_TEST(acts_ask_first)
{
    struct rig rig;
    rig_open(&rig, "lobby", 100, 30);
    rig_type(&rig, "lR");
    ck_assert(rig_shows(&rig, "Restart lobby/object-detect"));
    ck_assert(rig_shows(&rig, "context edge, namespace media"));
    ck_assert(rig_shows(&rig, "object-detect: restarts 1 pod; it has a GPU, so there is a gap"));
    rig_type(&rig, "<Enter>R<Esc>Rn");
    ck_assert_uint_eq(rig.gs->scene->asked, 0);
    rig_type(&rig, "Ry");
    ck_assert_str_eq(rig.gs->scene->last_asked, "restart 0 media/lobby/object-detect deployment-object-detect");
    rig_type(&rig, ":stop<Enter>");
    ck_assert(rig_shows(&rig, "stops 1 pod; start brings it back"));
    rig_type(&rig, "<Tab><Enter>");
    ck_assert_str_eq(rig.gs->scene->last_asked, "stop 0 media/lobby/object-detect deployment-object-detect");
    rig_type(&rig, ":scale 3<Enter>y");
    ck_assert_str_eq(rig.gs->scene->last_asked, "scale 3 media/lobby/object-detect deployment-object-detect");
    rig_type(&rig, ":pause<Enter>y");
    ck_assert_str_eq(rig.gs->scene->last_asked, "pause 0 media/lobby/object-detect deployment-object-detect");
    ck_assert_uint_eq(rig.gs->scene->asked, 4);
    rig_close(&rig);
}
END_TEST

/* What is so already, and what makes no sense, is said without a question; of several, only the others are asked for. */
START_TEST(acts_that_change_nothing)
{
    struct rig rig;
    rig_open(&rig, "held", 100, 30);
    rig_type(&rig, ":stop<Enter>");
    ck_assert(rig_shows(&rig, "camera: is stopped already"));
    rig_type(&rig, "R");
    ck_assert(rig_shows(&rig, "camera: is stopped: there is no pod to restart; start it instead"));
    rig_type(&rig, ":resume<Enter>");
    ck_assert(rig_shows(&rig, "camera: is not paused"));
    rig_type(&rig, ":scale<Enter>");
    ck_assert(rig_shows(&rig, "scale wants a number of pods, from 0 to 1000: :scale 2"));
    rig_type(&rig, ":scale many<Enter>");
    ck_assert(rig_shows(&rig, "scale wants a number of pods"));
    rig_type(&rig, ":restart now<Enter>");
    ck_assert(rig_shows(&rig, "restart takes what is marked or selected, and no words"));
    ck_assert_uint_eq(rig.gs->scene->asked, 0);
    rig_type(&rig, "<Space>l<Space>l<Space>R");
    ck_assert(rig_shows(&rig, "Restart lobby/object-detect"));
    ck_assert(rig_shows(&rig, "monitoring: is paused, and cannot be restarted until it is resumed"));
    rig_type(&rig, "y");
    ck_assert_str_eq(rig.gs->scene->last_asked, "restart 0 media/lobby/object-detect deployment-object-detect");
    rig_type(&rig, ":stop<Enter>");
    ck_assert(rig_shows(&rig, "Stop 2 things of lobby"));
    rig_type(&rig, "y");
    ck_assert_str_eq(rig.gs->scene->last_asked, "stop 0 media/lobby/object-detect deployment-object-detect "
                                                "media/lobby/monitoring deployment-monitoring");
    rig_type(&rig, "<Esc>hh:start<Enter>");
    ck_assert(rig_shows(&rig, "camera: starts 1 pod, as many as there were"));
    rig_close(&rig);
}
END_TEST

START_TEST(acts_on_what_has_no_pods)
{
    struct rig rig;
    rig_open(&rig, "twelve", 120, 40);
    rig_type(&rig, "R");
    ck_assert(rig_shows(&rig, "north: is not deployed; D deploys it"));
    rig_type(&rig, "/gate<Enter>:stop<Enter>");
    ck_assert(rig_shows(&rig, "gate: is external: there is no pod of it to stop"));
    rig_type(&rig, "4:stop<Enter>");
    ck_assert(rig_shows(&rig, "stop acts on what is chosen in Graph (1) or Deployments (2)"));
    ck_assert_uint_eq(rig.gs->scene->asked, 0);
    rig_close(&rig);
    rig_open(&rig, "lobby", 100, 30);
    rig.gs->scene->model.read_only = true;
    rig_type(&rig, "R");
    ck_assert(rig_shows(&rig, "read-only: nothing is written to edge"));
    rig_close(&rig);
    rig_open(&rig, "none", 100, 30);
    rig_type(&rig, ":stop<Enter>");
    ck_assert(rig_shows(&rig, "there is no graph here to stop anything of"));
    rig_close(&rig);
}
END_TEST

/* A stopped thing and a paused one say so, on the box and in the sentence. */
START_TEST(held_things_say_so)
{
    struct rig rig;
    rig_open(&rig, "held", 100, 30);
    ck_assert(rig_shows(&rig, "Stopped 0/0"));
    ck_assert(rig_shows(&rig, "Paused 1/1"));
    ck_assert(rig_shows(&rig, "camera: Stopped; :start brings it back, D as the graph says"));
    rig_type(&rig, "ll");
    ck_assert(rig_shows(&rig, "its rollout is paused, :resume goes on with it"));
    rig_close(&rig);
}
END_TEST

Suite *ui_graph_dialogs_suite(void)
{
    Suite *suite = suite_create("graph dialogs");
    TCase *tc = tcase_create("dialogs");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, a_adds_a_thing);
    tcase_add_test(tc, o_appends_and_wires);
    tcase_add_test(tc, o_from_a_port);
    tcase_add_test(tc, form_checks_while_one_types);
    tcase_add_test(tc, arrows_choose_among_a_few_words);
    tcase_add_test(tc, form_left_changes_nothing);
    tcase_add_test(tc, deploy_defaults_to_no);
    tcase_add_test(tc, review_names_what_changes);
    tcase_add_test(tc, review_names_files);
    tcase_add_test(tc, faults_cannot_be_deployed);
    tcase_add_test(tc, read_only_deploys_nothing);
    tcase_add_test(tc, compose_from_nothing);
    tcase_add_test(tc, new_graph_wants_a_legal_name);
    tcase_add_test(tc, E_edits_the_text);
    tcase_add_test(tc, E_comes_back_with_what_is_no_graph);
    tcase_add_test(tc, e_edits_the_thing);
    tcase_add_test(tc, e_renames);
    tcase_add_test(tc, e_gives_up_and_keeps_what_was_typed);
    tcase_add_test(tc, e_refuses_what_is_no_thing);
    tcase_add_test(tc, E_gives_up);
    tcase_add_test(tc, e_keeps_what_a_killed_editor_wrote);
    tcase_add_test(tc, E_keeps_what_is_too_large);
    tcase_add_test(tc, w_shows_what_others_wrote);
    tcase_add_test(tc, unsaved_drafts_are_offered);
    tcase_add_test(tc, history_and_back);
    tcase_add_test(tc, review_says_that_others_deployed);
    tcase_add_test(tc, yes_is_to_what_was_reviewed);
    tcase_add_test(tc, fuzzy_matching);
    tcase_add_test(tc, acts_ask_first);
    tcase_add_test(tc, acts_that_change_nothing);
    tcase_add_test(tc, acts_on_what_has_no_pods);
    tcase_add_test(tc, held_things_say_so);
    suite_add_tcase(suite, tc);
    return suite;
}
