/* graph_hostile: what nobody should write and somebody will send. Each gives a sentence, none a crash. */
#include "graph_test.h"

#include "base/text.h"
#include "base/time.h"

static void expect_refused(const char *text, size_t len, const char *part)
{
    char *faults = test_faults(text, len, test_catalogue());
    ck_assert_msg(strstr(faults, part) != NULL, "'%s' is not in:\n%s", part, faults);
    ck_assert(utf8_valid(faults, strlen(faults)));
    free(faults);
    faults = test_catalogue_faults(text, len);
    ck_assert_msg(*faults, "the catalogue reads it");
    free(faults);
}

START_TEST(test_binary)
{
    static const char bytes[] = "\x7f" "ELF\x02\x01\x01\0\0\0\0\xff\xfe";
    expect_refused(bytes, sizeof bytes, "this is no ");
    expect_refused("\0\0\0\0", 4, "this is no ");
    expect_refused("a: \xff\xfe\n", 6, "UTF-8");
}
END_TEST

START_TEST(test_huge)
{
    size_t len = 100u << 20;
    char *text = xmalloc(len);
    memset(text, 'a', len);
    expect_refused(text, len, "104857600 bytes, more than the 8388608 allowed");
    free(text);
}
END_TEST

START_TEST(test_deep)
{
    struct buf text;
    buf_init(&text, 1u << 20);
    buf_pad(&text, '[', 100000);
    expect_refused(text.data, text.len, "nested too deeply");
    buf_reset(&text);
    for (int i = 0; i < 200; i++) {
        buf_pad(&text, ' ', (size_t)i);
        buf_adds(&text, "a:\n");
    }
    expect_refused(text.data, text.len, "nested too deeply");
    buf_release(&text);
}
END_TEST

START_TEST(test_bombs)
{
    const char *bomb = "a: &a [x, x, x]\nb: &b [*a, *a, *a]\nc: [*b, *b, *b]\n";
    expect_refused(bomb, strlen(bomb), "anchors (&name) are not allowed");
    const char *alias = "kind: *x\n";
    expect_refused(alias, strlen(alias), "aliases (*name) are not allowed");
}
END_TEST

/* Escape sequences, bidi and control characters in a document reach no terminal. */
START_TEST(test_control_characters)
{
    const char *text = "kind: ServiceGraph\n\"a\\e[2Jb\": 1\nmetadata: {name: \"\\u202e\\e]0;x\\a\"}\nspec:\n  things: [{name: \"\\e[31m\", "
                       "type: \"\\x9b1m\", params: {\"\\e\": \"\\e\"}}]\n  links: [{from: \"\\e.a\", to: \"b.\\e\"}]\n";
    char *faults = test_faults(text, strlen(text), test_catalogue());
    for (const char *p = faults; *p; p++)
        ck_assert_msg((unsigned char)*p >= 0x20 || *p == '\n', "byte %d in %s", *p, faults);
    ck_assert(!strstr(faults, "\xe2\x80\xae"));
    ck_assert(!strstr(faults, "\xc2\x9b"));
    ck_assert(utf8_valid(faults, strlen(faults)));
    free(faults);
}
END_TEST

START_TEST(test_nul_in_values)
{
    const char *text = "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: g}\nspec:\n  things:\n"
                       "    - {name: \"a\\0b\", type: ip-camera, params: {source: \"x\\0y\"}}\n";
    char *faults = test_faults(text, strlen(text), test_catalogue());
    ck_assert_msg(strstr(faults, "6:14: name holds a NUL character"), "%s", faults);
    ck_assert_msg(strstr(faults, "source holds a NUL character"), "%s", faults);
    free(faults);
}
END_TEST

START_TEST(test_many_faults)
{
    struct buf text;
    buf_init(&text, YAML_MAX_BYTES);
    buf_adds(&text, "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: g}\nspec:\n  things:\n");
    for (int i = 0; i < 1000; i++)
        buf_addf(&text, "    - {name: thing-%d, type: ip-camera, wrong: 1}\n", i);
    struct faults faults = {0};
    graph_free(graph_parse(text.data, text.len, "f", test_catalogue(), &faults));
    ck_assert_uint_eq(faults.count, FAULTS_MAX);
    ck_assert_uint_eq(faults.more, 1000 - FAULTS_MAX);
    ck_assert_uint_eq(faults.errors, 1000);
    faults_release(&faults);
    buf_release(&text);
}
END_TEST

