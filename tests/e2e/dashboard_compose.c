/* Graphs by keys only: from nothing, and a file that somebody wrote by hand. */
#include "tests/e2e/rig.h"

#include <glob.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/text.h"
#include "graph/graph.h"

#define MEANING_MAX (1u << 16)

static void read_catalogue(struct catalogue *catalogue)
{
    static const char *const names[] = {"ip-camera", "people-detector", "monitor"};
    const char *top = getenv("abs_top_srcdir");
    struct faults faults = {0};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        char *path = xasprintf("%s/assets/catalog/%s.yaml", top ? top : TOP_SRCDIR, names[i]), *text = rig_read(path);
        catalogue_read(catalogue, text, strlen(text), path, &faults);
        free(text);
        free(path);
    }
    ck_assert_uint_eq(faults.count, 0);
}

/* All that a graph means but for its things' names and places: a line a thing, a line a link. */
static char *meaning(const char *path, const struct catalogue *catalogue)
{
    struct faults faults = {0};
    struct buf out;
    char *text = rig_read(path);
    struct graph *graph = graph_parse(text, strlen(text), path, catalogue, &faults);
    ck_assert_ptr_nonnull(graph);
    ck_assert_msg(faults.count == 0, "%s", faults.count ? faults.items[0].text : "");
    buf_init(&out, MEANING_MAX);
    buf_addf(&out, "%s in %s\n", graph->name, graph->ns);
    for (size_t i = 0; i < graph->thing_count; i++) {
        const struct graph_thing *thing = &graph->things[i];
        buf_addf(&out, "%zu %s ×%d", i, thing->type, thing->replicas);
        if (thing->gpu_count)
            buf_addf(&out, " %d %s", thing->gpu_count, thing->gpu_resource);
        for (size_t p = 0; p < thing->entry->param_count; p++)
            buf_addf(&out, " %s=%s", thing->entry->params[p].name, graph_param(thing, thing->entry->params[p].name));
        buf_addf(&out, "%s\n", thing->extra ? " and more" : "");
    }
    for (size_t i = 0; i < graph->link_count; i++) {
        const struct graph_link *link = &graph->links[i];
        buf_addf(&out, "%zu.%s → %zu.%s\n", link->from, link->from_port, link->to, link->to_port);
    }
    graph_free(graph);
    faults_release(&faults);
    free(text);
    return buf_take(&out);
}

/* What no key says yet is said in the document: its editor here is a script. */
static char *editor(void)
{
    char *path = rig_path("editor");
    rig_write(path, "#!/bin/sh\nsed -i '/type: people-detector/a\\      gpu: {count: 1}' \"$1\"\n", 0755);
    char *variable = xasprintf("EDITOR=%s", path);
    free(path);
    return variable;
}

static void validate(const char *path)
{
    const char *top = getenv("abs_top_builddir");
    char *command = xasprintf("'%s/patchbay' validate '%s'; echo \"exit $?.\"", top ? top : TOP_BUILDDIR, path);
    screen_free(rig.screen);
    rig_run((const char *const[]){"/bin/sh", "-c", command, NULL}, NULL, 200, 10);
    rig_expect_text("exit 0.");
    rig_expect_text("graph media/lobby is valid: 3 things, 3 links");
    free(command);
}

