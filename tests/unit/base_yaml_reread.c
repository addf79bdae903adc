/* What is read again in part is what would be read of the whole. */
#include "base/buf.h"
#include "base/yaml.h"
#include "tests/unit/base_test.h"
#include "tests/unit/yaml_same.h"

static uint64_t state;

static size_t below(size_t n)
{
    state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)(state >> 33) % n;
}

/* Change part of the text; whether it could be read in part. */
static bool change(struct buf *text, struct yaml_doc **doc, size_t at, size_t old_len, const char *new, size_t new_len)
{
    char *old = xmemdup(text->data + at, old_len), *before = xstrndup(text->data, text->len);
    struct yaml_fault fault;
    buf_splice(text, at, old_len, new, new_len);
    bool done = yaml_reread(*doc, text->data, text->len, &(struct yaml_change){at, old_len, new_len, old});
    struct yaml_doc *whole = yaml_parse(text->data, text->len, &fault);
    ck_assert_msg(!done || whole, "read in part, but it is no YAML (%s):\n%s---- before:\n%s", fault.why.text, text->data,
                  before);
    ck_assert_msg(!done || (!whole->next && yaml_same((*doc)->root, whole->root)), "read otherwise:\n%s---- before:\n%s",
                  text->data, before);
    if (whole) {
        yaml_doc_free(*doc);
        *doc = whole;
    } else {
        buf_splice(text, at, new_len, old, old_len);
    }
    free(old);
    free(before);
    return done;
}

static bool change_text(const char *from, const char *where, size_t old_len, const char *new)
{
    struct buf text;
    struct yaml_fault fault;
    buf_init(&text, 1u << 16);
    buf_adds(&text, from);
    struct yaml_doc *doc = yaml_parse(text.data, text.len, &fault);
    bool done = change(&text, &doc, (size_t)(strstr(from, where) - from), old_len, new, strlen(new));
    yaml_doc_free(doc);
    buf_release(&text);
    return done;
}

START_TEST(test_items)
{
    static const char text[] = "# A list.\n"
                               "kind: List\n"
                               "spec:\n"
                               "  things:\n"
                               "    - name: a # first\n"
                               "      params:\n"
                               "        fps: 10\n"
                               "    - {name: b}\n"
                               "\n"
                               "    # the last\n"
                               "    - name: c\n"
                               "  links:\n"
                               "  - {from: a, to: b}\n"
                               "  - {from: b, to: c}\n"
                               "view:\n"
                               "  a: [0, 0]\n"
                               "  b: [1, 1]\n";
    ck_assert(change_text(text, "10\n", 2, "25"));
    ck_assert(change_text(text, "10\n", 2, "|\n          two\n          lines"));
    ck_assert(change_text(text, "    - {name: b}", 16, ""));
    ck_assert(change_text(text, "    - {name: b}", 0, "    - name: new\n      more: [1,\n        2]\n"));
    ck_assert(change_text(text, "    - name: a", 52, ""));
    ck_assert(change_text(text, "    - name: c\n", 14, ""));
    ck_assert(change_text(text, "  links:\n", 0, "    - name: d\n"));
    ck_assert(change_text(text, "  - {from: b, to: c}\n", 21, ""));
    ck_assert(change_text(text, "view:\n", 0, "  - {from: c, to: a}\n"));
    ck_assert(change_text(text, "  b: [1, 1]\n", 12, ""));
    ck_assert(change_text(text, "  a: [0, 0]\n", 12, ""));
    ck_assert(change_text(text, "b: [1, 1]\n", 10, "b: [1, 1]\n  c: [2, 2]"));
    ck_assert(change_text(text, "first", 5, "what was first"));
    ck_assert(change_text(text, "  a: [0, 0]\n", 24, ""));
    /* and what cannot be read by itself */
    ck_assert(!change_text(text, "b: [1, 1]", 1, "a"));
    ck_assert(!change_text(text, "name: c", 0, "'"));
    ck_assert(!change_text(text, "# A list", 0, "%TAG ! x\n--- "));
    ck_assert(!change_text(text, "kind", 0, "%"));
    ck_assert(!change_text(text, "    - name: c", 0, "..."));
    /* a value that is missing has the place of what follows it */
    ck_assert(!change_text("x:\n  ? b\n  c: 3\ny: 1\nz: some words that are longer than the rest\n", "  c: 3\n", 7, ""));
    ck_assert(!change_text("%TAG !! tag:yaml.org,2002:\n---\na: !!str 1\nb: 2\nc: 3\n", "2\n", 1, "3"));
}
END_TEST

/* What was not changed is the same node, and what was is not kept for ever. */
START_TEST(test_memory)
{
    struct buf text;
    struct yaml_fault fault;
    buf_init(&text, 1u << 20);
    for (int i = 0; i < 100; i++)
        buf_addf(&text, "key-%02d: [1, 2, 3]\n", i);
    struct yaml_doc *doc = yaml_parse(text.data, text.len, &fault);
    size_t first = doc->memory.taken;
    int whole = 0;
    for (int i = 0; i < 10000; i++) {
        const struct yaml_node *same = doc->root->child, *before = same->next;
        size_t at = before->child->start;
        char old = text.data[at], new = (char)('0' + i % 10);
        buf_splice(&text, at, 1, &new, 1);
        if (yaml_reread(doc, text.data, text.len, &(struct yaml_change){at, 1, 1, &old})) {
            ck_assert_ptr_eq(doc->root->child, same);
            ck_assert_ptr_ne(same->next, before);
            ck_assert_uint_eq(same->changed, 0);
            ck_assert_uint_eq(same->next->changed, doc->rereads);
        } else {
            whole++;
            yaml_doc_free(doc);
            doc = yaml_parse(text.data, text.len, &fault);
        }
        ck_assert_uint_le(doc->memory.taken, 3 * first + (32u << 10));
    }
    ck_assert_int_gt(whole, 0);
    ck_assert_int_lt(whole, 1000);
    yaml_doc_free(doc);
    buf_release(&text);
}
END_TEST

