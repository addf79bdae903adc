#include "tests/screen/screen.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <vterm.h>

#include "base/child.h"
#include "base/text.h"
#include "base/time.h"
#include "tests/screen/compare.h"

#define TEXT_MAX (1u << 20)

extern char **environ;

struct screen {
    struct loop *loop;
    struct loop_io io;
    struct child *child;
    pid_t pid;
    int fd, w, h;
    VTerm *vt;
    VTermScreen *vts;
    bool ended, alternate, cursor, mouse;
    int status;
    size_t written;
    int64_t last_write, arrived, deadline;
    struct buf clipboard;
};

static int on_prop(VTermProp prop, VTermValue *value, void *data)
{
    struct screen *screen = data;
    if (prop == VTERM_PROP_ALTSCREEN)
        screen->alternate = value->boolean;
    else if (prop == VTERM_PROP_CURSORVISIBLE)
        screen->cursor = value->boolean;
    else if (prop == VTERM_PROP_MOUSE)
        screen->mouse = value->number != VTERM_PROP_MOUSE_NONE;
    return 1;
}

static int on_osc(const char *command, size_t len, void *data)
{
    struct screen *screen = data;
    if (len > 5 && memcmp(command, "52;c;", 5) == 0) {
        buf_reset(&screen->clipboard);
        buf_add(&screen->clipboard, command + 5, len - 5);
    }
    return 1;
}

static void on_answer(const char *bytes, size_t len, void *data)
{
    screen_bytes(data, bytes, len);
}

/* All that is there is taken before any of it is understood: who measures measures the program, not us. */
static void on_output(void *data, short revents UNUSED)
{
    struct screen *screen = data;
    char bytes[65536];
    size_t len = 0;
    ssize_t n = 0;
    while (len < sizeof bytes && (n = read(screen->fd, bytes + len, sizeof bytes - len)) > 0) {
        len += (size_t)n;
        screen->arrived = time_monotonic();
    }
    if (len) {
        vterm_input_write(screen->vt, bytes, len);
        vterm_screen_flush_damage(screen->vts);
        screen->written += len;
        screen->last_write = loop_now(screen->loop);
    } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
        loop_io_stop(&screen->io);
    }
}

static void on_end(void *data, int status)
{
    struct screen *screen = data;
    screen->child = NULL;
    screen->ended = true;
    screen->status = status;
}

static bool same_name(const char *a, const char *b)
{
    size_t n = strcspn(a, "=");
    return strncmp(a, b, n) == 0 && b[n] == '=';
}

static char **environment(const char *const *over)
{
    /* The last: no draft of whoever runs the tests is offered. */
    static const char *const usual[] = {"TERM=xterm-256color", "LC_ALL=C.UTF-8", "NO_COLOR=", "PATCHBAY_ASCII=",
                                        "XDG_STATE_HOME=/dev/null"};
    size_t count = 0, cap = 0;
    char **env = NULL;
    for (size_t i = 0; environ[i]; i++) {
        bool set = false;
        for (size_t u = 0; u < ARRAY_SIZE(usual); u++)
            set |= same_name(environ[i], usual[u]);
        for (size_t o = 0; over && over[o]; o++)
            set |= same_name(environ[i], over[o]);
        if (set)
            continue;
        GROW(env, count, cap);
        env[count++] = environ[i];
    }
    for (size_t u = 0; u < ARRAY_SIZE(usual); u++) {
        bool set = false;
        for (size_t o = 0; over && over[o]; o++)
            set |= same_name(usual[u], over[o]);
        GROW(env, count, cap);
        if (!set)
            env[count++] = (char *)usual[u];
    }
    for (size_t o = 0; over && over[o]; o++) {
        GROW(env, count, cap);
        env[count++] = (char *)over[o];
    }
    GROW(env, count, cap);
    env[count] = NULL;
    return env;
}

