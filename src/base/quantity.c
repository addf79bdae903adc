#include "base/quantity.h"

#include <ctype.h>

struct suffix {
    const char *text;
    int power10; /* 10^n … */
    int power2;  /* … times 2^n */
};

static const struct suffix suffixes[] = {
    {"n", -9, 0},  {"u", -6, 0},  {"m", -3, 0},  {"", 0, 0},    {"k", 3, 0},   {"M", 6, 0},
    {"G", 9, 0},   {"T", 12, 0},  {"P", 15, 0},  {"E", 18, 0},  {"Ki", 0, 10}, {"Mi", 0, 20},
    {"Gi", 0, 30}, {"Ti", 0, 40}, {"Pi", 0, 50}, {"Ei", 0, 60},
};

#define MAX_DIGITS 18

static bool read_suffix(const char *text, int *power10, int *power2)
{
    for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++) {
        if (strcmp(suffixes[i].text, text) == 0) {
            *power10 = suffixes[i].power10;
            *power2 = suffixes[i].power2;
            return true;
        }
    }
    if (*text != 'e' && *text != 'E')
        return false;
    const char *digits = text + 1;
    bool negative = *digits == '-';
    digits += *digits == '-' || *digits == '+';
    int exponent = 0;
    if (!*digits)
        return false;
    for (; *digits; digits++) {
        if (!isdigit((unsigned char)*digits))
            return false;
        exponent = MIN(exponent * 10 + (*digits - '0'), 1000);
    }
    *power10 = negative ? -exponent : exponent;
    *power2 = 0;
    return true;
}

/* Whole numbers all the way: 0.1 has no exact binary form, and rounding up would make 101m of it. */
static bool read_quantity(const char *text, int scale10, int64_t *out)
{
    if (!text)
        return false;
    bool negative = *text == '-', any = false, point = false;
    text += *text == '-' || *text == '+';
    uint64_t mantissa = 0;
    int digits = 0, power10 = 0, power2 = 0;
    for (; isdigit((unsigned char)*text) || (*text == '.' && !point); text++) {
        if (*text == '.') {
            point = true;
            continue;
        }
        any = true;
        if (digits < MAX_DIGITS) {
            mantissa = mantissa * 10 + (uint64_t)(*text - '0');
            digits += mantissa != 0;
            power10 -= point;
        } else {
            power10 += !point; /* beyond what is exact: only the size counts */
        }
    }
    int suffix10, suffix2;
    if (!any || !read_suffix(text, &suffix10, &suffix2))
        return false;
    power10 += suffix10 + scale10;
    power2 = suffix2;

    unsigned __int128 value = mantissa;
    const unsigned __int128 most = INT64_MAX;
    bool rest = false;
    /* 2^60 × 10^18 fits into 128 bits, so the shift is exact. */
    value <<= power2;
    for (; power10 < 0 && value; power10++) {
        rest |= value % 10 != 0;
        value /= 10;
    }
    for (; power10 > 0 && value && value <= most; power10--)
        value *= 10;
    value += rest && !negative;
    int64_t whole = value > most ? INT64_MAX : (int64_t)value;
    *out = negative ? -whole : whole;
    return true;
}

bool quantity_milli(const char *text, int64_t *out)
{
    return read_quantity(text, 3, out);
}

bool quantity_whole(const char *text, int64_t *out)
{
    return read_quantity(text, 0, out);
}

static bool read_json(const cJSON *value, int scale10, int64_t *out)
{
    char text[40];
    if (cJSON_IsString(value))
        return read_quantity(value->valuestring, scale10, out);
    if (!cJSON_IsNumber(value))
        return false;
    snprintf(text, sizeof text, "%.15g", value->valuedouble);
    return read_quantity(text, scale10, out);
}

bool quantity_json_milli(const cJSON *value, int64_t *out)
{
    return read_json(value, 3, out);
}

int64_t quantity_at(const cJSON *map, const char *key, bool milli, int64_t other)
{
    int64_t out;
    return read_json(json_get(map, key), milli ? 3 : 0, &out) ? MAX(MIN(out, QUANTITY_MOST), -QUANTITY_MOST) : other;
}
