#include "ui/theme.h"

/* Calm: most of the screen is the terminal's own colour; what deserves a look has one, what is bad is also bold. */
#define FG(c, c8) .fg = (c), .bg = -1, .fg8 = (c8), .bg8 = -1
#define PLAIN FG(-1, -1)
#define BAR(f, b) .fg = (f), .bg = (b), .fg8 = 7, .bg8 = 4

enum { BLACK, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE };

const struct theme theme_dark = {
    .name = "dark",
    .help = "calm, on a dark background",
    .styles = {
        [ROLE_NORMAL] = {PLAIN},
        [ROLE_DIM] = {FG(245, -1)},
        [ROLE_TITLE] = {PLAIN, .bold = 1},
        [ROLE_HEADER] = {BAR(252, 236)},
        [ROLE_HINT] = {FG(245, -1)},
        [ROLE_KEY] = {FG(110, CYAN), .bold = 1},
        [ROLE_DISABLED] = {FG(243, -1)},
        [ROLE_INPUT] = {FG(222, YELLOW)},
        [ROLE_BORDER] = {FG(243, -1)},
        [ROLE_FOCUS] = {FG(110, CYAN), .bold = 1},
        [ROLE_GOOD] = {FG(108, GREEN)},
        [ROLE_BUSY] = {FG(110, CYAN)},
        [ROLE_WARNING] = {FG(179, YELLOW)},
        [ROLE_BAD] = {FG(203, RED), .bold = 1},
        [ROLE_DONE] = {FG(245, -1)},
        [ROLE_WIRE] = {FG(243, -1)},
        [ROLE_FLOW] = {FG(108, GREEN)},
        [ROLE_DEAD] = {FG(203, RED), .bold = 1},
        [ROLE_MATCH] = {.fg = 234, .bg = 179, .fg8 = BLACK, .bg8 = YELLOW, .underline = 1},
        [ROLE_DIALOG] = {PLAIN},
        [ROLE_SERIES + 0] = {FG(245, -1)},
        [ROLE_SERIES + 1] = {FG(139, MAGENTA)},
        [ROLE_SERIES + 2] = {FG(67, BLUE)},
        [ROLE_SERIES + 3] = {FG(179, YELLOW)},
        [ROLE_SERIES + 4] = {FG(73, CYAN)},
        [ROLE_SERIES + 5] = {FG(108, GREEN)},
        [ROLE_SERIES + 6] = {FG(252, WHITE)},
    },
    .selected = {.fg = -1, .bg = 237, .fg8 = -1, .bg8 = -1, .bold = 0},
};

const struct theme theme_light = {
    .name = "light",
    .help = "the same on a light background",
    .light = true,
    .styles = {
        [ROLE_NORMAL] = {PLAIN},
        [ROLE_DIM] = {FG(241, -1)},
        [ROLE_TITLE] = {PLAIN, .bold = 1},
        [ROLE_HEADER] = {BAR(235, 253)},
        [ROLE_HINT] = {FG(241, -1)},
        [ROLE_KEY] = {FG(25, BLUE), .bold = 1},
        [ROLE_DISABLED] = {FG(244, -1)},
        [ROLE_INPUT] = {FG(90, MAGENTA)},
        [ROLE_BORDER] = {FG(244, -1)},
        [ROLE_FOCUS] = {FG(25, BLUE), .bold = 1},
        [ROLE_GOOD] = {FG(22, GREEN)},
        [ROLE_BUSY] = {FG(25, BLUE)},
        [ROLE_WARNING] = {FG(94, MAGENTA)},
        [ROLE_BAD] = {FG(124, RED), .bold = 1},
        [ROLE_DONE] = {FG(241, -1)},
        [ROLE_WIRE] = {FG(244, -1)},
        [ROLE_FLOW] = {FG(22, GREEN)},
        [ROLE_DEAD] = {FG(124, RED), .bold = 1},
        [ROLE_MATCH] = {.fg = 232, .bg = 222, .fg8 = BLACK, .bg8 = YELLOW, .underline = 1},
        [ROLE_DIALOG] = {PLAIN},
        [ROLE_SERIES + 0] = {FG(244, -1)},
        [ROLE_SERIES + 1] = {FG(133, MAGENTA)},
        [ROLE_SERIES + 2] = {FG(25, BLUE)},
        [ROLE_SERIES + 3] = {FG(130, YELLOW)},
        [ROLE_SERIES + 4] = {FG(30, CYAN)},
        [ROLE_SERIES + 5] = {FG(28, GREEN)},
        [ROLE_SERIES + 6] = {FG(238, BLACK)},
    },
    .selected = {.fg = -1, .bg = 153, .fg8 = -1, .bg8 = -1, .bold = 0},
};

