/* theme: how roles look. A table a theme; the terminal picks the column that its colours allow. */
#ifndef UI_THEME_H
#define UI_THEME_H

#include "ui/canvas.h"

/* Colours are of xterm's 256, -1 is the terminal's own. A terminal with 8 or 16 colours takes `fg8` and `bg8`. */
struct style {
    int16_t fg, bg;
    int8_t fg8, bg8;
    uint8_t bold, dim, underline, reverse; /* also without any colour */
};

struct theme {
    const char *name, *help;
    bool light; /* meant for a light background */
    struct style styles[ROLE_COUNT];
    struct style selected; /* its bg, bold and reverse are laid over a cell's own style; fg too unless -1 */
};

extern const struct theme theme_dark, theme_light, theme_contrast, theme_blind, theme_mono;
/* NULL-terminated. */
extern const struct theme *const themes[];
/* What suits the terminal's background, as far as it says ($COLORFGBG); else dark. */
const struct theme *theme_default(void);
const struct theme *theme_find(const char *name); /* NULL when there is none */
/* How a cell looks, its attributes included. */
void theme_style(struct style *out, const struct theme *theme, enum role role, unsigned attr);

#endif