struct screen *screen_start(const char *const *argv, const char *const *env, int w, int h)
{
    static const VTermScreenCallbacks callbacks = {.settermprop = on_prop};
    static const VTermParserCallbacks fallbacks = {.osc = on_osc};
    struct screen *screen = xcalloc(1, sizeof *screen);
    struct err err = ERR_INIT;
    screen->loop = loop_new(NULL);
    screen->w = w;
    screen->h = h;
    screen->cursor = true;
    screen->deadline = 10 * NSEC_PER_SEC;
    buf_init(&screen->clipboard, TEXT_MAX);
    screen->vt = vterm_new(h, w);
    vterm_set_utf8(screen->vt, 1);
    vterm_output_set_callback(screen->vt, on_answer, screen);
    screen->vts = vterm_obtain_screen(screen->vt);
    vterm_screen_set_callbacks(screen->vts, &callbacks, screen);
    vterm_screen_set_unrecognised_fallbacks(screen->vts, &fallbacks, screen);
    vterm_screen_enable_altscreen(screen->vts, 1);
    vterm_screen_reset(screen->vts, 1);
    char **all = environment(env);
    struct child_options options = {.argv = argv, .env = (const char *const *)all, .pty = true, .rows = h, .cols = w};
    screen->child = child_start(screen->loop, &options, on_end, screen, &err);
    free(all);
    if (!screen->child) {
        fprintf(stderr, "screen: %s\n", err.text);
        abort();
    }
    screen->pid = child_pid(screen->child);
    screen->fd = child_out(screen->child);
    loop_io_init(&screen->io, screen->loop, on_output, screen);
    loop_io_start(&screen->io, screen->fd, POLLIN);
    return screen;
}

static int64_t now_of(const struct screen *screen UNUSED)
{
    return time_monotonic();
}

/* Turns the loop once; false when the time is over. */
static bool wait_until(struct screen *screen, int64_t deadline)
{
    int64_t left = deadline - now_of(screen);
    if (left <= 0)
        return false;
    loop_turn(screen->loop, MIN(left, NSEC_PER_SEC));
    return true;
}

void screen_free(struct screen *screen)
{
    if (screen->child) {
        child_kill(screen->child, SIGKILL);
        int64_t deadline = now_of(screen) + 5 * NSEC_PER_SEC;
        while (!screen->ended && wait_until(screen, deadline))
            ;
    }
    loop_io_stop(&screen->io);
    close(screen->fd);
    vterm_free(screen->vt);
    loop_free(screen->loop);
    buf_release(&screen->clipboard);
    free(screen);
}

pid_t screen_pid(const struct screen *screen)
{
    return screen->pid;
}

void screen_deadline(struct screen *screen, int64_t ns)
{
    screen->deadline = ns;
}

void screen_bytes(struct screen *screen, const void *bytes, size_t len)
{
    const char *at = bytes;
    int64_t deadline = now_of(screen) + screen->deadline;
    while (len) {
        ssize_t n = write(screen->fd, at, len);
        if (n > 0) {
            at += n;
            len -= (size_t)n;
        } else if (n < 0 && errno != EAGAIN && errno != EINTR) {
            return;
        } else if (!wait_until(screen, deadline)) {
            return;
        }
    }
}

static const struct {
    const char *name, *bytes;
} named_keys[] = {
    {"Enter", "\r"},       {"Esc", "\033"},        {"Tab", "\t"},         {"S-Tab", "\033[Z"},   {"Up", "\033OA"},
    {"Down", "\033OB"},    {"Right", "\033OC"},    {"Left", "\033OD"},    {"Home", "\033OH"},    {"End", "\033OF"},
    {"PgUp", "\033[5~"},   {"PgDn", "\033[6~"},    {"Delete", "\033[3~"}, {"Backspace", "\177"}, {"Space", " "},
    {"lt", "<"},           {"S-Left", "\033[1;2D"}, {"S-Right", "\033[1;2C"}, {"S-Up", "\033[1;2A"},
    {"S-Down", "\033[1;2B"}, {"C-Left", "\033[1;5D"}, {"F1", "\033OP"},
};

static void type_named(struct screen *screen, const char *name, size_t len)
{
    char bytes[3] = {27, 0, 0};
    for (size_t i = 0; i < ARRAY_SIZE(named_keys); i++)
        if (strlen(named_keys[i].name) == len && memcmp(named_keys[i].name, name, len) == 0) {
            screen_bytes(screen, named_keys[i].bytes, strlen(named_keys[i].bytes));
            return;
        }
    if (len == 3 && name[0] == 'C') {
        bytes[0] = name[2] & 0x1f;
        screen_bytes(screen, bytes, 1);
    } else if (len == 3 && name[0] == 'M') {
        bytes[1] = name[2];
        screen_bytes(screen, bytes, 2);
    } else {
        fprintf(stderr, "screen: there is no key <%.*s>\n", (int)len, name);
        abort();
    }
}

