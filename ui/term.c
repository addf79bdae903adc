#include "ui/term.h"

#include <curses.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <wchar.h>

#include "base/digest.h"
#include "base/text.h"
#include "ui/film.h"
#include "ui/frame.h"
#include "ui/paint.h"
#include "ui/restore.h"

#define PASTE_MAX (1u << 20)

/* Codes for sequences that we name to ncurses ourselves, far above those that it gives to what terminfo names beyond its
 * own keys (kDC5), which follow KEY_MAX. */
enum {
    SEQ_PASTE_BEGIN = 0x4000,
    SEQ_PASTE_END,
    SEQ_MOUSE,       /* ESC [ < : the rest follows as characters */
    SEQ_SYNC_YES,    /* the answer on DEC mode 2026 */
    SEQ_SYNC_NO,
    SEQ_WELL,        /* the answer to PACE_QUESTION */
    SEQ_ARROWS,      /* + 16 × xterm's modifier + index of arrow_codes */
};
static const struct {
    char last;
    uint32_t code;
} arrow_codes[] = {{'A', K_UP}, {'B', K_DOWN}, {'C', K_RIGHT}, {'D', K_LEFT}, {'H', K_HOME}, {'F', K_END}};

struct term {
    SCREEN *screen;
    struct frame frame;         /* its `out` is ncurses' own way to the terminal */
    struct painter *painter;
    struct film film;
    struct termios modes;       /* as we found them */
    bool ascii, mouse, sync, whole, pasting, away;
    struct buf paste;
    char mouse_text[32];        /* of a mouse report, while it arrives */
    int mouse_len;              /* -1: none arrives */
    struct key held;            /* read already, after ESC */
    bool holding;
};

static struct term *the_term;

static void send(const char *bytes)
{
    frame_write(STDOUT_FILENO, bytes, strlen(bytes));
}

/* A terminfo string without its padding. */
static void add_cap(struct buf *out, const char *name)
{
    const char *s = tigetstr(name);
    if (!s || s == (char *)-1)
        return;
    while (*s) {
        const char *end = s[0] == '$' && s[1] == '<' ? strchr(s, '>') : NULL;
        if (end)
            s = end + 1;
        else
            buf_addc(out, *s++);
    }
}

static const char modes_on[] = "\033[?2004h";
static const char modes_off[] = "\033[?2004l\033[?1006l\033[?1002l\033[?1000l";
static const char mouse_on[] = "\033[?1000h\033[?1002h\033[?1006h";

static void arm(struct term *term)
{
    struct buf bytes;
    buf_init(&bytes, 480);
    if (term->sync)
        buf_adds(&bytes, "\033[?2026l");
    buf_adds(&bytes, modes_off);
    add_cap(&bytes, "sgr0");
    add_cap(&bytes, "rmkx");
    add_cap(&bytes, "rmcup");
    add_cap(&bytes, "cnorm");
    restore_arm(STDOUT_FILENO, &term->modes, bytes.data, bytes.len);
    buf_release(&bytes);
}

/* ncurses shows the cursor before it leaves the alternate screen; some terminals then hide it again, as it was when
 * ncurses last saved it there. */
static void leave_screen(void)
{
    struct buf bytes;
    buf_init(&bytes, 64);
    endwin();
    add_cap(&bytes, "cnorm");
    send(bytes.data);
    buf_release(&bytes);
}

static void name_sequences(void)
{
    define_key("\033[200~", SEQ_PASTE_BEGIN);
    define_key("\033[201~", SEQ_PASTE_END);
    define_key("\033[<", SEQ_MOUSE);
    define_key("\033[?2026;1$y", SEQ_SYNC_YES);
    define_key("\033[?2026;2$y", SEQ_SYNC_YES);
    define_key("\033[?2026;3$y", SEQ_SYNC_YES);
    define_key("\033[?2026;0$y", SEQ_SYNC_NO);
    define_key("\033[?2026;4$y", SEQ_SYNC_NO);
    define_key("\033[0n", SEQ_WELL);
    for (int mod = 2; mod <= 8; mod++)
        for (size_t i = 0; i < ARRAY_SIZE(arrow_codes); i++) {
            char text[24];
            snprintf(text, sizeof text, "\033[1;%d%c", mod, arrow_codes[i].last);
            define_key(text, SEQ_ARROWS + 16 * mod + (int)i);
        }
}

/* Terminals that print what they do not know are not asked. */
static bool may_ask(const char *name)
{
    static const char *const silent[] = {"linux", "vt", "ansi", "cons", "cygwin", "wsvt"};
    for (size_t i = 0; i < ARRAY_SIZE(silent); i++)
        if (str_starts(name, silent[i]))
            return false;
    return true;
}

