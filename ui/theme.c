#include "ui/theme.h"

/* Calm: most of the screen is the terminal's own colour; what deserves a look has one, what is bad is also bold. */
#define FG(c, c8) .fg = (c), .bg = -1, .fg8 = (c8), .bg8 = -1
#define PLAIN FG(-1, -1)
#define BAR(f, b) .fg = (f), .bg = (b), .fg8 = 7, .bg8 = 4

enum { BLACK, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN, WHITE };

const struct theme theme_dark = {
    .name = "dark",
    .styles = {
        [ROLE_NORMAL] = {PLAIN},
        [ROLE_DIM] = {FG(245, -1)},
        [ROLE_TITLE] = {PLAIN, .bold = 1},
        [ROLE_HEADER] = {BAR(252, 236)},
        [ROLE_HINT] = {FG(245, -1)},
        [ROLE_KEY] = {FG(110, CYAN), .bold = 1},
        [ROLE_DISABLED] = {FG(240, -1)},
        [ROLE_INPUT] = {FG(222, YELLOW)},
        [ROLE_BORDER] = {FG(241, -1)},
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
    .selected = {.fg = -1, .bg = 238, .fg8 = -1, .bg8 = -1, .bold = 0},
};

#define MONO .fg = -1, .bg = -1, .fg8 = -1, .bg8 = -1

const struct theme theme_mono = {
    .name = "mono",
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

const struct theme *const themes[] = {&theme_dark, &theme_mono, NULL};

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
