/* watcher WxH PROGRAM [WORD…]: a program on a terminal of its own (a pty and libvterm), driven by lines on standard input,
 * for the cluster's cases: who kills servers and pulls cables is a shell.
 *
 *   keys KEYS            types, as screen_type has them
 *   screen               what is shown
 *   until SECONDS REGEX  until it (extended, within a line) stands on the screen; gone SECONDS REGEX: until it does not
 *   cell TEXT            how TEXT's first cell is drawn, as screen_attributes says it
 *   hold REGEX           from now on it must stand on every screen; held: whether it did
 *   quit                 types q; the exit status
 *
 * Each is answered by "=ok WHEN" (microseconds since 1970, when it came about) or "=no WHY", after the screen where that
 * was asked for or is what went wrong. */
#include "tests/screen/screen.h"

#include <regex.h>
#include <sys/wait.h>

#include "base/time.h"

#define LOOK (5 * NSEC_PER_MSEC)
#define TEXT_MAX (1u << 20)
#define QUIT_PATIENCE (10 * NSEC_PER_SEC)

struct watcher {
    struct screen *screen;
    struct buf text;  /* the screen as it was last looked at … */
    size_t written;   /* … after so many bytes */
    regex_t held;
    bool holding;
    struct buf lost;  /* the first screen without what must be held */
    int64_t lost_at;  /* ns since 1970 */
};

static bool matches(const regex_t *regex, const char *text)
{
    return regexec(regex, text, 0, NULL, 0) == 0;
}

static bool look(struct watcher *w)
{
    screen_run(w->screen, LOOK);
    if (screen_written(w->screen) == w->written)
        return false;
    w->written = screen_written(w->screen);
    buf_reset(&w->text);
    screen_text(w->screen, &w->text);
    if (w->holding && !w->lost_at && !matches(&w->held, w->text.data)) {
        w->lost_at = time_wall();
        buf_reset(&w->lost);
        buf_adds(&w->lost, w->text.data);
    }
    return true;
}

static void answer(const char *text, bool ok, const char *why)
{
    if (text)
        fputs(text, stdout);
    if (ok)
        printf("=ok %lld\n", (long long)(time_wall() / NSEC_PER_USEC));
    else
        printf("=no %s\n", why);
    fflush(stdout);
}

static bool compile(regex_t *regex, const char *pattern)
{
    int rc = regcomp(regex, pattern, REG_EXTENDED | REG_NOSUB | REG_NEWLINE);
    if (rc)
        answer(NULL, false, "this is no regular expression");
    return rc == 0;
}

static void wait_for(struct watcher *w, const char *words, bool wanted)
{
    char *pattern;
    double seconds = strtod(words, &pattern);
    regex_t regex;
    pattern += *pattern == ' ';
    if (!compile(&regex, pattern))
        return;
    int64_t deadline = time_monotonic() + (int64_t)(seconds * NSEC_PER_SEC);
    bool right;
    while (right = matches(&regex, str_or_empty(w->text.data)) == wanted, !right && time_monotonic() < deadline)
        look(w);
    answer(right ? NULL : w->text.data, right, wanted ? "it is not on the screen" : "it is still on the screen");
    regfree(&regex);
}

static void cell(const struct watcher *w, const char *part)
{
    char attributes[128];
    const char *text = str_or_empty(w->text.data), *at = strstr(text, part), *line = text;
    int x = 0, y = 0;
    if (!at) {
        answer(text, false, "it is not on the screen");
        return;
    }
    for (const char *c = text; c < at; c++) {
        if (*c == '\n') {
            y++;
            line = c + 1;
        }
    }
    for (const char *c = line; c < at; c++)
        x += (*c & 0xc0) != 0x80; /* a character a cell: nothing is wide where this is asked for */
    screen_attributes(w->screen, x, y, attributes, sizeof attributes);
    printf("%s\n", attributes);
    answer(NULL, true, NULL);
}

static void hold(struct watcher *w, const char *pattern)
{
    if (w->holding)
        regfree(&w->held);
    w->holding = compile(&w->held, pattern);
    w->lost_at = 0;
    w->written = SIZE_MAX; /* what is shown already counts */
    look(w);
    if (w->holding)
        answer(NULL, true, NULL);
}

static void quit(struct watcher *w)
{
    int status = 0;
    char why[64];
    screen_type(w->screen, "q");
    screen_deadline(w->screen, QUIT_PATIENCE);
    bool ended = screen_expect_end(w->screen, &status) && WIFEXITED(status);
    snprintf(why, sizeof why, "%s %d", ended ? "it ended with status" : "it did not end, or by a signal:",
             ended ? WEXITSTATUS(status) : status);
    answer(NULL, ended && WEXITSTATUS(status) == 0, why);
}

static void command(struct watcher *w, char *line)
{
    char *words = line + strcspn(line, " ");
    if (*words)
        *words++ = '\0';
    if (str_eq(line, "keys")) {
        screen_type(w->screen, words);
        answer(NULL, true, NULL);
    } else if (str_eq(line, "screen")) {
        answer(w->text.data, true, NULL);
    } else if (str_eq(line, "until")) {
        wait_for(w, words, true);
    } else if (str_eq(line, "gone")) {
        wait_for(w, words, false);
    } else if (str_eq(line, "cell")) {
        cell(w, words);
    } else if (str_eq(line, "hold")) {
        hold(w, words);
    } else if (str_eq(line, "held")) {
        answer(w->lost_at ? w->lost.data : NULL, w->holding && !w->lost_at, "this screen was seen meanwhile");
    } else if (str_eq(line, "quit")) {
        quit(w);
    } else {
        answer(NULL, false, "there is no such command");
    }
}

/* Lines come whole: a shell's echo. */
static bool take_command(struct watcher *w)
{
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    if (poll(&in, 1, 0) <= 0)
        return true;
    char line[4096];
    ssize_t n = read(STDIN_FILENO, line, sizeof line - 1);
    if (n <= 0)
        return false;
    line[n] = '\0';
    for (char *at = line, *end; *at; at = end) {
        end = at + strcspn(at, "\n");
        if (*end)
            *end++ = '\0';
        command(w, at);
    }
    return true;
}

int main(int argc, char **argv)
{
    int width, height;
    if (argc < 3 || sscanf(argv[1], "%dx%d", &width, &height) != 2) {
        fprintf(stderr, "usage: watcher WxH PROGRAM [WORD…]\n");
        return 2;
    }
    struct watcher w = {0};
    buf_init(&w.text, TEXT_MAX);
    buf_init(&w.lost, TEXT_MAX);
    w.screen = screen_start((const char *const *)argv + 2, NULL, width, height);
    while (take_command(&w))
        look(&w);
    screen_free(w.screen);
    if (w.holding)
        regfree(&w.held);
    buf_release(&w.text);
    buf_release(&w.lost);
    return 0;
}
