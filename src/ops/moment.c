#include "ops/moment.h"

#include "base/time.h"

#define DAY (24 * 3600 * NSEC_PER_SEC)

static bool clock_time(const char *text, int64_t *out)
{
    int hour, minute, second = 0, end = 0;
    if (sscanf(text, "%2d:%2d%n", &hour, &minute, &end) != 2)
        return false;
    if (text[end] == ':') {
        const char *rest = text + end;
        if (sscanf(rest, ":%2d%n", &second, &end) != 1)
            return false;
        text = rest;
    }
    if (text[end] && strcmp(text + end, "Z") != 0)
        return false;
    *out = (hour * 3600 + minute * 60 + second) * NSEC_PER_SEC;
    return hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second < 60;
}

int moment_parse(const char *text, int64_t from, int64_t to, int64_t now, int64_t *out, struct err *err)
{
    char first[TIME_TEXT], last[TIME_TEXT];
    bool relative = *text == '+' || *text == '-';
    int64_t by = relative ? time_parse_duration(text + 1) : -1;
    if (str_eq(text, "first")) {
        *out = from;
    } else if (str_eq(text, "last")) {
        *out = to;
    } else if (relative && by >= 0) {
        *out = now + (*text == '-' ? -by : by);
    } else if (clock_time(text, out)) {
        *out += from - from % DAY;
        if (*out < from - NSEC_PER_SEC) /* a second that had begun */
            *out += DAY;
    } else if (!(*out = time_parse(text))) {
        return err_set(err, "'%s' is no time; write 02:14, 02:14:07, +30s, -5m, first or last", text);
    }
    if (relative) /* as far as there is anything */
        *out = MAX(from, MIN(*out, to));
    if (*out >= from - NSEC_PER_SEC && *out <= to + NSEC_PER_SEC) {
        *out = MAX(from, MIN(*out, to));
        return 0;
    }
    return err_set(err, "'%s' is not in the record: it goes from %s to %s", text, time_format(first, from, 0), time_format(last, to, 0));
}