/* Long names and values are cut in sentences, at whole characters. */
START_TEST(test_long_values)
{
    struct buf text;
    buf_init(&text, YAML_MAX_BYTES);
    buf_adds(&text, "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: g}\nspec:\n  things:\n    - name: \"");
    for (int i = 0; i < 100000; i++)
        buf_adds(&text, "\xc3\xa4");
    buf_adds(&text, "\"\n      type: \"rtsp://u:");
    buf_pad(&text, 'p', 100000);
    buf_adds(&text, "@h\"\n");
    char *faults = test_faults(text.data, text.len, test_catalogue());
    ck_assert_uint_lt(strlen(faults), 4000);
    ck_assert(utf8_valid(faults, strlen(faults)));
    ck_assert_msg(!strstr(faults, "ppp"), "%s", faults);
    free(faults);
    buf_release(&text);
}
END_TEST

/* Every prefix of a document, and the document with each byte damaged: faults or none, never a crash. */
START_TEST(test_damaged)
{
    size_t len;
    char *text = test_file("assets/graphs/lobby.yaml", &len);
    static const char bytes[] = "\0\n\t[]{}:,#&*!|>'\"%@`\xff\xc3-? x";
    for (size_t i = 0; i <= len; i++) {
        free(test_faults(text, i, test_catalogue()));
        if (i == len)
            break;
        char was = text[i];
        text[i] = bytes[i % (sizeof bytes - 1)];
        free(test_faults(text, len, test_catalogue()));
        text[i] = was;
    }
    free(text);
    text = test_file("assets/catalog/people-detector.yaml", &len);
    for (size_t i = 0; i < len; i++) {
        char was = text[i];
        text[i] = bytes[i % (sizeof bytes - 1)];
        free(test_catalogue_faults(text, len));
        text[i] = was;
    }
    free(text);
}
END_TEST

/* Nothing grows with the square of a document: ten thousand lines are read at once. */
START_TEST(test_large)
{
    struct buf text;
    buf_init(&text, YAML_MAX_BYTES);
    buf_adds(&text, "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: g}\nspec:\n  things:\n");
    for (int i = 0; i < 2500; i++)
        buf_addf(&text, "    - name: thing-%d\n      type: people-detector\n", i);
    buf_adds(&text, "  links:\n");
    for (int i = 0; i < 2499; i++)
        buf_addf(&text, "    - {from: thing-%d.video, to: thing-%d.video}\n", i, i + 1);
    buf_adds(&text, "    - {from: thing-2499.video, to: thing-0.video}\nview:\n");
    for (int i = 0; i < 2500; i++)
        buf_addf(&text, "  thing-%d: [%d, 0]\n", i, i);
    struct faults faults = {0};
    int64_t begun = time_monotonic();
    struct graph *graph = graph_parse(text.data, text.len, "f", test_catalogue(), &faults);
    ck_assert_msg(time_monotonic() - begun < 2 * NSEC_PER_SEC, "it took %lld ms",
                  (long long)((time_monotonic() - begun) / NSEC_PER_MSEC));
    ck_assert_uint_eq(graph->thing_count, 2500);
    ck_assert_uint_eq(faults.count, 1);
    ck_assert(faults.items[0].warning);
    ck_assert_msg(str_starts(faults.items[0].text, "this link closes a circle: thing-0 -> thing-1 -> "), "%s",
                  faults.items[0].text);
    graph_free(graph);
    faults_release(&faults);
    buf_release(&text);
}
END_TEST

TCase *case_hostile(void)
{
    TCase *tc = tcase_create("hostile");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, test_binary);
    tcase_add_test(tc, test_huge);
    tcase_add_test(tc, test_deep);
    tcase_add_test(tc, test_bombs);
    tcase_add_test(tc, test_control_characters);
    tcase_add_test(tc, test_nul_in_values);
    tcase_add_test(tc, test_many_faults);
    tcase_add_test(tc, test_long_values);
    tcase_add_test(tc, test_damaged);
    tcase_add_test(tc, test_large);
    return tc;
}
