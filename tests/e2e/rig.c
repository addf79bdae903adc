#include "tests/e2e/rig.h"

#include <fnmatch.h>
#include <pty.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/file.h"
#include "base/text.h"
#include "base/time.h"
#include "tests/screen/compare.h"

#define PATIENCE (40 * NSEC_PER_SEC) /* for a machine that does much else; what must be quick is measured */
#define LOOK (20 * NSEC_PER_MSEC)
#define FILE_MAX (1u << 20)

struct rig rig;

static const char *top(const char *variable, const char *otherwise)
{
    const char *value = getenv(variable);
    return value && *value ? value : otherwise;
}

static char *base; /* of the tests' folders */

/* Whose parent dies comes to us: whatever is left behind can be found. */
static void adopt(void)
{
    prctl(PR_SET_CHILD_SUBREAPER, 1);
}

static void end_all(int64_t patience)
{
    int64_t deadline = time_monotonic() + patience;
    while (rig_running() && time_monotonic() < deadline)
        usleep(LOOK / 1000);
    for (pid_t pid; (pid = rig_process(NULL, 0)) > 0; usleep(LOOK / 1000))
        kill(pid, SIGKILL);
}

void rig_begin(void)
{
    adopt();
    base = xasprintf("%s/patchbay-e2e-XXXXXX", top("TMPDIR", "/tmp"));
    if (!mkdtemp(base))
        BUG("cannot make a folder like %s: %s", base, strerror(errno));
}

void rig_end(void)
{
    struct err ignored = ERR_INIT;
    end_all(5 * NSEC_PER_SEC);
    file_remove_tree(base, &ignored);
    free(base);
}

void rig_setup(void)
{
    rig = (struct rig){.dir = xasprintf("%s/XXXXXX", base)};
    ck_assert_ptr_nonnull(mkdtemp(rig.dir));
    char *runtime = rig_path("run");
    ck_assert_int_eq(mkdir(runtime, 0700), 0);
    free(runtime);
    adopt();
}

void rig_teardown(void)
{
    if (rig.screen)
        screen_free(rig.screen);
    end_all(5 * NSEC_PER_SEC);
    free(rig.dir);
    free(rig.file);
    free(rig.said);
    rig = (struct rig){0};
}

char *rig_path(const char *name)
{
    return xasprintf("%s/%s", rig.dir, name);
}

char *rig_read(const char *path)
{
    struct err err = ERR_INIT;
    struct buf text;
    buf_init(&text, FILE_MAX);
    ck_assert_msg(file_read(path, &text, &err) == 0, "%s", err.text);
    return buf_take(&text);
}

void rig_write(const char *path, const char *text, mode_t mode)
{
    struct err err = ERR_INIT;
    ck_assert_msg(file_save(path, text, strlen(text), mode, &err) == 0, "%s", err.text);
}

void rig_run(const char *const *argv, const char *const *env, int w, int h)
{
    const char *args[16] = {0}, *vars[16] = {0};
    char *program = xasprintf("%s/%s", top("abs_top_builddir", TOP_BUILDDIR), argv[0]);
    char *assets = xasprintf("PATCHBAY_ASSETS=%s/assets", top("abs_top_srcdir", TOP_SRCDIR));
    char *runtime = xasprintf("XDG_RUNTIME_DIR=%s/run", rig.dir), *config = xasprintf("XDG_CONFIG_HOME=%s", rig.dir);
    char *state = xasprintf("XDG_STATE_HOME=%s/state", rig.dir);
    size_t count = 0;
    args[0] = strchr(argv[0], '/') ? argv[0] : program;
    for (size_t i = 1; argv[i]; i++)
        args[i] = argv[i];
    vars[count++] = assets;
    vars[count++] = runtime;
    vars[count++] = config;
    vars[count++] = state;
    for (size_t i = 0; env && env[i]; i++)
        vars[count++] = env[i];
    rig.screen = screen_start(args, vars, w, h);
    screen_deadline(rig.screen, PATIENCE);
    free(program);
    free(assets);
    free(runtime);
    free(config);
    free(state);
}