START_TEST(lobby_is_composed_from_nothing)
{
    struct catalogue catalogue = {0};
    char *variable = editor(), *file = rig_path("made.yaml");
    char *sample =
        xasprintf("%s/assets/graphs/lobby.yaml", getenv("abs_top_srcdir") ? getenv("abs_top_srcdir") : TOP_SRCDIR);
    rig_start(NULL, (const char *const[]){variable, "VISUAL=", NULL}, 80, 24);
    rig_expect("~\n\n  No graph is open.\n\n  a begins one with its first thing.  :open FILE opens a file.\n");
    rig_type(":ns media<Enter>a");
    rig_expect_text("name of the new graph, in media:");
    rig_type("lobby<Enter>");
    rig_expect_text("╭ Add a thing ─");
    rig_type("ip-c<Enter>");
    rig_expect_text("added camera");

    /* The form: a value that is out of its range keeps it open, and nothing of it is taken. */
    rig_type("i");
    rig_expect_text("╭ camera: IP camera ─");
    rig_type("<Down><Down><C-u>sample:vtest<Down><C-u>99<Enter>");
    rig_expect_text("1 to 60");
    rig_expect_text("╭ camera: IP camera ─");
    rig_type("<C-u>10<Enter>");
    rig_expect_text("camera: 2 fields changed");

    rig_type("o");
    rig_expect_text("╭ Append to camera ─");
    rig_type("people<Enter>");
    rig_expect_text("added object-detect with 1 link from camera");
    rig_type("o");
    rig_expect_text("╭ Append to object-detect ─");
    rig_type("mon<Enter>");
    rig_expect_text("added monitoring with 2 links from object-detect");
    rig_expect(" patchbay  edge · media/lobby*                  GPU 4/4 free (simulated)   live\n"
               "\n"
               "╭ camera ────────╮   ╭ object-detect ────────────╮   ╭ monitoring ─────────────╮\n"
               "│ ○ not deployed │   │ ○ not deployed            │   │ ○ not deployed          │\n"
               "│          video ├─▶─┤ video               video ├─▶─┤ video                   │\n"
               "│                │   │                detections ├─▶─┤ detections              │\n"
               "╰─── → gpu-1 +3 ─╯   ╰─────── → gpu-1 or 3 more ─╯   ╰───── → gpu-1 or 3 more ─╯\n");

    /* The last step is one edit, and comes back as one; a wire that is removed and connected again is the same wire. */
    rig_type("u");
    rig_expect_gone("╭ monitoring ─");
    rig_expect_text("undo append monitor");
    rig_type("<C-r>");
    rig_expect_text("╭ monitoring ─");
    rig_type("G<Tab><Tab>x");
    rig_expect_text("removed object-detect.detections → monitoring.detections");
    rig_type("c<Enter>");
    rig_expect_text("connected monitoring.detections from object-detect.detections");

    rig_type("E");
    rig_expect_text("GPU 1");
    char *save = xasprintf(":w %s<Enter>", file);
    rig_type(save);
    rig_expect_text("saved to ");
    rig_expect_gone("media/lobby*");
    rig_quit();

    read_catalogue(&catalogue);
    char *wanted = meaning(sample, &catalogue), *made = meaning(file, &catalogue);
    ck_assert_str_eq(made, wanted);
    validate(file);
    catalogue_release(&catalogue);
    free(wanted);
    free(made);
    free(save);
    free(variable);
    free(file);
    free(sample);
}
END_TEST

/* How it came up is in its history, as of a deployment by the command. */
static bool timing_is_kept(void *data UNUSED)
{
    const char *top = getenv("abs_top_srcdir"), *built = getenv("abs_top_builddir");
    char *command = xasprintf("PATCHBAY_ASSETS='%s/assets' '%s/patchbay' timing media/lobby --revision 1 --kubeconfig '%s'/run/*/kubeconfig "
                              "2>/dev/null | grep -q '^up after'", top ? top : TOP_SRCDIR, built ? built : TOP_BUILDDIR, rig.dir);
    bool kept = system(command) == 0;
    free(command);
    return kept;
}

/* The paper's service with at most 40 keys, from an empty screen to running and saved; what is deployed of it is the
 * sample's, byte for byte. */
