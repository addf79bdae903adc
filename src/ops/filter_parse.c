#include "ops/filter_term.h"

#include <ctype.h>

#include "base/quantity.h"
#include "base/text.h"
#include "base/time.h"

const struct filter_help filter_help[] = {
    {"camera", "a text anywhere in the row"},
    {"\"two words\"", "a text with blanks"},
    {"/cam.*[0-9]$/", "a regular expression; also ~cam.*"},
    {"status=Pending", "a column; a,b either, * anything; Tab"},
    {"node!=gpu-*", "any other than these"},
    {"reason~gpu", "a column by a regular expression"},
    {"restarts>3", "numbers; also age<10m and mem>=2Gi"},
    {"label=app=web", "labels; also -l app=web,tier!=db"},
    {"!camera", "none of these: before any word"},
    {NULL, NULL},
};

struct reading {
    struct term *term;
    const char *at;
    bool typing;
    const struct filter_column *columns;
    size_t count;
    struct err *err;
};

void term_release(struct term *term)
{
    for (size_t i = 0; i < term->value_count; i++) {
        free(term->values[i].key);
        free(term->values[i].text);
    }
    free(term->raw);
    free(term->memo);
    pattern_free(term->pattern);
    *term = (struct term){0};
}

void filter_name(char *out, size_t size, const char *title)
{
    size_t len = 0;
    for (; *title && len + 1 < size; title++)
        if (isalnum((unsigned char)*title))
            out[len++] = (char)tolower((unsigned char)*title);
    out[len] = '\0';
}

static bool has_capital(const char *text)
{
    while (*text && !(*text >= 'A' && *text <= 'Z'))
        text++;
    return *text;
}

static struct term_value *add_value(struct term *term, char *key, char *text)
{
    struct term_value *value = &term->values[term->value_count++];
    *value = (struct term_value){.key = key, .text = text, .globs = text && strpbrk(text, "*?")};
    return value;
}

/* Up to a blank, or to the quote that ends it; whether it may still go on. */
static char *read_value(struct reading *r, bool *quoted)
{
    char quote = *r->at == '"' || *r->at == '\'' ? *r->at : '\0';
    const char *from = r->at + (quote != '\0');
    size_t len = strcspn(from, quote ? (char[]){quote, '\0'} : " ");
    r->at = from + len + (quote && from[len]);
    r->term->open = r->typing && !from[len];
    if (quoted)
        *quoted = quote;
    return xstrndup(from, len);
}

/* /…/ with blanks, where \/ is a slash, or ~… up to a blank. */
static char *read_expression(struct reading *r)
{
    if (*r->at != '/')
        return read_value(r, NULL);
    char *out = xcalloc(strlen(r->at) + 1, 1), *to = out;
    for (r->at++; *r->at && *r->at != '/'; r->at++) {
        if (r->at[0] == '\\' && r->at[1]) {
            if (r->at[1] != '/')
                *to++ = *r->at;
            r->at++;
        }
        *to++ = *r->at;
    }
    r->at += *r->at == '/';
    return out;
}

static int take_pattern(struct reading *r)
{
    struct term *term = r->term;
    char *expression = read_expression(r);
    int rc = *expression ? 0 : 1;
    if (rc == 0) {
        term->pattern = pattern_new(expression, r->err);
        rc = term->pattern ? 0 : -1;
    }
    free(expression);
    return rc;
}

/* "10m", "2d3h": as ages are shown, and "90": seconds. */
static bool read_age(const char *text, double *seconds)
{
    static const struct {
        char unit;
        double seconds;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 7 * 86400}, {'y', 365 * 86400}};
    *seconds = 0;
    do {
        char *end;
        if (!isdigit((unsigned char)*text))
            return false;
        double number = strtod(text, &end);
        size_t u = 0;
        while (u < ARRAY_SIZE(units) && units[u].unit != *end)
            u++;
        if (*end && u == ARRAY_SIZE(units))
            return false;
        *seconds += number * (*end ? units[u].seconds : 1);
        text = end + (*end != '\0');
    } while (*text);
    return true;
}

static bool read_number(const char *text, bool age, double *out)
{
    int64_t milli;
    if (age)
        return read_age(text, out);
    if (text_number(text, out))
        return true;
    if (!quantity_milli(text, &milli))
        return false;
    *out = (double)milli / 1000;
    return true;
}

/* Where a name of letters ends, and what stands behind it. */
static const struct operator {
    const char *text;
    enum term_op op;
    bool not;
} operators[] = {
    {"!=", OP_IS, true},        {"!~", OP_PATTERN, true},     {">=", OP_MORE_EQUAL, false}, {"<=", OP_LESS_EQUAL, false},
    {"==", OP_IS, false},       {"=", OP_IS, false},          {"~", OP_PATTERN, false},     {">", OP_MORE, false},
    {"<", OP_LESS, false},
};

static const struct operator *find_operator(const char *word, size_t *name_len)
{
    size_t len = 0;
    while (isalnum((unsigned char)word[len]) || word[len] == '-' || word[len] == '_')
        len++;
    *name_len = len;
    for (size_t i = 0; len && isalpha((unsigned char)word[0]) && i < ARRAY_SIZE(operators); i++)
        if (str_starts(word + len, operators[i].text))
            return &operators[i];
    return NULL;
}

static int unknown_column(struct reading *r, const char *name)
{
    char all[512] = "", one[64];
    for (size_t i = 0; i < r->count; i++) {
        filter_name(one, sizeof one, r->columns[i].title);
        if (*one)
            snprintf(all + strlen(all), sizeof all - strlen(all), "%s, ", one);
    }
    return err_set(r->err, "there is no column '%.40s' here; there are: %slabel; quotes make it a text", name, all);
}

