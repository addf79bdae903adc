/* What README.md says that a task takes beside its peers: the row has these keys, they are counted right, and typed from the
 * dashboard's first screen, on lobby deployed, they show it. */
#include "tests/e2e/rig.h"

#include <fnmatch.h>
#include <glob.h>

#include "base/text.h"
#include "tests/e2e/lens.h"

static const struct task {
    const char *name, *keys; /* as in README.md */
    const char *shows;       /* a line like this; of a command: what it is given behind its keys */
    const char *waits[2];    /* the lines that a hand waits for behind the first and the second key; NULL: it does not */
    const char *back;        /* what undoes it for the next */
    bool chosen;             /* the first such line is the selected one */
} well[] = {
    {"who holds which GPU", "3", " gpu-[1-4] * 1     1     0  object-detect *"},
    {"the logs of a thing, all its pods as one", "L", " patchbay * Logs lobby/camera *"},
    {"the pods of a node", "3p", " patchbay * Pods * /node=gpu-1 *", .waits = {" gpu-1 *"}},
    {"the pods that restarted most, first", "4<<<I", "* RESTARTS▾ *", .waits = {"* RESTARTS * NODE*"}, .back = "I"},
    {"an object in words", "d", " Name: *camera-*"},
    {"the objects of a kind, CRDs too", ":svc⏎", " media *monitoring * ClusterIP *"},
    {"a shell in a pod", "s", " the pods of the embedded cluster are processes of this machine*"},
    {"a port of a pod", "F⏎", " nothing needs to be forwarded: camera-* listens on this*", .waits = {" forward *"}},
    {"what the analysers find now", "6", " object-detect  *[1-9].[0-9]   *s (95% *s)*"},
    {"the picture", "v", " patchbay * Picture camera *"},
    {"restart one thing", "Ry", " restarted camera*", .waits = {"* Restart lobby/camera *"}},
    {"cordon a node", "3cy", " gpu-1  * Ready,Schedul*", .waits = {" gpu-1 *", "* Cordon gpu-1 *"}},
    {"drain a node", "3ry", " drained gpu-1: *", .waits = {" gpu-1 *", "* Drain gpu-1 *"}},
    {0},
}, pending[] = {
    {"why a pod does not start", "lw", "   object-detect asks for 9 nvidia.com/gpu, and no node has more than 1*"},
    {"the pods that are not well", "4f", " patchbay * Pods 2, not well only *", .waits = {" media *"}, .back = "f"},
    {"those of one node", "3pf", " patchbay * Pods */node=gpu-1, not well only *", .waits = {" gpu-1 *"}},
    {"only the warnings of a graph", "5ffo", " patchbay * Events * /graph=lobby, warnings only *", .waits = {"* FailedScheduling *"}},
    {0},
}, unplugged[] = {
    {"which input stopped", "lw", "   object-detect is Ready, but its input stopped: camera's source refuses *"},
    {"the first error of a log", "Le", " camera: error: *", .waits = {" camera: error: *"}, .chosen = true},
    {"lines that fit, and two around each", "L&refuses⏎]]", " 2 lines around each*", .waits = {" camera: error: *"}},
    {0},
}, commands[] = {
    {"whether it flows, for cron", "patchbay assert lobby⏎", " --timeout 30s"},
    {"how several clusters are", "patchbay status --contexts '*'⏎", " | grep '^edge '"},
    {"keep what happens at night", "patchbay record night⏎", " --timeout 1s"},
    {"look at it in the morning", "patchbay replay night⏎", " -- status media/lobby | grep '^object-detect '"},
    {0},
};

/* ^X and ⇧X are a key. */
static size_t count_keys(const char *keys, size_t len)
{
    size_t count = 0, n;
    for (size_t at = 0; at < len; at += n) {
        uint32_t code;
        n = utf8_decode(keys + at, len - at, &code);
        count += code != '^' && code != 0x21e7;
    }
    return count;
}

/* "9 `KEYS` …": whether so many are written there. */
static size_t counted(const char *cell)
{
    char *end;
    size_t count = strtoul(cell, &end, 10);
    ck_assert_msg(str_starts(end, " `") && strchr(end + 2, '`'), "README.md counts no keys at %.60s", cell);
    ck_assert_msg(count_keys(end + 2, strcspn(end + 2, "`")) == count, "README.md counts the keys wrong at %.60s", cell);
    return count;
}

/* The peer's cell begins with keys, or says what there is instead; one that needs as few says so. */
static void row_is_true(const char *readme, const struct task *task)
{
    char *row = xasprintf("\n| %s | %zu `%s` | ", task->name, count_keys(task->keys, strlen(task->keys)), task->keys);
    const char *at = strstr(readme, row);
    ck_assert_msg(at, "README.md has no row like this: %s", row + 1);
    const char *there = at + strlen(row);
    char *rest = xstrndup(there, strcspn(there, "\n"));
    if (*rest >= '0' && *rest <= '9') {
        size_t theirs = counted(rest), ours = count_keys(task->keys, strlen(task->keys));
        ck_assert_msg(ours < theirs || strstr(rest, ours == theirs ? "as many" : "fewer"), "README.md hides that %s", rest);
    }
    free(rest);
    free(row);
}

static void rows_are_true(const struct task *tasks, size_t *count)
{
    char *path = xasprintf("%s/README.md", getenv("abs_top_srcdir") ? getenv("abs_top_srcdir") : TOP_SRCDIR);
    char *readme = rig_read(path);
    for (; tasks->name; tasks++, ++*count)
        row_is_true(readme, tasks);
    free(readme);
    free(path);
}