static void copy_sample(const char *sample)
{
    char *from = xasprintf("%s/assets/graphs/%s.yaml", top("abs_top_srcdir", TOP_SRCDIR), sample);
    char *text = rig_read(from), *name = xasprintf("%s.yaml", sample);
    rig.file = rig_path(name);
    char *part = rig.to ? strstr(text, rig.from) : NULL;
    ck_assert(part || !rig.to);
    if (part) {
        char *changed = xasprintf("%.*s%s%s", (int)(part - text), text, rig.to, part + strlen(rig.from));
        free(text);
        text = changed;
    }
    rig_write(rig.file, text, 0644);
    for (const char *at = text; (at = strstr(at, "- name: ")); at++)
        rig.things++;
    free(name);
    free(text);
    free(from);
}

void rig_start(const char *sample, const char *const *env, int w, int h)
{
    if (sample)
        copy_sample(sample);
    rig_run((const char *const[]){"patchbay", "--edge", rig.file, NULL}, env, w, h);
    rig_expect_lines(1, " patchbay  edge · * GPU 4/4 free (simulated)   live");
}

void rig_type(const char *keys)
{
    screen_type(rig.screen, keys);
}

/* The screen. */

static const char *look(void)
{
    struct buf text;
    buf_init(&text, FILE_MAX);
    screen_text(rig.screen, &text);
    free(rig.said);
    rig.said = buf_take(&text);
    return rig.said;
}

void rig_expect_that(rig_fn fn, void *data, const char *what)
{
    int64_t deadline = time_monotonic() + PATIENCE;
    for (;;) {
        look();
        if (fn(data))
            return;
        if (time_monotonic() >= deadline)
            break;
        screen_run(rig.screen, LOOK);
    }
    fprintf(stderr, "---- the screen ----\n%s\n", rig.said);
    ck_abort_msg("it did not come about: %s", what);
}

static const char *line_at(const char *text, int y)
{
    for (; y > 0; y--) {
        text += strcspn(text, "\n");
        text += *text == '\n';
    }
    return text;
}

static bool is_picture(void *data)
{
    const char *want = data, *have = rig.said;
    while (*want) {
        size_t w = strcspn(want, "\n"), h = strcspn(have, "\n");
        if (!(w == 1 && *want == '~') && !compare_line(want, w, have, h))
            return false;
        want += w + (want[w] == '\n');
        have += h + (have[h] == '\n');
    }
    return true;
}

static void print_differences(const char *want, const char *have)
{
    for (int y = 1; *want; y++) {
        size_t w = strcspn(want, "\n"), h = strcspn(have, "\n");
        if (!(w == 1 && *want == '~') && !compare_line(want, w, have, h))
            fprintf(stderr, "line %d differs:\n-|%.*s|\n+|%.*s|\n", y, (int)w, want, (int)h, have);
        want += w + (want[w] == '\n');
        have += h + (have[h] == '\n');
    }
}

void rig_expect(const char *picture)
{
    int64_t deadline = time_monotonic() + PATIENCE;
    while (look(), !is_picture((void *)(uintptr_t)picture)) {
        if (time_monotonic() >= deadline) {
            print_differences(picture, rig.said);
            fprintf(stderr, "---- the screen ----\n%s\n", rig.said);
            ck_abort_msg("the screen does not look as it should");
        }
        screen_run(rig.screen, LOOK);
    }
}

void rig_expect_text(const char *part)
{
    ck_assert_msg(screen_expect_text(rig.screen, part), "'%s' did not come", part);
    look();
}

void rig_expect_gone(const char *part)
{
    ck_assert_msg(screen_expect_gone(rig.screen, part), "'%s' did not go", part);
    look();
}

size_t rig_lines(const char *pattern)
{
    size_t count = 0;
    for (const char *at = rig.said; *at; at = line_at(at, 1)) {
        char *line = xstrndup(at, strcspn(at, "\n"));
        count += fnmatch(pattern, line, 0) == 0;
        free(line);
    }
    return count;
}

struct lines {
    size_t count;
    const char *pattern;
};

