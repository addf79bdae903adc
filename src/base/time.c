#include "base/time.h"

#include <time.h>

static int64_t clock_ns(clockid_t id)
{
    struct timespec ts;
    clock_gettime(id, &ts);
    return (int64_t)ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

int64_t time_wall(void)
{
    return clock_ns(CLOCK_REALTIME);
}

int64_t time_monotonic(void)
{
    return clock_ns(CLOCK_MONOTONIC);
}

/* Exactly `count` digits, or -1. */
static int digits(const char **s, int count)
{
    int value = 0;
    for (int i = 0; i < count; i++, (*s)++) {
        if (**s < '0' || **s > '9')
            return -1;
        value = value * 10 + (**s - '0');
    }
    return value;
}

/* Days since 1970 in the proleptic Gregorian calendar. */
static int64_t days_from_civil(int64_t y, int m, int d)
{
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

int64_t time_parse(const char *s)
{
    if (!s)
        return 0;
    int year = digits(&s, 4), month, day, hour, minute, second;
    if (year < 1970 || year > 2261 || *s++ != '-' || (month = digits(&s, 2)) < 1 || month > 12 || *s++ != '-' ||
        (day = digits(&s, 2)) < 1 || day > 31 || (*s != 'T' && *s != 't' && *s != ' '))
        return 0;
    s++;
    if ((hour = digits(&s, 2)) < 0 || hour > 23 || *s++ != ':' || (minute = digits(&s, 2)) < 0 || minute > 59 ||
        *s++ != ':' || (second = digits(&s, 2)) < 0 || second > 60)
        return 0;
    int64_t fraction = 0;
    if (*s == '.') {
        s++;
        int64_t unit = NSEC_PER_SEC / 10;
        if (*s < '0' || *s > '9')
            return 0;
        for (; *s >= '0' && *s <= '9'; s++, unit /= 10)
            fraction += (*s - '0') * unit;
    }
    int64_t offset = 0;
    if (*s == 'Z' || *s == 'z') {
        s++;
    } else if (*s == '+' || *s == '-') {
        int sign = *s++ == '+' ? 1 : -1, oh = digits(&s, 2), om;
        if (oh < 0 || *s++ != ':' || (om = digits(&s, 2)) < 0)
            return 0;
        offset = sign * (oh * 3600 + om * 60);
    } else {
        return 0;
    }
    if (*s)
        return 0;
    int64_t seconds = days_from_civil(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset;
    return MAX(seconds * NSEC_PER_SEC + fraction, 0);
}

char *time_format(char out[TIME_TEXT], int64_t ns, int fraction_digits)
{
    int64_t seconds = ns / NSEC_PER_SEC, rest = ns % NSEC_PER_SEC;
    if (rest < 0) {
        rest += NSEC_PER_SEC;
        seconds--;
    }
    time_t t = (time_t)seconds;
    struct tm tm;
    gmtime_r(&t, &tm);
    size_t n = strftime(out, TIME_TEXT, "%Y-%m-%dT%H:%M:%S", &tm);
    if (fraction_digits > 0) {
        char fraction[16];
        snprintf(fraction, sizeof fraction, "%09" PRId64, rest);
        n += (size_t)snprintf(out + n, TIME_TEXT - n, ".%.*s", MIN(fraction_digits, 9), fraction);
    }
    snprintf(out + n, TIME_TEXT - n, "Z");
    return out;
}

/* apimachinery's HumanDuration: two units while they matter, a zero remainder left out. */
char *time_age(char out[TIME_TEXT], int64_t duration_ns)
{
    int64_t s = duration_ns / NSEC_PER_SEC;
    if (s < -1) {
        snprintf(out, TIME_TEXT, "<invalid>");
        return out;
    }
    s = MAX(s, 0);
    int64_t m = s / 60, h = s / 3600, d = h / 24, y = d / 365;
    if (s < 120)
        snprintf(out, TIME_TEXT, "%" PRId64 "s", s);
    else if (m < 10 && s % 60)
        snprintf(out, TIME_TEXT, "%" PRId64 "m%" PRId64 "s", m, s % 60);
    else if (m < 180)
        snprintf(out, TIME_TEXT, "%" PRId64 "m", m);
    else if (h < 8 && m % 60)
        snprintf(out, TIME_TEXT, "%" PRId64 "h%" PRId64 "m", h, m % 60);
    else if (h < 48)
        snprintf(out, TIME_TEXT, "%" PRId64 "h", h);
    else if (d < 8 && h % 24)
        snprintf(out, TIME_TEXT, "%" PRId64 "d%" PRId64 "h", d, h % 24);
    else if (d < 365 * 2)
        snprintf(out, TIME_TEXT, "%" PRId64 "d", d);
    else if (y < 8 && d % 365)
        snprintf(out, TIME_TEXT, "%" PRId64 "y%" PRId64 "d", y, d % 365);
    else
        snprintf(out, TIME_TEXT, "%" PRId64 "y", y);
    return out;
}

int64_t time_age_holds(int64_t duration_ns)
{
    /* Up to each of these ages the text counts in such steps; every age here is a whole number of the step after it. */
    static const struct {
        int64_t until, step;
    } steps[] = {{600, 1}, {8 * 3600, 60}, {8 * 86400, 3600}, {INT64_MAX / NSEC_PER_SEC, 86400}};
    if (duration_ns < 0)
        return NSEC_PER_SEC;
    size_t i = 0;
    while (duration_ns / NSEC_PER_SEC >= steps[i].until)
        i++;
    int64_t step = steps[i].step * NSEC_PER_SEC;
    return step - duration_ns % step;
}

char *time_span(char out[TIME_TEXT], int64_t duration_ns)
{
    const char *sign = duration_ns < 0 ? "-" : "";
    int64_t ms = (duration_ns < 0 ? -duration_ns : duration_ns) / NSEC_PER_MSEC;
    if (ms > 0 && ms < 10)
        snprintf(out, TIME_TEXT, "%s%" PRId64 "ms", sign, ms);
    else if (ms < 1000)
        snprintf(out, TIME_TEXT, "%s0.%02" PRId64 "s", sign, ms / 10);
    else if (ms < 60000)
        snprintf(out, TIME_TEXT, "%s%" PRId64 ".%" PRId64 "s", sign, ms / 1000, ms % 1000 / 100);
    else
        snprintf(out, TIME_TEXT, "%s%" PRId64 "m%02" PRId64 "s", sign, ms / 60000, ms / 1000 % 60);
    return out;
}

int64_t time_step(int64_t length, double most)
{
    static const int64_t steps[] = {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400};
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
        if ((double)steps[i] * (double)NSEC_PER_SEC * most >= (double)length)
            return steps[i] * NSEC_PER_SEC;
    return length;
}

int64_t time_parse_duration(const char *s)
{
    static const struct {
        const char *name;
        double ns;
    } units[] = {{"ms", 1e6}, {"us", 1e3}, {"ns", 1}, {"s", 1e9}, {"m", 60e9}, {"h", 3600e9}};
    if (!s || !*s)
        return -1;
    if (str_eq(s, "0"))
        return 0;
    double total = 0;
    while (*s) {
        double value = 0, scale = 1;
        bool point = false, any = false;
        for (; (*s >= '0' && *s <= '9') || (*s == '.' && !point); s++) {
            if (*s == '.') {
                point = true;
                continue;
            }
            any = true;
            value = value * 10 + (*s - '0');
            if (point)
                scale *= 10;
        }
        size_t u = 0;
        while (u < ARRAY_SIZE(units) && !str_starts(s, units[u].name))
            u++;
        if (!any || u == ARRAY_SIZE(units))
            return -1;
        s += strlen(units[u].name);
        total += value / scale * units[u].ns;
        if (total > 9e18)
            return -1;
    }
    return (int64_t)total;
}