START_TEST(lobby_in_forty_keys)
{
    static const struct step { const char *keys; size_t count; const char *then; } steps[] = {
        {"a", 1, "name of the new graph, in media:"},
        {"lobby<Enter>", 6, "╭ Add a thing ─"},
        {"<Enter>", 1, "added camera"}, /* the camera is the first */
        {"o", 1, "╭ Append to camera ─"},
        {"p<Enter>", 2, "added object-detect with 1 link from camera"},
        {"i", 1, "╭ object-detect: People detector ─"},
        {"<Down>1<Enter>", 3, "object-detect: 1 field changed"},
        {"o", 1, "╭ Append to object-detect ─"},
        {"mon<Enter>", 4, "added monitoring with 2 links from object-detect"},
        {"D", 1, "to edge: 3 added, 0 changed, 0 removed"},
        {"y", 1, "deployed: "},
    };
    const char *top = getenv("abs_top_srcdir"), *built = getenv("abs_top_builddir");
    char *file = rig_path("lobby.yaml"), *save = xasprintf(":w %s<Enter>", file);
    size_t count = strlen(":w lobby.yaml") + 1;
    rig_run((const char *const[]){"patchbay", "--edge", "-n", "media", NULL}, NULL, 80, 24);
    rig_expect_lines(1, " patchbay  edge * GPU 4/4 free (simulated)   live");
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
        rig_type(steps[i].keys);
        rig_expect_text(steps[i].then);
        count += steps[i].count;
    }
    rig_type(save);
    rig_expect_text("saved to ");
    ck_assert_uint_le(count, 40);
    rig.things = 3;
    rig_expect_flow();
    rig_expect_that(timing_is_kept, NULL, "the deployment's timing is kept");
    rig_quit();
    screen_free(rig.screen);
    char *command = xasprintf("cd '%s' && for f in '%s/assets/graphs/lobby.yaml' '%s'; do '%s/patchbay' render \"$f\" | "
                              "sed '1,/^---$/d' >$(basename $(dirname \"$f\")).objects; done; wc -l *.objects; cmp *.objects; "
                              "echo \"exit $?.\"", rig.dir, top ? top : TOP_SRCDIR, file, built ? built : TOP_BUILDDIR);
    rig_run((const char *const[]){"/bin/sh", "-c", command, NULL}, NULL, 200, 10);
    rig_expect_text("exit 0.");
    rig_expect_text("graphs.objects");
    free(command);
    free(save);
    free(file);
}
END_TEST

/* A copy of the text with one part of it replaced. */
static char *with(const char *text, const char *part, const char *by)
{
    const char *at = strstr(text, part);
    ck_assert_ptr_nonnull(at);
    return xasprintf("%.*s%s%s", (int)(at - text), text, by, at + strlen(part));
}

START_TEST(a_file_written_by_hand_keeps_its_comments)
{
    rig_start("lobby", NULL, 80, 24);
    char *before = rig_read(rig.file);
    ck_assert_ptr_nonnull(strstr(before, "# also its host name in the cluster"));
    rig_type("i");
    rig_expect_text("╭ camera: IP camera ─");
    rig_type("<Down><Down><Down><C-u>12<Enter>");
    rig_expect_text("params    source sample:vtest, fps 12");
    /* An edit and its way back leave nothing behind. */
    rig_type("lx");
    rig_expect_gone("╭ object-detect ─");
    rig_type("u");
    rig_expect_text("╭ object-detect ─");
    rig_type(":w<Enter>");
    rig_expect_text("saved to ");
    char *after = rig_read(rig.file), *wanted = with(before, "fps: 10}", "fps: 12}");
    ck_assert_str_eq(after, wanted);

    /* Whoever leaves with an edit is asked, and No stays. */
    rig_type("i");
    rig_expect_text("╭ camera: IP camera ─");
    rig_type("<Down><Down><Down><C-u>9<Enter>");
    rig_expect_text("media/lobby*");
    rig_type("q");
    rig_expect_text("has changes that are saved nowhere");
    rig_type("<Enter>");
    rig_expect_gone("has changes that are saved nowhere");
    rig_type("u");
    rig_expect_gone("media/lobby*");
    rig_quit();
    free(before);
    free(after);
    free(wanted);
}
END_TEST