/* Its background is its own, so that it is what it says on every terminal. */
#define ON(f, b, f8, b8) .fg = (f), .bg = (b), .fg8 = (f8), .bg8 = (b8)
#define ON_BLACK(c, c8) ON(c, 16, c8, BLACK)

const struct theme theme_contrast = {
    .name = "high-contrast",
    .help = "white on black, nothing dim",
    .styles = {
        [ROLE_NORMAL] = {ON_BLACK(231, WHITE)},
        [ROLE_DIM] = {ON_BLACK(252, WHITE)},
        [ROLE_TITLE] = {ON_BLACK(231, WHITE), .bold = 1},
        [ROLE_HEADER] = {ON(231, 18, WHITE, BLUE)},
        [ROLE_HINT] = {ON_BLACK(231, WHITE)},
        [ROLE_KEY] = {ON_BLACK(227, YELLOW), .bold = 1},
        [ROLE_DISABLED] = {ON_BLACK(250, WHITE)},
        [ROLE_INPUT] = {ON_BLACK(227, YELLOW), .bold = 1},
        [ROLE_BORDER] = {ON_BLACK(252, WHITE)},
        [ROLE_FOCUS] = {ON_BLACK(227, YELLOW), .bold = 1},
        [ROLE_GOOD] = {ON_BLACK(120, GREEN)},
        [ROLE_BUSY] = {ON_BLACK(123, CYAN)},
        [ROLE_WARNING] = {ON_BLACK(227, YELLOW), .bold = 1},
        [ROLE_BAD] = {ON(231, 124, WHITE, RED), .bold = 1},
        [ROLE_DONE] = {ON_BLACK(252, WHITE)},
        [ROLE_WIRE] = {ON_BLACK(252, WHITE)},
        [ROLE_FLOW] = {ON_BLACK(120, GREEN)},
        [ROLE_DEAD] = {ON(231, 124, WHITE, RED), .bold = 1},
        [ROLE_MATCH] = {ON(16, 227, BLACK, YELLOW), .underline = 1},
        [ROLE_DIALOG] = {ON_BLACK(231, WHITE)},
        [ROLE_SERIES + 0] = {ON_BLACK(248, WHITE)},
        [ROLE_SERIES + 1] = {ON_BLACK(213, MAGENTA)},
        [ROLE_SERIES + 2] = {ON_BLACK(117, BLUE)},
        [ROLE_SERIES + 3] = {ON_BLACK(227, YELLOW)},
        [ROLE_SERIES + 4] = {ON_BLACK(123, CYAN)},
        [ROLE_SERIES + 5] = {ON_BLACK(120, GREEN)},
        [ROLE_SERIES + 6] = {ON_BLACK(231, WHITE)},
    },
    .selected = {.fg = 16, .bg = 231, .fg8 = BLACK, .bg8 = WHITE, .bold = 1},
};

/* Blue for good and orange for bad, which who cannot tell red from green tells apart; lightness differs as well. */
const struct theme theme_blind = {
    .name = "colour-blind",
    .help = "blue and orange, never red and green",
    .styles = {
        [ROLE_NORMAL] = {PLAIN},
        [ROLE_DIM] = {FG(245, -1)},
        [ROLE_TITLE] = {PLAIN, .bold = 1},
        [ROLE_HEADER] = {BAR(252, 236)},
        [ROLE_HINT] = {FG(245, -1)},
        [ROLE_KEY] = {FG(117, CYAN), .bold = 1},
        [ROLE_DISABLED] = {FG(243, -1)},
        [ROLE_INPUT] = {FG(229, YELLOW)},
        [ROLE_BORDER] = {FG(243, -1)},
        [ROLE_FOCUS] = {FG(117, CYAN), .bold = 1},
        [ROLE_GOOD] = {FG(75, BLUE)},
        [ROLE_BUSY] = {FG(159, CYAN)},
        [ROLE_WARNING] = {FG(229, YELLOW)},
        [ROLE_BAD] = {FG(208, RED), .bold = 1, .underline = 1},
        [ROLE_DONE] = {FG(245, -1)},
        [ROLE_WIRE] = {FG(243, -1)},
        [ROLE_FLOW] = {FG(75, BLUE)},
        [ROLE_DEAD] = {FG(208, RED), .bold = 1},
        [ROLE_MATCH] = {.fg = 234, .bg = 229, .fg8 = BLACK, .bg8 = YELLOW, .underline = 1},
        [ROLE_DIALOG] = {PLAIN},
        [ROLE_SERIES + 0] = {FG(245, -1)},
        [ROLE_SERIES + 1] = {FG(175, MAGENTA)},
        [ROLE_SERIES + 2] = {FG(32, BLUE)},
        [ROLE_SERIES + 3] = {FG(220, YELLOW)},
        [ROLE_SERIES + 4] = {FG(117, CYAN)},
        [ROLE_SERIES + 5] = {FG(208, RED)},
        [ROLE_SERIES + 6] = {FG(252, WHITE)},
    },
    .selected = {.fg = -1, .bg = 237, .fg8 = -1, .bg8 = -1, .bold = 0},
};

