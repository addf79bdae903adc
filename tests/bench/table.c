/* The table: samples in, a line out. */
#include "tests/bench/bench.h"

#include <math.h>
#include <sys/utsname.h>

#include "base/file.h"
#include "base/text.h"

void samples_add(struct samples *samples, double value)
{
    GROW(samples->values, samples->count, samples->cap);
    samples->values[samples->count++] = value;
}

void samples_release(struct samples *samples)
{
    free(samples->values);
    *samples = (struct samples){0};
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

double samples_at(const struct samples *samples, double part)
{
    if (!samples->count)
        return NAN;
    double *sorted = xmemdup(samples->values, samples->count * sizeof *sorted);
    qsort(sorted, samples->count, sizeof *sorted, by_value);
    double at = part * (double)(samples->count - 1);
    size_t low = (size_t)at, high = MIN(low + 1, samples->count - 1);
    double value = sorted[low] + (sorted[high] - sorted[low]) * (at - (double)low);
    free(sorted);
    return value;
}

double samples_median(const struct samples *samples)
{
    return samples_at(samples, 0.5);
}

/* Three digits are what such figures are worth. */
static const char *number(char out[32], double value)
{
    int digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
    snprintf(out, 32, "%.*f", digits, value);
    return out;
}

static void print_line(const char *const *cells)
{
    static const int widths[] = {52, -12, 17, -4, -8, 5, 0}; /* < 0: to the right */
    struct buf line;
    buf_init(&line, 4096);
    for (size_t i = 0; i < ARRAY_SIZE(widths); i++) {
        size_t blanks = (size_t)MAX(abs(widths[i]) - text_width(cells[i]), 0);
        if (widths[i] < 0)
            buf_pad(&line, ' ', blanks);
        buf_adds(&line, cells[i]);
        if (widths[i] > 0)
            buf_pad(&line, ' ', blanks);
        buf_adds(&line, "  ");
    }
    while (line.len && line.data[line.len - 1] == ' ')
        buf_truncate(&line, line.len - 1);
    puts(line.data);
    fflush(stdout);
    buf_release(&line);
}

void bench_figure(const struct figure *f)
{
    char value[32], low[32], high[32], measured[64], range[80], runs[16], aim[48] = "", against[256] = "";
    double is = samples_at(f->samples, f->part > 0 ? f->part : 0.5);
    snprintf(measured, sizeof measured, "%s %s", number(value, is), f->unit);
    snprintf(range, sizeof range, "%s–%s", number(low, samples_at(f->samples, 0)),
             number(high, samples_at(f->samples, 1)));
    snprintf(runs, sizeof runs, "%zu", f->samples->count);
    if (f->aim > 0)
        snprintf(aim, sizeof aim, "%s %s", number(value, f->aim), f->unit);
    if (f->reference && f->reference_samples->count) {
        double reference = samples_median(f->reference_samples);
        char ratio[32];
        snprintf(against, sizeof against, "%s × %s (%s %s)", number(ratio, f->rate ? reference / is : is / reference),
                 f->reference, number(value, reference), f->unit);
    }
    const char *verdict = is <= f->aim ? "ok" : "OVER";
    print_line((const char *[]){f->name, measured, range, runs, aim, f->aim > 0 ? verdict : "", against});
}

void bench_missing(struct bench *bench, const char *what, const struct err *err)
{
    bench->missing++;
    printf("%-52s  could not be measured: %s\n", what, err->text);
    fflush(stdout);
}

char *bench_program(const struct bench *bench, const char *name)
{
    return xasprintf("%s/%s", bench->builddir, name);
}

/* The rest of the line of a /proc file that begins with key, e.g. "model name". */
static void line_of(const char *path, const char *key, char *out, size_t size)
{
    struct buf text;
    struct err err = ERR_INIT;
    buf_init(&text, 1u << 20);
    snprintf(out, size, "?");
    if (file_read(path, &text, &err) == 0)
        for (char *at = text.data, *end; *at; at = *end ? end + 1 : end) {
            end = at + strcspn(at, "\n");
            if (!str_starts(at, key))
                continue;
            at += strlen(key) + strspn(at + strlen(key), " \t:");
            snprintf(out, size, "%.*s", (int)(end - at), at);
            break;
        }
    buf_release(&text);
}

void bench_head(void)
{
    char model[128], memory[64], load[64];
    struct utsname uts;
    uname(&uts);
    line_of("/proc/cpuinfo", "model name", model, sizeof model);
    line_of("/proc/meminfo", "MemTotal", memory, sizeof memory);
    line_of("/proc/loadavg", "", load, sizeof load);
    load[strcspn(load, " ")] = '\0';
    printf("%ld cores (%s), %.1f GiB, %s %s; load %s\n", sysconf(_SC_NPROCESSORS_ONLN), model,
           strtod(memory, NULL) / (1 << 20), uts.sysname, uts.release, load);
#if defined __SANITIZE_ADDRESS__ || !defined __OPTIMIZE__
    puts("this build is not optimised, or has sanitizers: its figures are not those of a release");
#endif
    fputs("median of the runs, least–greatest; a reference is measured between the same runs\n\n", stdout);
    print_line((const char *[]){"FIGURE", "MEASURED", "RANGE", "RUNS", "AIM", "", "AGAINST"});
}