/* Whether the unsaved draft is where no kill reaches it. */
static bool is_kept(void *data)
{
    glob_t found;
    bool kept = false;
    char *pattern = rig_path("state/patchbay/drafts/*.draft");
    if (glob(pattern, 0, NULL, &found) == 0 && found.gl_pathc == 1) {
        char *text = rig_read(found.gl_pathv[0]);
        kept = strstr(text, data) != NULL;
        free(text);
    }
    globfree(&found);
    free(pattern);
    return kept;
}

static const int ends[] = {SIGKILL, SIGTERM, SIGHUP};

/* However the program is ended, the draft is offered to the next. Signals that can be heard keep what is newest. */
START_TEST(an_unsaved_graph_survives)
{
    rig_start("lobby", NULL, 80, 24);
    rig_type("i");
    rig_expect_text("╭ camera: IP camera ─");
    rig_type("<Down><Down><Down><C-u>12<Enter>");
    rig_expect_text("media/lobby*");
    if (ends[_i] == SIGKILL)
        rig_expect_that(is_kept, (void *)(uintptr_t)"fps: 12}", "the draft is kept");
    screen_signal(rig.screen, ends[_i]);
    int status = rig_expect_end();
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == ends[_i]);
    rig_expect_nothing_runs();
    ck_assert(is_kept((void *)(uintptr_t)"fps: 12}"));

    screen_free(rig.screen);
    rig_run((const char *const[]){"patchbay", "--edge", rig.file, NULL}, NULL, 80, 24);
    rig_expect_text("╭ Unsaved draft ─");
    rig_expect_text("An unsaved draft of lobby (lobby.yaml) from ");
    rig_expect_text("1 line is not as in the file.");
    rig_type("<Enter>");
    rig_expect_text("recovered; u goes back to what was there without it");
    rig_expect_text("fps 12");
    rig_type("u");
    rig_expect_gone("media/lobby*");
    rig_type("<C-r>:w<Enter>");
    rig_expect_text("saved to ");
    char *file = rig_read(rig.file);
    ck_assert_ptr_nonnull(strstr(file, "fps: 12}"));
    ck_assert(!is_kept((void *)(uintptr_t)""));
    rig_type("q"); /* rig_quit wants no traces of the first edge either, which was killed */
    rig_expect_end();
    rig_expect_restored();
    free(file);
}
END_TEST

START_TEST(a_file_that_others_changed_is_not_overwritten)
{
    rig_start("lobby", NULL, 80, 24);
    char *before = rig_read(rig.file), *theirs = with(before, "fps: 10}", "fps: 25}"),
         *ours = with(before, "fps: 10}", "fps: 12}");
    rig_write(rig.file, theirs, 0);
    rig_expect_text("lobby.yaml was changed on disk and read again; u undoes it");
    rig_expect_text("fps 25");
    rig_type("i");
    rig_expect_text("╭ camera: IP camera ─");
    rig_type("<Down><Down><Down><C-u>12<Enter>");
    rig_expect_text("media/lobby*");
    rig_write(rig.file, before, 0);
    rig_expect_text("lobby.yaml was changed on disk by somebody; :w shows the differences");
    rig_type(":w<Enter>");
    rig_expect_text("╭ lobby.yaml was changed on disk ─");
    rig_expect_text("-       params: {source: \"sample:vtest\", fps: 10}");
    rig_expect_text("+       params: {source: \"sample:vtest\", fps: 12}");
    rig_type("<Esc>");
    rig_expect_gone("╭ lobby.yaml was changed on disk ─");
    char *there = rig_read(rig.file);
    ck_assert_str_eq(there, before);
    rig_type(":w!<Enter>");
    rig_expect_text("saved to ");
    free(there);
    there = rig_read(rig.file);
    ck_assert_str_eq(there, ours);
    rig_quit();
    free(before);
    free(theirs);
    free(ours);
    free(there);
}
END_TEST

