#include "ops/logfilter.h"

#include "base/pattern.h"
#include "ops/loglevel.h"

enum term_kind { TERM_TEXT, TERM_PATTERN, TERM_LEVEL, TERM_FROM };

struct log_term {
    enum term_kind kind;
    bool negated;
    struct finder finder;
    struct pattern *pattern;
    enum log_level level;
};

void log_filter_release(struct log_filter *f)
{
    for (size_t i = 0; i < f->count; i++)
        pattern_free(f->terms[i].pattern);
    free(f->terms);
    f->terms = NULL;
    f->count = 0;
}

static int parse_pattern(struct log_term *t, const char *text, size_t len, struct err *err)
{
    char *expression = xstrndup(text, len);
    t->pattern = pattern_new(expression, err);
    free(expression);
    t->kind = TERM_PATTERN;
    return t->pattern ? 0 : -1;
}

static int parse_term(struct log_term *t, const char *text, size_t len, struct err *err)
{
    while (len && text[len - 1] == ' ')
        len--;
    if (len && *text == '!') {
        t->negated = true;
        text++;
        len--;
    }
    if (!len)
        return err_set(err, "a term of the filter is empty");
    if (len > FIND_MAX)
        return err_set(err, "a term of the filter is longer than %d bytes", FIND_MAX);
    if (len > 2 && text[0] == '/' && text[len - 1] == '/')
        return parse_pattern(t, text + 1, len - 2, err);
    if (len > 6 && memcmp(text, "level=", 6) == 0) {
        t->kind = TERM_LEVEL;
        t->level = log_level_word(text + 6, len - 6);
        return t->level ? 0 : err_set(err, "'%.*s' is no level; there are debug, info, warning, error and fatal", (int)len - 6, text + 6);
    }
    t->kind = len > 5 && memcmp(text, "from=", 5) == 0 ? TERM_FROM : TERM_TEXT;
    size_t skip = t->kind == TERM_FROM ? 5 : 0;
    finder_init(&t->finder, text + skip, len - skip);
    return 0;
}

int log_filter_parse(struct log_filter *f, const char *text, struct err *err)
{
    log_filter_release(f);
    f->terms = xcalloc(LOG_FILTER_TERMS, sizeof *f->terms);
    for (const char *at = text + strspn(text, " "); *at;) {
        const char *end = strstr(at, " & ");
        size_t len = end ? (size_t)(end - at) : strlen(at);
        if (f->count == LOG_FILTER_TERMS)
            return err_set(err, "a filter has at most %d terms", LOG_FILTER_TERMS);
        if (parse_term(&f->terms[f->count], at, len, err) < 0) {
            log_filter_release(f);
            return -1;
        }
        f->count++;
        at += len + (end ? 3 : 0);
        at += strspn(at, " ");
    }
    return 0;
}

bool log_filter_any(const struct log_filter *f)
{
    return f->count || f->since || f->until || f->only;
}

bool log_filter_slow(const struct log_filter *f)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->terms[i].kind == TERM_PATTERN)
            return true;
    return false;
}

static bool term_fits(const struct log_filter *f, const struct log_term *t, const struct spool_line *line)
{
    switch (t->kind) {
    case TERM_TEXT:
        return finder_next(&t->finder, line->text, line->text + line->len) != NULL;
    case TERM_PATTERN:
        return pattern_matches(t->pattern, line->text, line->len);
    case TERM_LEVEL:
        return line->level >= t->level;
    case TERM_FROM: {
        const char *name = f->name ? f->name(f->data, line->stream) : "";
        return finder_next(&t->finder, name, name + strlen(name)) != NULL;
    }
    }
    return false;
}

bool log_filter_fits(const struct log_filter *f, const struct spool_line *line)
{
    if (f->only && line->stream + 1u != f->only)
        return false;
    if (line->flags & f->always)
        return true;
    if ((f->since && line->time < f->since) || (f->until && (!line->time || line->time >= f->until)))
        return false;
    for (size_t i = 0; i < f->count; i++)
        if (term_fits(f, &f->terms[i], line) == f->terms[i].negated)
            return false;
    return true;
}

/* A term by which most lines can be passed over at the speed of memory. */
static const struct finder *hint(const struct log_filter *f, const struct spool_page *page)
{
    for (size_t i = 0; i < f->count && !(page->flags & f->always); i++)
        if (f->terms[i].kind == TERM_TEXT && !f->terms[i].negated)
            return &f->terms[i].finder;
    return NULL;
}

bool log_filter_skips(const struct log_filter *f, const struct spool_page *page)
{
    if (page->flags & f->always)
        return false;
    if ((f->since && page->newest < f->since) || (f->until && page->oldest >= f->until))
        return true;
    for (size_t i = 0; i < f->count; i++)
        if (f->terms[i].kind == TERM_LEVEL && !f->terms[i].negated && page->level < f->terms[i].level)
            return true;
    return false;
}

/* The line that a byte of a page's text belongs to. */
static size_t line_of(const struct spool_page *page, size_t from, size_t at)
{
    size_t low = from, high = page->count;
    while (high - low > 1) {
        size_t mid = low + (high - low) / 2;
        if (page->marks[mid].at <= at)
            low = mid;
        else
            high = mid;
    }
    return low;
}

size_t log_filter_next(const struct log_filter *f, const struct spool_page *page, size_t from)
{
    const struct finder *find = hint(f, page);
    struct spool_line line;
    if (log_filter_skips(f, page))
        return page->count;
    for (; from < page->count; from++) {
        if (find) {
            const char *at = finder_next(find, page->text + page->marks[from].at, page->text + page->len);
            if (!at)
                return page->count;
            from = line_of(page, from, (size_t)(at - page->text));
        }
        spool_page_line(page, from, &line);
        if (log_filter_fits(f, &line))
            break;
    }
    return from;
}

size_t log_filter_match(const struct log_filter *f, const char *text, size_t len, size_t *at)
{
    size_t best = 0;
    for (size_t i = 0; i < f->count; i++) {
        const struct log_term *t = &f->terms[i];
        const char *found = t->negated || t->kind != TERM_TEXT ? NULL : finder_next(&t->finder, text, text + len);
        size_t start = found ? (size_t)(found - text) : 0, n = found ? t->finder.len : 0;
        if (!t->negated && t->kind == TERM_PATTERN)
            pattern_find(t->pattern, text, len, &start, &n);
        if (n && (!best || start < *at)) {
            best = n;
            *at = start;
        }
    }
    return best;
}
