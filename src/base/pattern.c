#include "base/pattern.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

/* Steps on one text, far beyond what a sensible expression takes: (a+)+$ ends, too. On a hundred thousand rows these would be a
 * minute: an expression that ran into them on some texts gets fewer on all the others. */
#define MOST_STEPS 100000
#define MANY_ENDLESS 20
#define FEW_STEPS 500

struct pattern {
    pcre2_code *code;
    pcre2_match_data *found;
    pcre2_match_context *context;
    int endless; /* texts on which it took all steps */
};

struct pattern *pattern_new(const char *expression, bool fold, struct err *err)
{
    int error;
    PCRE2_SIZE at;
    pcre2_code *code = pcre2_compile((PCRE2_SPTR)expression, PCRE2_ZERO_TERMINATED,
                                     PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C | (fold ? PCRE2_CASELESS : 0), &error, &at, NULL);
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
    if (!pattern->found || !pattern->context)
        BUG("no memory for an expression");
    pcre2_set_match_limit(pattern->context, MOST_STEPS);
    return pattern;
}

void pattern_free(struct pattern *pattern)
{
    if (!pattern)
        return;
    pcre2_match_context_free(pattern->context);
    pcre2_match_data_free(pattern->found);
    pcre2_code_free(pattern->code);
    free(pattern);
}

bool pattern_matches(struct pattern *pattern, const char *text, size_t len)
{
    int found = pcre2_match(pattern->code, (PCRE2_SPTR)text, len, 0, 0, pattern->found, pattern->context);
    if (found == PCRE2_ERROR_MATCHLIMIT && ++pattern->endless == MANY_ENDLESS)
        pcre2_set_match_limit(pattern->context, FEW_STEPS);
    return found >= 0;
}