static const char *const pieces[] = {
    "a: 1",       "b:",           "c: |",       "d: |+",        "e: >-",      "f: 'x",        "'",          "g: \"x",
    "\"",         "- x",          "-",          "- - y",        "- h: 1",     "- {k: v}",     "[1, 2]",     "{p: q}",
    "{p: q",      "}",            "# words",    "text",         "text text",  "? k",          "? ",         ": v",
    "---",        "...",          "%YAML 1.1",  "!!map",        "!!str z",    "&a b",         "*a",         "\xc3\xa4: \xc3\xb6",
    "\xc2\x85",   "\xe2\x80\xa8", "\xef\xbb\xbf", "\t",         "i: 1 # c",   "j: |2",        "l: a b\\",   "\"m\": n",
    "- ? o",      "  r: s",       "- |",        "- >+",         "t: [",       "]",            "u: - v",     ", w",
    "a: 2",       "b: 3",         "v: ?x",      "\xff",         ":",          "- # c",        "w: # c",     "x: !!seq",
};

static void add_line(struct buf *text, const char *newline)
{
    for (size_t n = below(4) * 2; n > 0; n--)
        buf_addc(text, ' ');
    buf_adds(text, pieces[below(ARRAY_SIZE(pieces))]);
    if (below(12) == 0)
        buf_adds(text, pieces[below(ARRAY_SIZE(pieces))]);
    buf_adds(text, newline);
    if (below(8) == 0)
        buf_adds(text, newline);
}

/* Something that is YAML more often than not. */
static void write_block(struct buf *text, int indent, int depth, const char *newline)
{
    bool list = below(2) == 0;
    size_t count = 1 + below(4);
    for (size_t i = 0; i < count; i++) {
        buf_addf(text, "%*s", indent, "");
        if (list)
            buf_adds(text, "- ");
        else
            buf_addf(text, "k%zu: ", below(20) ? i : below(3));
        if (depth < 4 && below(2)) {
            if (below(8) == 0)
                buf_adds(text, "# words");
            buf_adds(text, newline);
            write_block(text, indent + (list || below(3) ? 2 : 4), depth + 1, newline);
        } else {
            static const char *const scalars[] = {"1", "two", "'three'", "[4, 5]", "{s: t}", "", "x # y", "a\\b", "~"};
            buf_adds(text, scalars[below(ARRAY_SIZE(scalars))]);
            if (below(6) == 0)
                buf_addf(text, "%s%s%*stext%s%s", below(2) ? "|+" : ">", newline, indent + 3, "", newline,
                         below(2) ? newline : "");
            else
                buf_adds(text, newline);
        }
        if (below(10) == 0)
            buf_addf(text, "%*s# words%s", (int)below(8), "", newline);
    }
}

/* Where a line begins, mostly. */
static size_t some_place(const struct buf *text)
{
    size_t at = below(text->len + 1);
    while (below(8) && at > 0 && at < text->len && text->data[at - 1] != '\n')
        at--;
    return at;
}

static void change_at_random(struct buf *text, struct yaml_doc **doc, const char *newline, size_t *done)
{
    struct buf new;
    size_t from = some_place(text), to = below(2) ? from : some_place(text);
    buf_init(&new, 1u << 16);
    if (to < from || to - from > 60)
        to = from;
    if (below(3) == 0)
        buf_adds(&new, pieces[below(ARRAY_SIZE(pieces))]);
    else if (below(3) == 0)
        for (size_t n = below(3); n > 0; n--)
            add_line(&new, newline);
    else if (below(2))
        write_block(&new, (int)below(4) * 2, 3, newline);
    *done += change(text, doc, from, to - from, new.len ? new.data : "", new.len);
    buf_release(&new);
}

#define DOCUMENTS 3000
#define CHANGES 12

START_TEST(test_random_changes)
{
    size_t done = 0, all = 0;
    state = (uint64_t)_i + 1;
    for (int i = 0; i < DOCUMENTS; i++) {
        const char *newline = below(6) ? "\n" : below(2) ? "\r\n" : "\r";
        struct yaml_fault fault;
        struct buf text;
        buf_init(&text, 1u << 20);
        if (below(10) == 0)
            buf_adds(&text, below(2) ? "\xef\xbb\xbf" : "---\n");
        write_block(&text, below(8) ? 0 : 2, 0, newline);
        struct yaml_doc *doc = yaml_parse(text.data, text.len, &fault);
        for (int c = 0; doc && c < CHANGES; c++, all++)
            change_at_random(&text, &doc, newline, &done);
        yaml_doc_free(doc);
        buf_release(&text);
    }
    ck_assert_uint_gt(done, all / 10);
}
END_TEST

Suite *base_yaml_reread_suite(void)
{
    Suite *suite = suite_create("yaml reread");
    TCase *tcase = tcase_create("all");
    tcase_add_test(tcase, test_items);
    tcase_add_test(tcase, test_memory);
    tcase_add_loop_test(tcase, test_random_changes, 0, 8);
    tcase_set_timeout(tcase, 300);
    suite_add_tcase(suite, tcase);
    return suite;
}
