#include "tests/screen/compare.h"

#include "base/file.h"
#include "base/text.h"

#define TEXT_MAX (1u << 20)

/* One line of each, '#' standing for any character; blanks at the ends do not count. */
bool compare_line(const char *expected, size_t expected_len, const char *actual, size_t actual_len)
{
    while (expected_len && expected[expected_len - 1] == ' ')
        expected_len--;
    while (actual_len && actual[actual_len - 1] == ' ')
        actual_len--;
    size_t e = 0, a = 0;
    while (e < expected_len) {
        uint32_t want, have = ' ';
        e += utf8_decode(expected + e, expected_len - e, &want);
        if (a < actual_len)
            a += utf8_decode(actual + a, actual_len - a, &have);
        if (want != '#' && want != have)
            return false;
    }
    return a == actual_len;
}

bool compare_texts(const char *expected, const char *actual)
{
    while (*expected || *actual) {
        size_t e = strcspn(expected, "\n"), a = strcspn(actual, "\n");
        if (!compare_line(expected, e, actual, a))
            return false;
        expected += e + (expected[e] == '\n');
        actual += a + (actual[a] == '\n');
    }
    return true;
}

void compare_print(const char *title, const char *expected, const char *actual)
{
    fprintf(stderr, "---- %s: expected ----\n%s\n---- but there is ----\n%s\n", title, expected, actual);
    int line = 1;
    while (*expected || *actual) {
        size_t e = strcspn(expected, "\n"), a = strcspn(actual, "\n");
        if (!compare_line(expected, e, actual, a))
            fprintf(stderr, "line %d differs:\n-|%.*s|\n+|%.*s|\n", line, (int)e, expected, (int)a, actual);
        expected += e + (expected[e] == '\n');
        actual += a + (actual[a] == '\n');
        line++;
    }
}

bool compare_same(const char *title, const char *expected, const char *actual)
{
    if (compare_texts(expected, actual))
        return true;
    compare_print(title, expected, actual);
    return false;
}

bool compare_updating(void)
{
    const char *update = getenv("UPDATE_SCREENS");
    return update && *update && *update != '0';
}

bool compare_write(const char *path, const char *text)
{
    struct err err = ERR_INIT;
    if (file_save(path, text, strlen(text), 0644, &err) == 0)
        return true;
    fprintf(stderr, "screen: %s\n", err.text);
    return false;
}

bool compare_read(const char *path, struct buf *out)
{
    struct err err = ERR_INIT;
    if (file_read(path, out, &err) == 0)
        return true;
    fprintf(stderr, "screen: %s\n", err.text);
    return false;
}

bool compare_same_file(const char *path, const char *actual)
{
    struct buf expected;
    buf_init(&expected, TEXT_MAX);
    bool same = compare_updating() ? compare_write(path, actual)
                           : compare_read(path, &expected) && compare_same(path, expected.data, actual);
    if (!same)
        fprintf(stderr, "UPDATE_SCREENS=1 writes %s anew\n", path);
    buf_release(&expected);
    return same;
}