/* By its whole name, else by what it alone begins with. */
static int find_column(struct reading *r, const char *written, size_t len)
{
    char *name = xstrndup(written, len), wanted[64], one[64];
    size_t found = r->count, begins = 0;
    filter_name(wanted, sizeof wanted, str_eq(name, "ns") ? "namespace" : name);
    for (size_t i = 0; i < r->count; i++) {
        filter_name(one, sizeof one, r->columns[i].title);
        if (str_eq(one, wanted)) {
            found = i;
            begins = 1;
            break;
        }
        if (str_starts(one, wanted)) {
            found = i;
            begins++;
        }
    }
    int rc = begins == 1 ? 0 : unknown_column(r, name);
    r->term->column = found;
    free(name);
    return rc;
}

static int take_number(struct reading *r, const char *value)
{
    const struct filter_column *column = &r->columns[r->term->column];
    char name[64];
    if (!*value && r->typing)
        return 1;
    filter_name(name, sizeof name, column->title);
    if (!read_number(value, column->age, &r->term->number))
        return r->term->open ? 1
                             : err_set(r->err, "'%.40s' is no %s; %s wants one as in %s>%s", value,
                                       column->age ? "age" : "number", name, name, column->age ? "10m" : "3");
    r->term->is_number = true;
    return 0;
}

static void split(struct term *term, char *value, bool quoted)
{
    char *at = value;
    if (quoted) {
        add_value(term, NULL, xstrdup(value))->globs = false;
        return;
    }
    while (at && term->value_count < TERM_VALUES) {
        char *one = strsep(&at, ",");
        add_value(term, NULL, xstrdup(one));
    }
}

static int take_value(struct reading *r)
{
    struct term *term = r->term;
    bool quoted;
    char *value = read_value(r, &quoted);
    int rc = 0;
    if (term->op != OP_IS) {
        rc = take_number(r, value);
    } else if (!*value && r->typing) {
        rc = 1;
    } else {
        term->fold = !has_capital(value);
        term->is_number = !r->columns[term->column].age && text_number(value, &term->number);
        split(term, value, quoted);
    }
    free(value);
    return rc;
}

/* "app=web,tier!=db,!old,canary": all of them. */
static int take_labels(struct reading *r)
{
    struct term *term = r->term;
    term->kind = TERM_LABELS;
    char *all = read_value(r, NULL), *at = all;
    while (at && term->value_count < TERM_VALUES) {
        char *one = strsep(&at, ",");
        bool not = *one == '!';
        one += not;
        size_t len = strcspn(one, "=!");
        if (!len)
            continue;
        const char *op = one + len;
        struct term_value *value = add_value(term, xstrndup(one, len), NULL);
        value->not = not || *op == '!';
        op += *op == '!';
        if (*op == '=') {
            op += 1 + (op[1] == '=');
            value->text = xstrdup(op);
            value->globs = strpbrk(op, "*?");
        }
    }
    free(all);
    if (term->value_count)
        return 0;
    return r->typing ? 1 : err_set(r->err, "label wants a key, and perhaps a value: label=app=web");
}

/* A column of that name goes before. */
static bool means_labels(const struct reading *r, size_t len)
{
    if ((len != 5 || strncasecmp(r->at, "label", len) != 0) && (len != 6 || strncasecmp(r->at, "labels", len) != 0))
        return false;
    for (size_t i = 0; i < r->count; i++)
        if (strlen(r->columns[i].title) == len && strncasecmp(r->columns[i].title, r->at, len) == 0)
            return false;
    return true;
}

static int take_column(struct reading *r, const struct operator *operator, size_t len)
{
    struct term *term = r->term;
    bool labels = means_labels(r, len);
    term->kind = TERM_COLUMN;
    term->op = operator->op;
    term->not ^= operator->not;
    if (labels && operator->op != OP_IS)
        return err_set(r->err, "label knows = and != only: label=app=web");
    if (!labels && find_column(r, r->at, len) < 0)
        return -1;
    r->at += len + strlen(operator->text);
    if (labels)
        return take_labels(r);
    return term->op == OP_PATTERN ? take_pattern(r) : take_value(r);
}

static int take_text(struct reading *r)
{
    char *text = read_value(r, NULL);
    r->term->kind = TERM_TEXT;
    r->term->fold = !has_capital(text);
    add_value(r->term, NULL, text);
    return *text ? 0 : 1;
}

static int take_word(struct reading *r)
{
    size_t len;
    const struct operator *operator;
    if (strncmp(r->at, "-l", 2) == 0 && (r->at[2] == ' ' || (!r->at[2] && r->typing))) {
        r->at += 2;
        r->at += strspn(r->at, " ");
        return take_labels(r);
    }
    if (*r->at == '/' || *r->at == '~') {
        r->at += *r->at == '~';
        r->term->kind = TERM_PATTERN;
        return take_pattern(r);
    }
    operator = find_operator(r->at, &len);
    return operator ? take_column(r, operator, len) : take_text(r);
}

int term_read(struct term *term, const char **at, bool typing, const struct filter_column *columns, size_t count,
              struct err *err)
{
    struct reading r = {term, *at + strspn(*at, " "), typing, columns, count, err};
    for (; *r.at == '!'; r.at++)
        term->not = !term->not;
    const char *from = r.at;
    int rc = *r.at ? take_word(&r) : 1;
    term->raw = xstrndup(from, (size_t)(r.at - from));
    *at = r.at;
    return rc;
}
