#include "ui_test.h"

#include <math.h>

#include "ui/theme.h"

/* Of xterm's 256 colours; the first 16 are the terminal's own, and no theme has them. */
static void rgb_of(int colour, double out[3])
{
    static const int levels[] = {0, 95, 135, 175, 215, 255};
    ck_assert_int_ge(colour, 16);
    for (int i = 0; i < 3; i++) {
        int level = colour >= 232 ? 8 + 10 * (colour - 232) : levels[(colour - 16) / (i == 0 ? 36 : i == 1 ? 6 : 1) % 6];
        double c = level / 255.0;
        out[i] = c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4);
    }
}

static double luminance(int colour)
{
    double c[3];
    rgb_of(colour, c);
    return 0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2];
}

/* As WCAG has it. */
static double contrast(int a, int b)
{
    double x = luminance(a) + 0.05, y = luminance(b) + 0.05;
    return x > y ? x / y : y / x;
}

/* The terminal's own: the worst that is usual. */
static int known(int colour, bool is_back, bool light)
{
    return colour >= 0 ? colour : is_back == light ? 255 : 234;
}

static bool is_faint(enum role role)
{
    static const enum role faint[] = {ROLE_DIM, ROLE_HINT, ROLE_DISABLED, ROLE_BORDER, ROLE_WIRE, ROLE_DONE};
    for (size_t i = 0; i < ARRAY_SIZE(faint); i++)
        if (faint[i] == role)
            return true;
    return role >= ROLE_SERIES;
}

static void role_can_be_read(const struct theme *theme, enum role role, unsigned attr, double wanted)
{
    struct style style;
    theme_style(&style, theme, role, attr);
    double is = contrast(known(style.fg, false, theme->light), known(style.bg, true, theme->light));
    ck_assert_msg(is >= wanted, "%s: role %d with attributes %u has a contrast of %.2f, not %.1f", theme->name, role, attr, is, wanted);
}

START_TEST(every_role_can_be_read)
{
    for (size_t t = 0; themes[t]; t++) {
        if (themes[t] == &theme_mono)
            continue;
        bool high = themes[t] == &theme_contrast;
        for (int role = 0; role < ROLE_COUNT; role++) {
            role_can_be_read(themes[t], (enum role)role, 0, high ? 7 : is_faint((enum role)role) ? 3 : 4.5);
            if (role < ROLE_SERIES && role != ROLE_BORDER && role != ROLE_WIRE && role != ROLE_MATCH)
                role_can_be_read(themes[t], (enum role)role, ATTR_BAR, high ? 7 : role == ROLE_DISABLED ? 2 : 3);
            if (role < ROLE_SERIES && role != ROLE_BORDER && role != ROLE_WIRE && role != ROLE_MATCH)
                role_can_be_read(themes[t], (enum role)role, ATTR_SELECTED, high ? 7 : role == ROLE_DISABLED ? 2 : 3);
        }
    }
}
END_TEST

/* As who has no long (protan) or no middle cones (deutan) sees it: Viénot, Brettel and Mollon, 1999. */
static void as_seen(double c[3], bool deutan)
{
    double l = 17.8824 * c[0] + 43.5161 * c[1] + 4.11935 * c[2], m = 3.45565 * c[0] + 27.1554 * c[1] + 3.86714 * c[2],
           s = 0.0299566 * c[0] + 0.184309 * c[1] + 1.46709 * c[2];
    if (deutan)
        m = 0.494207 * l + 1.24827 * s;
    else
        l = 2.02344 * m - 2.52581 * s;
    c[0] = 0.0809444479 * l - 0.130504409 * m + 0.116721066 * s;
    c[1] = -0.0102485335 * l + 0.0540193266 * m - 0.113614708 * s;
    c[2] = -0.000365296938 * l - 0.00412161469 * m + 0.693511405 * s;
}

static double cube_root(double t)
{
    return t > 0.008856 ? cbrt(t) : 7.787 * t + 16.0 / 116;
}

static void lab_of(const double c[3], double out[3])
{
    double x = cube_root((0.4124 * c[0] + 0.3576 * c[1] + 0.1805 * c[2]) / 0.9505),
           y = cube_root(0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]),
           z = cube_root((0.0193 * c[0] + 0.1192 * c[1] + 0.9505 * c[2]) / 1.089);
    out[0] = 116 * y - 16;
    out[1] = 500 * (x - y);
    out[2] = 200 * (y - z);
}

static double distance(int a, int b, bool deutan)
{
    double x[3], y[3], p[3], q[3], sum = 0;
    rgb_of(a, x);
    rgb_of(b, y);
    as_seen(x, deutan);
    as_seen(y, deutan);
    lab_of(x, p);
    lab_of(y, q);
    for (int i = 0; i < 3; i++)
        sum += (p[i] - q[i]) * (p[i] - q[i]);
    return sqrt(sum);
}

START_TEST(states_are_told_apart_without_red_and_green)
{
    static const enum role states[] = {ROLE_GOOD, ROLE_BUSY, ROLE_WARNING, ROLE_BAD};
    for (int deutan = 0; deutan < 2; deutan++)
        for (size_t a = 0; a < ARRAY_SIZE(states); a++)
            for (size_t b = 0; b < a; b++) {
                double is = distance(theme_blind.styles[states[a]].fg, theme_blind.styles[states[b]].fg, deutan);
                ck_assert_msg(is >= 25, "roles %d and %d are %.1f apart, which nobody sees", states[a], states[b], is);
            }
    /* The measure itself: what is wrong with red and green. */
    ck_assert_double_lt(distance(theme_light.styles[ROLE_GOOD].fg, theme_light.styles[ROLE_BAD].fg, true), 25);
}
END_TEST

START_TEST(themes_are_found_by_name)
{
    ck_assert_ptr_eq(theme_find("high-contrast"), &theme_contrast);
    ck_assert_ptr_null(theme_find("hi"));
    for (size_t t = 0; themes[t]; t++)
        ck_assert_ptr_eq(theme_find(themes[t]->name), themes[t]);
    setenv("COLORFGBG", "0;default;15", 1);
    ck_assert_ptr_eq(theme_default(), &theme_light);
    setenv("COLORFGBG", "15;0", 1);
    ck_assert_ptr_eq(theme_default(), &theme_dark);
    unsetenv("COLORFGBG");
}
END_TEST

Suite *ui_theme_suite(void)
{
    Suite *suite = suite_create("ui themes");
    TCase *tc = tcase_create("themes");
    tcase_add_test(tc, every_role_can_be_read);
    tcase_add_test(tc, states_are_told_apart_without_red_and_green);
    tcase_add_test(tc, themes_are_found_by_name);
    suite_add_tcase(suite, tc);
    return suite;
}