static bool are_lines(void *data)
{
    const struct lines *lines = data;
    return rig_lines(lines->pattern) == lines->count;
}

void rig_expect_lines(size_t count, const char *pattern)
{
    char *what = xasprintf("%zu × '%s'", count, pattern);
    rig_expect_that(are_lines, &(struct lines){count, pattern}, what);
    free(what);
}

const char *rig_after(const char *part)
{
    static char line[1024];
    const char *at = strstr(rig.said, part);
    snprintf(line, sizeof line, "%.*s", at ? (int)strcspn(at, "\n") : 0, at ? at : "");
    return line;
}

size_t rig_count(const char *part, int from, int to)
{
    size_t count = 0;
    const char *end = line_at(rig.said, to + 1);
    for (const char *at = line_at(rig.said, from); (at = strstr(at, part)) && at < end; at++)
        count++;
    return count;
}

/* What runs. */

static bool nothing_runs(void *data UNUSED)
{
    return !rig_running();
}

void rig_expect_nothing_runs(void)
{
    rig_expect_that(nothing_runs, NULL, "no process is left");
}

void rig_expect_restored(void)
{
    struct termios modes, fresh;
    int master, tty;
    ck_assert_msg(!screen_alternate(rig.screen) && screen_cursor_visible(rig.screen) && !screen_mouse(rig.screen),
                  "the terminal is left with%s%s%s", screen_alternate(rig.screen) ? " the alternate screen" : "",
                  screen_cursor_visible(rig.screen) ? "" : " no cursor", screen_mouse(rig.screen) ? " the mouse" : "");
    ck_assert_int_eq(openpty(&master, &tty, NULL, NULL, NULL), 0);
    tcgetattr(tty, &fresh);
    screen_modes(rig.screen, &modes);
    close(tty);
    close(master);
    ck_assert_uint_eq(modes.c_lflag, fresh.c_lflag);
    ck_assert_uint_eq(modes.c_iflag, fresh.c_iflag);
    ck_assert_uint_eq(modes.c_oflag, fresh.c_oflag);
    ck_assert_uint_eq(modes.c_cflag, fresh.c_cflag);
    ck_assert_mem_eq(modes.c_cc, fresh.c_cc, sizeof fresh.c_cc);
}

int rig_expect_end(void)
{
    int status;
    ck_assert(screen_expect_end(rig.screen, &status));
    look();
    return status;
}

void rig_quit(void)
{
    rig_type("q");
    int status = rig_expect_end();
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 0, "it ended with status %x, saying %s", status,
                  rig.said);
    rig_expect_restored();
    ck_assert_msg(rig_running() == 0, "a process is left when the dashboard has ended");
    char *runtime = rig_path("run");
    ck_assert_msg(rmdir(runtime) == 0, "the edge's folder is not empty: %s", strerror(errno));
    free(runtime);
}

static bool all_run(void *data UNUSED)
{
    size_t count = 0;
    static const char *const things[] = {"camera", "object-detect", "monitoring", "screen"};
    for (size_t i = 0; i < ARRAY_SIZE(things); i++)
        count += rig_process_of(things[i]) > 0;
    return count == rig.things && strstr(rig.said, "deployed: ");
}

void rig_deploy(void)
{
    char *added = xasprintf("to edge: %zu added, 0 changed, 0 removed", rig.things);
    rig_type("D");
    rig_expect_text(added);
    rig_type("y");
    rig_expect_that(all_run, NULL, "every thing's process runs");
    free(added);
}

/* Boxes stand in the lines 2 to 6; a wire's rate ends in "/s". */
static bool flows(void *data UNUSED)
{
    return rig_count("● Running 1/1", 2, 6) == rig.things && rig_count("/s", 2, 6) == (rig.things == 3 ? 3 : 1) &&
           !rig_count(" 0/s", 2, 6) && rig_count("fps", 2, 6) == rig.things && !rig_count(" 0 fps", 2, 6);
}

void rig_expect_flow(void)
{
    rig_expect_that(flows, NULL, "every thing is ready and every wire carries frames");
}
