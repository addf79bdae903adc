#include "base/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* Steps on one text, and more for each of its bytes, far beyond what a sensible expression takes: (a+)+$ ends, too. On a hundred
 * thousand rows these would be a minute: an expression that took all of them on some texts gets few on the others. */
#define MOST_STEPS 100000
#define MANY_ENDLESS 20
#define FEW_STEPS 100
#define STEPS_A_BYTE 10

struct pattern {
    pcre2_code *code;
    pcre2_match_data *found;
    pcre2_match_context *context;
    pcre2_jit_stack *stack;
    int endless; /* texts on which it took all steps */
};

static bool has_capital(const char *expression)
{
    for (const char *c = expression; *c; c++)
        if (*c == '\\' && c[1])
            c++;
        else if (*c >= 'A' && *c <= 'Z')
            return true;
    return false;
}

struct pattern *pattern_new(const char *expression, struct err *err)
{
    uint32_t fold = has_capital(expression) ? 0 : PCRE2_CASELESS;
    int error;
    PCRE2_SIZE at;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)expression, PCRE2_ZERO_TERMINATED,
                                     PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C | fold, &error, &at, NULL);
    if (!code) {
        PCRE2_UCHAR why[128];
        pcre2_get_error_message(error, why, sizeof why);
        err_set(err, "the expression '%.100s' cannot be read at its character %zu: %s", expression, (size_t)at + 1, (const char *)why);
        return NULL;
    }
    struct pattern *pattern = xcalloc(1, sizeof *pattern);
    pattern->code = code;
    pcre2_jit_compile(code, PCRE2_JIT_COMPLETE); /* where it cannot, it is interpreted */
    pattern->found = pcre2_match_data_create(1, NULL);
    pattern->context = pcre2_match_context_create(NULL);
    pattern->stack = pcre2_jit_stack_create(32u << 10, 1u << 20, NULL);
    if (!pattern->found || !pattern->context || !pattern->stack)
        BUG("no memory for an expression");
    pcre2_jit_stack_assign(pattern->context, NULL, pattern->stack);
    return pattern;
}

void pattern_free(struct pattern *pattern)
{
    if (!pattern)
        return;
    pcre2_match_context_free(pattern->context);
    pcre2_jit_stack_free(pattern->stack);
    pcre2_match_data_free(pattern->found);
    pcre2_code_free(pattern->code);
    free(pattern);
}

bool pattern_matches(struct pattern *pattern, const char *text, size_t len)
{
    PCRE2_SPTR at = (PCRE2_SPTR)text;
    uint64_t steps = pattern->endless < MANY_ENDLESS ? MOST_STEPS : FEW_STEPS;
    pcre2_set_match_limit(pattern->context, (uint32_t)MIN(steps + STEPS_A_BYTE * (uint64_t)len, UINT32_MAX));
    int rc = pcre2_match(pattern->code, at, len, 0, 0, pattern->found, pattern->context);
    if (rc == PCRE2_ERROR_JIT_STACKLIMIT) /* of a long text: the interpreter has the heap */
        rc = pcre2_match(pattern->code, at, len, 0, PCRE2_NO_JIT, pattern->found, pattern->context);
    pattern->endless += rc == PCRE2_ERROR_MATCHLIMIT && pattern->endless < MANY_ENDLESS;
    return rc >= 0;
}

bool pattern_find(struct pattern *pattern, const char *text, size_t len, size_t *at, size_t *found)
{
    if (!pattern_matches(pattern, text, len))
        return false;
    const PCRE2_SIZE *where = pcre2_get_ovector_pointer(pattern->found);
    *at = where[0];
    *found = where[1] - where[0];
    return true;
}