/* A lone Esc is told from the start of a sequence by what does not follow: the program's 25 ms must pass. */
static void after_escape(struct screen *screen)
{
    int64_t deadline = now_of(screen) + 60 * NSEC_PER_MSEC;
    while (wait_until(screen, deadline))
        ;
}

void screen_type(struct screen *screen, const char *keys)
{
    while (*keys) {
        const char *end = *keys == '<' ? strchr(keys, '>') : NULL;
        if (end) {
            type_named(screen, keys + 1, (size_t)(end - keys - 1));
            if (strncmp(keys, "<Esc>", 5) == 0)
                after_escape(screen);
            keys = end + 1;
        } else {
            screen_bytes(screen, keys++, 1);
        }
    }
}

void screen_click(struct screen *screen, int x, int y)
{
    char text[64];
    int n = snprintf(text, sizeof text, "\033[<0;%d;%dM\033[<0;%d;%dm", x + 1, y + 1, x + 1, y + 1);
    screen_bytes(screen, text, (size_t)n);
}

void screen_resize(struct screen *screen, int w, int h)
{
    struct winsize size = {.ws_row = (unsigned short)h, .ws_col = (unsigned short)w};
    screen->w = w;
    screen->h = h;
    vterm_set_size(screen->vt, h, w);
    ioctl(screen->fd, TIOCSWINSZ, &size);
}

void screen_signal(struct screen *screen, int signo)
{
    if (screen->child)
        kill(screen->pid, signo);
}

void screen_text(struct screen *screen, struct buf *out)
{
    for (int y = 0; y < screen->h; y++) {
        size_t start = out->len;
        for (int x = 0; x < screen->w; x++) {
            VTermScreenCell cell;
            vterm_screen_get_cell(screen->vts, (VTermPos){.row = y, .col = x}, &cell);
            if (!cell.chars[0] || cell.chars[0] == UINT32_MAX) {
                if (!cell.chars[0])
                    buf_addc(out, ' ');
                continue;
            }
            for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell.chars[i]; i++) {
                char text[4];
                buf_add(out, text, utf8_encode(cell.chars[i], text));
            }
        }
        while (out->len > start && out->data[out->len - 1] == ' ')
            buf_truncate(out, out->len - 1);
        buf_addc(out, '\n');
    }
    while (out->len > 1 && out->data[out->len - 1] == '\n' && out->data[out->len - 2] == '\n')
        buf_truncate(out, out->len - 1);
}

typedef bool (*condition_fn)(const char *screen, const char *text);

static bool whole(const char *screen, const char *text)
{
    return compare_texts(text, screen);
}

static bool somewhere(const char *screen, const char *text)
{
    return strstr(screen, text) != NULL;
}

static bool nowhere(const char *screen, const char *text)
{
    return strstr(screen, text) == NULL;
}

static bool expect(struct screen *screen, condition_fn condition, const char *title, const char *text)
{
    int64_t deadline = now_of(screen) + screen->deadline;
    struct buf now;
    buf_init(&now, TEXT_MAX);
    bool right;
    do {
        buf_reset(&now);
        screen_text(screen, &now);
        right = condition(now.data, text);
    } while (!right && !(screen->ended && screen->io.fd < 0) && wait_until(screen, deadline));
    if (!right && condition == whole)
        compare_print(title, text, now.data);
    else if (!right)
        fprintf(stderr, "---- %s: '%s' ----\n---- but there is ----\n%s\n", title, text, now.data);
    buf_release(&now);
    return right;
}

bool screen_expect(struct screen *screen, const char *whole_screen)
{
    return expect(screen, whole, "the screen", whole_screen);
}

bool screen_expect_file(struct screen *screen, const char *path)
{
    struct buf text;
    buf_init(&text, TEXT_MAX);
    bool same;
    if (compare_updating()) {
        screen_settle(screen, 300 * NSEC_PER_MSEC);
        screen_text(screen, &text);
        same = compare_write(path, text.data);
    } else {
        same = compare_read(path, &text) && expect(screen, whole, path, text.data);
    }
    buf_release(&text);
    return same;
}

bool screen_expect_text(struct screen *screen, const char *part)
{
    return expect(screen, somewhere, "somewhere", part);
}