#define MONO .fg = -1, .bg = -1, .fg8 = -1, .bg8 = -1

const struct theme theme_mono = {
    .name = "mono",
    .help = "no colours: bold, underlined, reversed",
    .styles = {
        [ROLE_NORMAL] = {MONO},
        [ROLE_DIM] = {MONO, .dim = 1},
        [ROLE_TITLE] = {MONO, .bold = 1},
        [ROLE_HEADER] = {MONO, .reverse = 1},
        [ROLE_HINT] = {MONO, .dim = 1},
        [ROLE_KEY] = {MONO, .bold = 1},
        [ROLE_DISABLED] = {MONO, .dim = 1},
        [ROLE_INPUT] = {MONO},
        [ROLE_BORDER] = {MONO, .dim = 1},
        [ROLE_FOCUS] = {MONO, .bold = 1},
        [ROLE_GOOD] = {MONO},
        [ROLE_BUSY] = {MONO},
        [ROLE_WARNING] = {MONO, .bold = 1},
        [ROLE_BAD] = {MONO, .bold = 1, .underline = 1},
        [ROLE_DONE] = {MONO, .dim = 1},
        [ROLE_WIRE] = {MONO, .dim = 1},
        [ROLE_FLOW] = {MONO},
        [ROLE_DEAD] = {MONO, .bold = 1},
        [ROLE_MATCH] = {MONO, .underline = 1, .bold = 1},
        [ROLE_DIALOG] = {MONO},
        [ROLE_SERIES + 0] = {MONO, .dim = 1},
        [ROLE_SERIES + 1] = {MONO},
        [ROLE_SERIES + 2] = {MONO, .dim = 1},
        [ROLE_SERIES + 3] = {MONO, .bold = 1},
        [ROLE_SERIES + 4] = {MONO, .dim = 1},
        [ROLE_SERIES + 5] = {MONO},
        [ROLE_SERIES + 6] = {MONO, .bold = 1},
    },
    .selected = {MONO, .reverse = 1},
};

const struct theme *const themes[] = {&theme_dark, &theme_light, &theme_contrast, &theme_blind, &theme_mono, NULL};

/* rxvt, konsole and others say "15;0" or "0;default;15": the last number is the background's. */
const struct theme *theme_default(void)
{
    const char *said = getenv("COLORFGBG"), *last = said ? strrchr(said, ';') : NULL;
    return last && (str_eq(last, ";15") || str_eq(last, ";7")) ? &theme_light : &theme_dark;
}

const struct theme *theme_find(const char *name)
{
    for (size_t i = 0; themes[i]; i++)
        if (str_eq(themes[i]->name, name))
            return themes[i];
    return NULL;
}

void theme_style(struct style *out, const struct theme *theme, enum role role, unsigned attr)
{
    *out = theme->styles[role];
    if (attr & ATTR_BOLD)
        out->bold = 1;
    if (attr & ATTR_UNDERLINE)
        out->underline = 1;
    if (attr & ATTR_REVERSE)
        out->reverse = 1;
    if (attr & ATTR_BAR) {
        const struct style *bar = &theme->styles[ROLE_HEADER];
        out->bg = bar->bg;
        out->bg8 = bar->bg8;
        if (out->fg < 0)
            out->fg = bar->fg;
        if (out->fg8 < 0)
            out->fg8 = bar->fg8;
        out->dim = 0;
        out->reverse |= bar->reverse;
    }
    if (attr & ATTR_SELECTED) {
        const struct style *over = &theme->selected;
        if (over->fg >= 0) {
            out->fg = over->fg;
            out->fg8 = over->fg8;
        }
        if (over->bg >= 0)
            out->bg = over->bg;
        if (over->bg8 >= 0)
            out->bg8 = over->bg8;
        else /* too few colours for a background of its own */
            out->reverse |= 2;
        out->bold |= over->bold;
        out->dim = 0;
        out->reverse |= over->reverse;
    }
}