/* What we deploy is no surprise; what somebody else deploys is, and is not undone unseen. */
START_TEST(a_graph_that_others_deployed_is_not_undone_unseen)
{
    glob_t found;
    const char *top = getenv("abs_top_builddir");
    char *kubeconfigs = rig_path("run/*/kubeconfig"), *theirs = rig_path("theirs.yaml");
    rig_start("lobby", NULL, 80, 24);
    rig_deploy();
    rig_type("i");
    rig_expect_text("╭ camera: IP camera ─");
    rig_type("<Down><Down><Down><C-u>12<Enter>");
    rig_expect_text("media/lobby*");
    ck_assert_int_eq(glob(kubeconfigs, 0, NULL, &found), 0);
    char *before = rig_read(rig.file), *other = with(before, "fps: 10}", "fps: 25}");
    rig_write(theirs, other, 0644);
    char *command = xasprintf("PATCHBAY_ASSETS='%s/assets' '%s/patchbay' deploy '%s' --kubeconfig '%s' >/dev/null 2>&1",
                              getenv("abs_top_srcdir") ? getenv("abs_top_srcdir") : TOP_SRCDIR,
                              top ? top : TOP_BUILDDIR, theirs, found.gl_pathv[0]);
    ck_assert_ptr_null(strstr(rig.said, "somebody else"));
    ck_assert_int_eq(system(command), 0);
    rig_expect_text("lobby was deployed by somebody else meanwhile; D shows the differences");
    rig_type("D");
    rig_expect_text("The deployed graph is no longer the one this draft began from:");
    rig_expect_text("fps 25 → 12");
    rig_type("y");
    rig_expect_text("deployed: ");
    rig_type("D");
    rig_expect_text("Nothing would change on the cluster.");
    ck_assert_ptr_null(strstr(rig.said, "no longer the one"));
    rig_type("<Esc>:q!<Enter>");
    rig_expect_end();
    globfree(&found);
    free(kubeconfigs);
    free(theirs);
    free(before);
    free(other);
    free(command);
}
END_TEST

/* An editor that breaks the text first finds it again with the reason on top, and mends it. */
START_TEST(an_editor_may_err_once)
{
    char *path = rig_path("editor");
    rig_write(path, "#!/bin/sh\nif grep -q '^# patchbay: line ' \"$1\"; then sed -i 's/^  things:/  things: /; s/fps: 10 /fps: 12}/' \"$1\"\n"
              "else sed -i 's/fps: 10}/fps: 10 /' \"$1\"; fi\n", 0755);
    char *variable = xasprintf("EDITOR=%s", path);
    rig_start("lobby", (const char *const[]){variable, "VISUAL=", NULL}, 80, 24);
    rig_type("E");
    rig_expect_text("3 things, 3 links; u undoes the edit");
    rig_expect_text("fps 12");
    rig_type(":w<Enter>");
    rig_expect_text("saved to ");
    char *file = rig_read(rig.file);
    ck_assert(str_starts(file, "# A camera in a lobby"));
    ck_assert_ptr_null(strstr(file, "# patchbay: "));
    rig_quit();
    free(file);
    free(variable);
    free(path);
}
END_TEST

Suite *compose_suite(void)
{
    Suite *suite = suite_create("compose");
    TCase *tcase = tcase_create("compose");
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, rig_setup, rig_teardown);
    tcase_add_test(tcase, lobby_is_composed_from_nothing);
    tcase_add_test(tcase, lobby_in_forty_keys);
    tcase_add_test(tcase, a_file_written_by_hand_keeps_its_comments);
    tcase_add_loop_test(tcase, an_unsaved_graph_survives, 0, (int)ARRAY_SIZE(ends));
    tcase_add_test(tcase, a_file_that_others_changed_is_not_overwritten);
    tcase_add_test(tcase, a_graph_that_others_deployed_is_not_undone_unseen);
    tcase_add_test(tcase, an_editor_may_err_once);
    suite_add_tcase(suite, tcase);
    return suite;
}