bool screen_expect_gone(struct screen *screen, const char *part)
{
    return expect(screen, nowhere, "gone", part);
}

static int line_wanted;

static bool the_line(const char *screen, const char *text)
{
    for (int y = 0; y < line_wanted; y++) {
        screen += strcspn(screen, "\n");
        screen += *screen == '\n';
    }
    return compare_line(text, strlen(text), screen, strcspn(screen, "\n"));
}

bool screen_expect_line(struct screen *screen, int y, const char *line)
{
    line_wanted = y;
    return expect(screen, the_line, "line", line);
}

bool screen_expect_end(struct screen *screen, int *status)
{
    int64_t deadline = now_of(screen) + screen->deadline;
    while (!(screen->ended && screen->io.fd < 0) && wait_until(screen, deadline))
        ;
    *status = screen->status;
    if (!screen->ended) {
        struct buf now;
        buf_init(&now, TEXT_MAX);
        screen_text(screen, &now);
        fprintf(stderr, "the program did not end; its screen:\n%s\n", now.data);
        buf_release(&now);
    }
    return screen->ended;
}

void screen_settle(struct screen *screen, int64_t quiet)
{
    int64_t deadline = now_of(screen) + screen->deadline;
    screen->last_write = now_of(screen);
    while (now_of(screen) - screen->last_write < quiet && now_of(screen) < deadline)
        loop_turn(screen->loop, quiet / 4);
}

void screen_run(struct screen *screen, int64_t ns)
{
    int64_t deadline = now_of(screen) + ns;
    while (wait_until(screen, deadline))
        ;
}

bool screen_wait(struct screen *screen, int64_t ns)
{
    int64_t deadline = now_of(screen) + ns;
    size_t written = screen->written;
    while (screen->written == written && !screen->ended && wait_until(screen, deadline))
        ;
    return screen->written != written;
}

int64_t screen_arrived(const struct screen *screen)
{
    return screen->arrived;
}

bool screen_ended(const struct screen *screen)
{
    return screen->ended;
}

static size_t add_colour(char *out, size_t len, size_t size, const char *name, const VTermColor *colour)
{
    if (VTERM_COLOR_IS_DEFAULT_FG(colour) || VTERM_COLOR_IS_DEFAULT_BG(colour) || len >= size)
        return len;
    int n = VTERM_COLOR_IS_INDEXED(colour)
                ? snprintf(out + len, size - len, ",%s%d", name, colour->indexed.idx)
                : snprintf(out + len, size - len, ",%s#%02x%02x%02x", name, colour->rgb.red, colour->rgb.green,
                           colour->rgb.blue);
    return len + (n > 0 ? (size_t)n : 0);
}

void screen_attributes(struct screen *screen, int x, int y, char *out, size_t size)
{
    VTermScreenCell cell;
    vterm_screen_get_cell(screen->vts, (VTermPos){.row = y, .col = x}, &cell);
    size_t len = (size_t)snprintf(out, size, "%s%s%s", cell.attrs.bold ? ",bold" : "",
                                  cell.attrs.underline ? ",underline" : "", cell.attrs.reverse ? ",reverse" : "");
    len = add_colour(out, len, size, "fg", &cell.fg);
    add_colour(out, len, size, "bg", &cell.bg);
    if (out[0] == ',')
        memmove(out, out + 1, strlen(out));
}

bool screen_expect_attributes(struct screen *screen, int x, int y, const char *attributes)
{
    int64_t deadline = now_of(screen) + screen->deadline;
    char text[128];
    do {
        screen_attributes(screen, x, y, text, sizeof text);
        if (strcmp(text, attributes) == 0)
            return true;
    } while (!screen->ended && wait_until(screen, deadline));
    fprintf(stderr, "cell %d,%d is '%s', not '%s'\n", x, y, text, attributes);
    return false;
}

bool screen_alternate(const struct screen *screen)
{
    return screen->alternate;
}

bool screen_cursor_visible(const struct screen *screen)
{
    return screen->cursor;
}

bool screen_mouse(const struct screen *screen)
{
    return screen->mouse;
}

void screen_modes(const struct screen *screen, struct termios *out)
{
    memset(out, 0, sizeof *out);
    tcgetattr(screen->fd, out);
}

const char *screen_clipboard(const struct screen *screen)
{
    return screen->clipboard.data;
}

size_t screen_written(const struct screen *screen)
{
    return screen->written;
}
