#include "edge/canonical.h"

#include <ctype.h>

/* A quantity as digits × 10^exponent (decimal), or × 1024^binary. */
struct amount {
    bool negative, is_binary, is_exponent;
    __int128 digits;
    int exponent; /* of ten */
    int binary;   /* of 1024 */
};

static const char decimal_suffixes[] = "num kMGTPE"; /* 10^-9, 10^-6 … */
static const char binary_suffixes[] = "KMGTPE";

static bool parse_suffix(const char *s, struct amount *a)
{
    if (!*s)
        return true;
    if (s[1] == 'i' && !s[2]) {
        const char *at = strchr(binary_suffixes, s[0]);
        if (!at)
            return false;
        a->is_binary = true;
        a->binary = (int)(at - binary_suffixes) + 1;
        return true;
    }
    if (*s != ' ' && !s[1]) {
        const char *at = strchr(decimal_suffixes, *s);
        if (at) {
            a->exponent += 3 * ((int)(at - decimal_suffixes) - 3);
            return true;
        }
    }
    if ((*s == 'e' || *s == 'E') && s[1]) {
        char *end;
        long e = strtol(s + 1, &end, 10);
        if (*end || e < -100 || e > 100)
            return false;
        a->is_exponent = true;
        a->exponent += (int)e;
        return true;
    }
    return false;
}

static bool parse(const char *s, struct amount *a)
{
    *a = (struct amount){0};
    if (*s == '+' || *s == '-')
        a->negative = *s++ == '-';
    bool any = false, point = false;
    for (;; s++) {
        if (*s == '.' && !point) {
            point = true;
            continue;
        }
        if (!isdigit((unsigned char)*s))
            break;
        any = true;
        if (a->digits > (__int128)1 << 100)
            return false;
        a->digits = a->digits * 10 + (*s - '0');
        if (point)
            a->exponent--;
    }
    return any && parse_suffix(s, a);
}

static void put_digits(char out[64], const struct amount *a, __int128 digits, const char *suffix)
{
    char text[48];
    int n = sizeof text;
    text[--n] = '\0';
    do
        text[--n] = (char)('0' + (int)(digits % 10));
    while ((digits /= 10) > 0 && n > 1);
    snprintf(out, 64, "%s%s%s", a->negative ? "-" : "", text + n, suffix);
}

/* Whole 1024s move into the suffix; what is no whole number is written in decimal, as below. */
static bool binary_text(char out[64], struct amount *a)
{
    __int128 digits = a->digits;
    for (int i = 0; i < a->binary; i++)
        digits *= 1024;
    for (; a->exponent < 0; a->exponent++) {
        if (digits % 10) {
            a->digits = digits;
            a->is_binary = false;
            return false;
        }
        digits /= 10;
    }
    int power = 0;
    while (digits && digits % 1024 == 0 && power < 6) {
        digits /= 1024;
        power++;
    }
    char suffix[3] = {power ? binary_suffixes[power - 1] : '\0', power ? 'i' : '\0', '\0'};
    put_digits(out, a, digits, suffix);
    return true;
}

bool edge_quantity_canonical(const cJSON *value, char out[64])
{
    struct amount a;
    char number[40];
    if (cJSON_IsNumber(value))
        snprintf(number, sizeof number, "%.15g", value->valuedouble);
    if (!cJSON_IsNumber(value) && !cJSON_IsString(value))
        return false;
    if (!parse(cJSON_IsNumber(value) ? number : value->valuestring, &a))
        return false;
    if (cJSON_IsNumber(value))
        a.is_exponent = false;
    if (a.is_binary && binary_text(out, &a))
        return true;
    if (!a.digits) {
        put_digits(out, &(struct amount){0}, 0, "");
        return true;
    }
    while (a.digits % 10 == 0) {
        a.digits /= 10;
        a.exponent++;
    }
    while (a.exponent < -9) { /* finer than a billionth is rounded up */
        a.digits = (a.digits + 9) / 10;
        a.exponent++;
    }
    while (((a.exponent % 3) + 3) % 3 || (a.exponent > 18 && a.digits < (__int128)1 << 100)) {
        a.digits *= 10;
        a.exponent--;
    }
    char suffix[8] = "";
    if (a.exponent && a.is_exponent)
        snprintf(suffix, sizeof suffix, "e%d", a.exponent);
    else if (a.exponent && a.exponent <= 18)
        suffix[0] = decimal_suffixes[a.exponent / 3 + 3];
    put_digits(out, &a, a.digits, suffix);
    return true;
}
