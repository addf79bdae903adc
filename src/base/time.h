/* time: the texts of points in time and of durations. Points are nanoseconds since 1970 (int64_t), 0 = not known. */
#ifndef BASE_TIME_H
#define BASE_TIME_H

#include "base/base.h"

/* RFC 3339 with 0 to 9 fraction digits, "Z" or an offset. Returns 0 for anything else, and
 * for what was before 1970: differences of two are never too large. */
int64_t time_parse(const char *s);
#define TIME_TEXT 40
/* digits: fraction digits, 0 to 9. Always UTC, "Z". Returns out. */
char *time_format(char out[TIME_TEXT], int64_t ns, int digits);
/* An age as kubectl prints it: 12s, 5m, 3m20s, 4h, 2d3h, 3y10d (apimachinery's duration.HumanDuration). */
char *time_age(char out[TIME_TEXT], int64_t duration_ns);
/* How long that text stays the same. */
int64_t time_age_holds(int64_t duration_ns);
/* A measured duration with what it is worth: 8ms, 0.42s, 1.3s, 49.7s, 2m50s. */
char *time_span(char out[TIME_TEXT], int64_t duration_ns);
/* For an axis: the least round step, ns, of which no more than that many go into a length. */
int64_t time_step(int64_t length_ns, double most);
/* "5m", "90s", "1h30m", "250ms", or bare seconds "0"; -1 when it is none (Go's ParseDuration). */
int64_t time_parse_duration(const char *s);
/* Wall clock and monotonic clock of the machine. Only programs and the loop call these; everything else is told. */
int64_t time_wall(void);
int64_t time_monotonic(void);

#endif