/* As long as it was never left, ncurses takes every move of the cursor for a low-level program's, and writes out all it has. So
 * it is left at once, where nobody sees it; the first frame enters again. */
static void start_buffering(struct term *term)
{
    if (term->frame.memory < 0)
        return;
    frame_begin(&term->frame);
    endwin();
    frame_drop(&term->frame);
}

struct term *term_open(const struct theme *theme, bool mouse, struct err *err)
{
    if (the_term)
        BUG("the terminal is open already");
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
        err_set(err, "the dashboard needs a terminal, and standard %s is none; in a pipe or a script use the commands "
                     "(patchbay --help)", isatty(STDIN_FILENO) ? "output" : "input");
        return NULL;
    }
    const char *name = getenv("TERM");
    if (!name || !*name) {
        err_set(err, "TERM is not set, so the terminal's kind is unknown; set it, for example TERM=xterm-256color");
        return NULL;
    }
    setlocale(LC_CTYPE, "");
    struct term *term = xcalloc(1, sizeof *term);
    tcgetattr(STDOUT_FILENO, &term->modes);
    if (frame_open(&term->frame, err) < 0) {
        free(term);
        return NULL;
    }
    term->screen = newterm(NULL, term->frame.out, stdin);
    if (!term->screen || !tigetstr("cup") || tigetstr("cup") == (char *)-1) {
        if (term->screen) {
            endwin();
            delscreen(term->screen);
        }
        err_set(err, "the terminal '%s' is unknown here or cannot place its cursor; set TERM to one that is known, for "
                     "example TERM=xterm-256color", name);
        frame_close(&term->frame);
        free(term);
        return NULL;
    }
    start_buffering(term);
    the_term = term;
    const char *plain = getenv("PATCHBAY_ASCII");
    term->ascii = !str_eq(nl_langinfo(CODESET), "UTF-8") || (plain && *plain && !str_eq(plain, "0"));
    term->mouse_len = -1;
    buf_init(&term->paste, PASTE_MAX);
    set_escdelay(25);
    raw();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    typeahead(-1); /* or a key that waits leaves a frame half drawn, which we then take for shown */
    curs_set(0);
    term->painter = painter_new(theme, term->ascii);
    film_init(&term->film, !may_ask(name));
    name_sequences();
    /* ncurses put handlers there that call endwin; ours are safe. SIGTSTP and SIGWINCH belong to the loop. */
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGTSTP, SIG_DFL);
    arm(term);
    send(modes_on);
    if (may_ask(name))
        send("\033[?2026$p");
    term->mouse = mouse;
    if (mouse)
        send(mouse_on);
    return term;
}

void term_close(struct term *term)
{
    if (!term)
        return;
    send(modes_off);
    if (!term->away)
        leave_screen();
    tcsetattr(STDOUT_FILENO, TCSAFLUSH, &term->modes);
    restore_disarm();
    delscreen(term->screen);
    frame_close(&term->frame);
    painter_free(term->painter);
    film_release(&term->film);
    buf_release(&term->paste);
    free(term);
    the_term = NULL;
}

int term_fd(const struct term *term UNUSED)
{
    return STDIN_FILENO;
}

void term_size(struct term *term, int *w, int *h)
{
    struct winsize size = {0};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col && size.ws_row &&
        (size.ws_col != COLS || size.ws_row != LINES)) {
        resizeterm(size.ws_row, size.ws_col);
        term->whole = true;
    }
    *w = COLS;
    *h = LINES;
}

static void write_frame(struct term *term, const char *bytes, size_t len)
{
    frame_write(fileno(term->frame.out), bytes, len);
}

/* changed: what ncurses has. It finds the cursor where it left it. */
static void write_screen(struct term *term, const struct canvas *canvas, bool changed)
{
    frame_begin(&term->frame);
    if (term->sync)
        write_frame(term, "\033[?2026h", 8);
    if (changed) {
        curs_set(canvas->cursor_x >= 0);
        wnoutrefresh(stdscr);
        doupdate();
    }
    const struct buf *picture = film_part(&term->film, getcury(curscr), getcurx(curscr));
    write_frame(term, picture->data, picture->len);
    if (term->sync)
        write_frame(term, "\033[?2026l", 8);
    frame_end(&term->frame);
}