START_TEST(readme_says_what_it_takes)
{
    size_t count = 0, rows = 0;
    char *path = xasprintf("%s/README.md", getenv("abs_top_srcdir") ? getenv("abs_top_srcdir") : TOP_SRCDIR);
    char *readme = rig_read(path);
    rows_are_true(well, &count);
    rows_are_true(pending, &count);
    rows_are_true(unplugged, &count);
    rows_are_true(commands, &count);
    const char *at = strstr(readme, "\n| task | keys here | keys there |\n");
    ck_assert_ptr_nonnull(at);
    for (at = strchr(at + 1, '\n'); at && at[1] == '|'; at = strchr(at + 1, '\n'))
        rows++;
    ck_assert_msg(rows == count + 1, "README.md has %zu rows, and %zu are tried", rows - 1, count); /* below the title a rule */
    free(readme);
    free(path);
}
END_TEST

/* As rig_type has them, from the first `skip` on. */
static char *typed(const struct task *task, size_t skip)
{
    static const char enter[] = "⏎";
    struct buf out;
    buf_init(&out, 256);
    for (const char *at = task->keys + skip; *at;) {
        bool is_enter = str_starts(at, enter);
        buf_adds(&out, is_enter ? "<Enter>" : *at == '<' ? "<lt>" : (char[]){*at, '\0'});
        at += is_enter ? strlen(enter) : 1;
    }
    return buf_take(&out);
}

static bool is_there(void *data)
{
    return rig_lines(data) > 0;
}

static bool is_chosen(void *data)
{
    char text[128] = "";
    int y = 0;
    for (const char *at = rig.said; *at; y++) {
        size_t len = strcspn(at, "\n");
        char *line = xstrndup(at, len);
        bool found = fnmatch(data, line, 0) == 0;
        free(line);
        if (found) {
            screen_attributes(rig.screen, 1, y, text, sizeof text);
            return strstr(text, "bg") || strstr(text, "reverse");
        }
        at += len + (at[len] == '\n');
    }
    return false;
}

static void expect_line(const struct task *task, const char *pattern, bool chosen)
{
    char *what = xasprintf("%s by %s: '%s'", task->name, task->keys, pattern);
    rig_expect_that(chosen ? is_chosen : is_there, (void *)(uintptr_t)pattern, what);
    free(what);
}

static void try_one(const struct task *task)
{
    size_t skip = 0;
    for (; skip < ARRAY_SIZE(task->waits) && task->waits[skip]; skip++) {
        rig_type((char[]){task->keys[skip], '\0'});
        expect_line(task, task->waits[skip], false);
    }
    char *keys = typed(task, skip);
    rig_type(keys);
    expect_line(task, task->shows, task->chosen);
    free(keys);
    if (task->back)
        rig_type(task->back);
}

/* Each from the first screen, where the first box is chosen. */
static void try_each(const struct task *tasks)
{
    for (; tasks->name; tasks++) {
        rig_type("1g");
        rig_expect_lines(1, "╭ camera *");
        rig_expect_lines(1, "─ camera ─*");
        try_one(tasks);
    }
}

/* In a shell beside the dashboard. */
static void run_each(const struct task *tasks)
{
    glob_t found;
    char *kubeconfigs = rig_path("run/*/kubeconfig");
    const char *built = getenv("abs_top_builddir"), *source = getenv("abs_top_srcdir");
    ck_assert_int_eq(glob(kubeconfigs, 0, NULL, &found), 0);
    for (; tasks->name; tasks++) {
        char *line = xasprintf("cd '%s' && export PATH='%s':$PATH PATCHBAY_ASSETS='%s/assets' KUBECONFIG='%s' && %.*s%s >said 2>&1", rig.dir,
                               built ? built : TOP_BUILDDIR, source ? source : TOP_SRCDIR, found.gl_pathv[0],
                               (int)strcspn(tasks->keys, "\xe2"), tasks->keys, tasks->shows);
        int status = system(line);
        char *path = rig_path("said"), *said = rig_read(path);
        ck_assert_msg(status == 0, "%s: %s ended with status %x, saying %s", tasks->name, tasks->keys, status, said);
        free(said);
        free(path);
        free(line);
    }
    globfree(&found);
    free(kubeconfigs);
}

START_TEST(of_a_graph_that_is_well)
{
    rig_start("lobby", NULL, 80, 24);
    rig_deploy();
    rig_expect_flow();
    run_each(commands);
    try_each(well);
    rig_quit();
}
END_TEST

START_TEST(of_a_pod_that_does_not_start)
{
    rig.from = "gpu: {count: 1}";
    rig.to = xstrdup("gpu: {count: 9}");
    rig_start("lobby", NULL, 80, 24);
    free(rig.to);
    rig.to = NULL;
    rig_type("D");
    rig_expect_text("to edge: 3 added");
    rig_type("y");
    rig_expect_lines(1, "│ ● Running 1/1 *▲ Pending 0/1 *▲ Running 0/1 *");
    try_each(pending);
    rig_quit();
}
END_TEST

START_TEST(of_a_camera_that_is_unplugged)
{
    struct lens lens = lens_open(0);
    lens_start_lobby(&lens, 80, 24);
    lens_close(&lens);
    rig_expect_text("NO FRAMES ");
    try_each(unplugged);
    rig_quit();
}
END_TEST

Suite *tasks_suite(void)
{
    Suite *suite = suite_create("tasks");
    TCase *tcase = tcase_create("tasks");
    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, rig_setup, rig_teardown);
    tcase_add_test(tcase, readme_says_what_it_takes);
    tcase_add_test(tcase, of_a_graph_that_is_well);
    tcase_add_test(tcase, of_a_pod_that_does_not_start);
    tcase_add_test(tcase, of_a_camera_that_is_unplugged);
    suite_add_tcase(suite, tcase);
    return suite;
}
