#include "tests/fuzz/fuzz.h"

#include "base/file.h"
#include "base/text.h"

static struct catalogue samples;

static void release_samples(void)
{
    catalogue_release(&samples);
}

const struct catalogue *fuzz_catalogue(void)
{
    static const char *const names[] = {"ip-camera", "people-detector", "monitor"};
    if (samples.things.count)
        return &samples;
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        char *path = xasprintf("%s/assets/catalog/%s.yaml", TOP_SRCDIR, names[i]);
        struct err err = ERR_INIT;
        struct faults faults = {0};
        struct buf text;
        buf_init(&text, 1u << 20);
        MUST(file_read(path, &text, &err) == 0, "%s", err.text);
        catalogue_read(&samples, text.data, text.len, path, &faults);
        MUST(faults.count == 0, "%s: %s", path, faults.items[0].text);
        faults_release(&faults);
        buf_release(&text);
        free(path);
    }
    atexit(release_samples);
    return &samples;
}

static void check_sentence(const char *text)
{
    MUST(*text, "an empty sentence");
    MUST(utf8_valid(text, strlen(text)), "a sentence is not UTF-8: '%s'", text);
    for (const char *p = text; *p; p++)
        MUST((unsigned char)*p >= 0x20 && *p != 0x7f, "a sentence holds byte %d: '%s'", *p, text);
}

/* How many bytes of a line break begin at `at`, 0 for none. */
static size_t break_at(const char *text, size_t len, size_t at, bool wide)
{
    static const char *const breaks[] = {"\r\n", "\r", "\n", "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"};
    for (size_t i = 0; i < (wide ? ARRAY_SIZE(breaks) : 3); i++)
        if (len - at >= strlen(breaks[i]) && memcmp(text + at, breaks[i], strlen(breaks[i])) == 0)
            return strlen(breaks[i]);
    return 0;
}

/* Behind the last line there is one more, and behind a line's last character a column. */
static bool is_inside(const struct fault *fault, const char *text, size_t len, bool wide)
{
    size_t at = 0, n;
    int line = 1, columns = 1;
    for (; at < len && line < fault->line; at += MAX(n, 1))
        line += (n = break_at(text, len, at, wide)) > 0;
    for (; at < len && !break_at(text, len, at, wide); at++)
        columns++;
    return line == fault->line && fault->column >= 1 && fault->column <= columns;
}

void fuzz_check_faults(const struct faults *faults, const char *text, size_t len)
{
    MUST(faults->count <= FAULTS_MAX && faults->count + faults->more >= faults->errors, "%zu faults, %zu of them errors",
         faults->count, faults->errors);
    for (size_t i = 0; i < faults->count; i++) {
        check_sentence(faults->items[i].text);
        const struct fault *f = &faults->items[i];
        /* To libyaml a line ends at Unicode's other breaks, too, but not where it has found no YAML at all. */
        MUST(!f->line || is_inside(f, text, len, true) || is_inside(f, text, len, false), "there is no place %d:%d: %s",
             f->line, f->column, f->text);
    }
}

void fuzz_check_err(const struct err *err)
{
    check_sentence(err->text);
}

void fuzz_check_plan(const struct graph *graph, const char *text, size_t len)
{
    struct buf first, second;
    buf_init(&first, 64u << 20);
    buf_init(&second, 64u << 20);
    struct buf *outs[] = {&first, &second};
    for (size_t i = 0; i < 2; i++) {
        struct err err = ERR_INIT;
        struct plan *plan = plan_make(graph, text, len, &err);
        if (plan)
            plan_render(plan, outs[i]);
        else
            fuzz_check_err(&err);
        plan_free(plan);
    }
    MUST(first.len == second.len && memcmp(first.data, second.data, first.len) == 0, "two plans of one graph");
    struct yaml_fault fault;
    struct yaml_doc *doc = yaml_parse(first.data, first.len, &fault);
    MUST(doc || first.len == 0 || first.len > YAML_MAX_BYTES, "a plan is no YAML: %d:%d: %s\n%s", fault.line, fault.column,
         fault.why.text, first.data);
    yaml_doc_free(doc);
    buf_release(&first);
    buf_release(&second);
}