void term_paint(struct term *term, const struct canvas *canvas, bool whole)
{
    if (term->away)
        return;
    bool changed = painter_paint(term->painter, canvas, whole || term->whole);
    bool picture = film_make(&term->film, term->painter, canvas);
    if (!changed && !picture)
        return;
    term->whole = false;
    if (changed && canvas->cursor_x >= 0)
        move(canvas->cursor_y, canvas->cursor_x);
    write_screen(term, canvas, changed);
}

bool term_go_on(struct term *term, const struct canvas *canvas)
{
    if (term->away)
        return false;
    if (term->film.left && film_make(&term->film, term->painter, canvas))
        write_screen(term, canvas, false);
    return film_arrived(&term->film);
}

bool term_picture_busy(struct term *term, int64_t *took)
{
    return film_busy(&term->film, took);
}

/* ESC [ < B ; X ; Y M or m, of which B… has arrived. */
static bool mouse_key(struct term *term, wint_t ch, struct key *key)
{
    if (ch != 'M' && ch != 'm') {
        if ((ch >= '0' && ch <= '9') || ch == ';') {
            if (term->mouse_len < (int)sizeof term->mouse_text - 1)
                term->mouse_text[term->mouse_len++] = (char)ch;
        } else {
            term->mouse_len = -1;
        }
        return false;
    }
    term->mouse_text[term->mouse_len] = '\0';
    term->mouse_len = -1;
    int bits, x, y;
    if (sscanf(term->mouse_text, "%d;%d;%d", &bits, &x, &y) != 3)
        return false;
    key->x = x - 1;
    key->y = y - 1;
    key->button = (bits & 3) + 1;
    key->mods = (bits & 4 ? MOD_SHIFT : 0u) | (bits & 8 ? MOD_ALT : 0u) | (bits & 16 ? MOD_CTRL : 0u);
    if (bits & 64) {
        if ((bits & 3) > 1)
            return false;
        key->code = bits & 1 ? K_WHEEL_DOWN : K_WHEEL_UP;
    } else {
        key->code = ch == 'm' ? K_RELEASE : bits & 32 ? K_DRAG : K_CLICK;
    }
    return true;
}

static bool special_key(wint_t ch, struct key *key)
{
    static const struct {
        int curses;
        uint32_t code;
        unsigned mods;
    } table[] = {
        {KEY_UP, K_UP, 0},         {KEY_DOWN, K_DOWN, 0},         {KEY_LEFT, K_LEFT, 0},       {KEY_RIGHT, K_RIGHT, 0},
        {KEY_HOME, K_HOME, 0},     {KEY_END, K_END, 0},           {KEY_PPAGE, K_PGUP, 0},      {KEY_NPAGE, K_PGDN, 0},
        {KEY_IC, K_INSERT, 0},     {KEY_DC, K_DELETE, 0},         {KEY_BACKSPACE, K_BACKSPACE, 0},
        {KEY_ENTER, K_ENTER, 0},   {KEY_BTAB, K_TAB, MOD_SHIFT},  {KEY_SLEFT, K_LEFT, MOD_SHIFT},
        {KEY_SRIGHT, K_RIGHT, MOD_SHIFT}, {KEY_SR, K_UP, MOD_SHIFT}, {KEY_SF, K_DOWN, MOD_SHIFT},
        {KEY_SHOME, K_HOME, MOD_SHIFT},   {KEY_SEND, K_END, MOD_SHIFT}, {KEY_RESIZE, K_RESIZE, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(table); i++)
        if (table[i].curses == (int)ch) {
            key->code = table[i].code;
            key->mods = table[i].mods;
            return true;
        }
    if (ch >= KEY_F(1) && ch <= KEY_F(12)) {
        key->code = K_F1 + (ch - KEY_F(1));
        return true;
    }
    if (ch >= SEQ_ARROWS && ch < SEQ_ARROWS + 16 * 9 && (ch - SEQ_ARROWS) % 16 < ARRAY_SIZE(arrow_codes)) {
        unsigned bits = (ch - SEQ_ARROWS) / 16 - 1, index = (ch - SEQ_ARROWS) % 16;
        key->code = arrow_codes[index].code;
        key->mods = (bits & 1 ? MOD_SHIFT : 0u) | (bits & 2 ? MOD_ALT : 0u) | (bits & 4 ? MOD_CTRL : 0u);
        return true;
    }
    return false;
}

static void plain_key(wint_t ch, struct key *key)
{
    if (ch == '\r' || ch == '\n')
        key->code = K_ENTER;
    else if (ch == '\t')
        key->code = K_TAB;
    else if (ch == 27)
        key->code = K_ESC;
    else if (ch == 127 || ch == 8)
        key->code = K_BACKSPACE;
    else if (ch == 0)
        *key = (struct key){.code = ' ', .mods = MOD_CTRL};
    else if (ch < 27)
        *key = (struct key){.code = ch - 1 + 'a', .mods = MOD_CTRL};
    else if (ch < 32)
        *key = (struct key){.code = ch - 28 + '\\', .mods = MOD_CTRL};
    else
        key->code = ch;
}

/* Whether the code from ncurses ends a key; states that span several codes (a paste, a mouse report) are kept. */
static bool take_code(struct term *term, int kind, wint_t ch, struct key *key)
{
    *key = (struct key){0};
    bool special = kind == KEY_CODE_YES;
    if (special && ch == SEQ_PASTE_BEGIN) {
        term->pasting = true;
        buf_reset(&term->paste);
    } else if (special && ch == SEQ_PASTE_END) {
        term->pasting = false;
        *key = (struct key){.code = K_PASTE, .text = term->paste.data, .text_len = term->paste.len};
        return true;
    } else if (term->pasting) {
        char text[4];
        if (!special)
            buf_add(&term->paste, text, utf8_encode(ch == '\r' ? '\n' : ch, text));
    } else if (special && ch == SEQ_MOUSE) {
        term->mouse_len = 0;
    } else if (term->mouse_len >= 0 && !special) {
        return mouse_key(term, ch, key);
    } else if (special && (ch == SEQ_SYNC_YES || ch == SEQ_SYNC_NO)) {
        term->sync = ch == SEQ_SYNC_YES;
        arm(term);
    } else if (special && ch == SEQ_WELL) {
        film_answer(&term->film);
    } else if (special) {
        return special_key(ch, key);
    } else {
        plain_key(ch, key);
        return true;
    }
    return false;
}

bool term_key(struct term *term, struct key *key)
{
    if (term->away)
        return false;
    if (term->holding) {
        term->holding = false;
        *key = term->held;
        return true;
    }
    wint_t ch;
    for (int kind; (kind = get_wch(&ch)) != ERR;) {
        if (!take_code(term, kind, ch, key))
            continue;
        if (key->code != K_ESC)
            return true;
        /* ESC and at once something else is Alt with that; a sequence of its own stays one. */
        kind = get_wch(&ch);
        if (kind == ERR)
            return true;
        struct key next;
        if (!take_code(term, kind, ch, &next))
            return true;
        if (next.code < K_FIRST) {
            next.mods |= MOD_ALT;
            *key = next;
            return true;
        }
        term->held = next;
        term->holding = true;
        return true;
    }
    return false;
}

void term_leave(struct term *term)
{
    if (term->away)
        return;
    send(modes_off);
    leave_screen();
    term->away = true;
    restore_disarm();
}

void term_return(struct term *term)
{
    if (!term->away)
        return;
    term->away = false;
    term->whole = true;
    arm(term);
    send(modes_on);
    if (term->mouse)
        send(mouse_on);
    int w, h;
    term_size(term, &w, &h);
    doupdate(); /* back into our modes */
    keypad(stdscr, TRUE); /* ncurses would wait until it reads, and the first arrow would come as Esc and letters */
}

void term_suspend(struct term *term)
{
    struct sigaction before, stop = {.sa_handler = SIG_DFL};
    term_leave(term);
    sigaction(SIGTSTP, &stop, &before);
    raise(SIGTSTP); /* we stand still here until somebody continues us */
    sigaction(SIGTSTP, &before, NULL);
    term_return(term);
}

void term_set_theme(struct term *term, const struct theme *theme)
{
    painter_set_theme(term->painter, theme);
    term->whole = true;
}

void term_set_mouse(struct term *term, bool on)
{
    term->mouse = on;
    send(on ? mouse_on : "\033[?1006l\033[?1002l\033[?1000l");
}

void term_copy(struct term *term, const char *text, size_t len)
{
    if (term->away)
        return;
    struct buf out;
    buf_init(&out, 2u << 20);
    buf_adds(&out, "\033]52;c;");
    digest_base64(&out, text, len);
    buf_adds(&out, "\a");
    if (!out.over)
        send(out.data);
    buf_release(&out);
}

void term_bell(struct term *term)
{
    if (!term->away)
        send("\a");
}

void term_notify(struct term *term, const char *text)
{
    struct buf out;
    if (term->away)
        return;
    buf_init(&out, 4096);
    buf_adds(&out, "\033]9;");
    text_sanitise(&out, text, strnlen(text, 500));
    buf_adds(&out, "\a");
    if (!out.over)
        send(out.data);
    buf_release(&out);
}
