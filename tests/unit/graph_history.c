/* graph_history: how far back undo goes. */
#include "graph_test.h"

#include "graph/history.h"

#define HEAD "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: g}\n"

/* Ten thousand edits of every kind, all undone to the first byte and redone to the last. */
START_TEST(test_without_end)
{
    static const char text[] = HEAD "spec:\n  things:\n    - {name: a, type: ip-camera} # kept\n"
                                    "    - {name: m, type: monitor}\n  links: []\n";
    struct err err = ERR_INIT;
    struct document *doc = document_new(text, strlen(text), NULL, NULL, NULL, test_catalogue(), &err);
    ck_assert_msg(doc != NULL, "%s", err.text);
    for (int i = 0; i < 2000; i++) {
        char rate[16];
        snprintf(rate, sizeof rate, "%d", 1 + i % 30);
        ck_assert_msg(document_set_param(doc, "a", "fps", rate, &err) == 0 &&
                          document_set_place(doc, "m", i, -i, &err) == 0 &&
                          document_add_thing(doc, "people-detector", "p", NULL, &err) == 0 &&
                          document_add_link(doc, "a", "video", "p", "video", &err) == 0 &&
                          document_remove_thing(doc, "p", &err) == 0,
                      "%s", err.text);
    }
    char *last = xstrdup(document_text(doc, NULL));
    size_t undone = 0, redone = 0;
    while (document_undo(doc))
        undone++;
    ck_assert_uint_eq(undone, 10000);
    ck_assert_str_eq(document_text(doc, NULL), text);
    ck_assert(!document_dirty(doc));
    while (document_redo(doc))
        redone++;
    ck_assert_uint_eq(redone, 10000);
    ck_assert_str_eq(document_text(doc, NULL), last);
    free(last);
    document_free(doc);
}
END_TEST

/* A change that says it holds so many bytes. */
static void add_bytes(struct history *history, const char *label, size_t bytes, bool joined)
{
    struct splices splices = {.items = xcalloc(1, sizeof(struct splice)), .count = 1, .cap = 1};
    splices.items[0].old_len = bytes;
    history_add(history, label, &splices, joined);
}

static void expect_labels(struct history *history, const char *wanted)
{
    struct buf labels;
    buf_init(&labels, 4096);
    for (const struct change *change; (change = history_back(history));)
        buf_addf(&labels, "%s%s", change->label, change->joined ? "+" : " ");
    ck_assert_str_eq(labels.data, wanted);
    while (history_forward(history))
        ;
    buf_release(&labels);
}

/* What was made as one is forgotten as one, and the last is kept whatever it weighs. */
START_TEST(test_forgets_whole_groups)
{
    struct history history = {0};
    size_t quarter = HISTORY_BYTES / 4;
    add_bytes(&history, "a1", quarter, false);
    add_bytes(&history, "a2", quarter, true);
    add_bytes(&history, "b", quarter / 2, false);
    expect_labels(&history, "b a2+a1 ");
    add_bytes(&history, "c1", quarter, false);
    expect_labels(&history, "c1 b a2+a1 ");
    add_bytes(&history, "c2", quarter, true);
    expect_labels(&history, "c2+c1 b ");
    add_bytes(&history, "c3", 4 * quarter, true);
    expect_labels(&history, "c3+c2+c1 ");
    add_bytes(&history, "d", 1, false);
    expect_labels(&history, "d ");
    history_release(&history);
    ck_assert_uint_eq(history.bytes, 0);
}
END_TEST

/* A hundred thousand that are forgotten one by one leave no array of their own size. */
START_TEST(test_forgetting_is_cheap)
{
    struct history history = {0};
    for (int i = 0; i < 100000; i++)
        add_bytes(&history, "x", HISTORY_BYTES / 100, false);
    ck_assert_uint_lt(history.count, 100);
    ck_assert_uint_gt(history.count, 90);
    ck_assert_uint_lt(history.cap, 1000);
    history_release(&history);
}
END_TEST

TCase *case_history(void)
{
    TCase *tc = tcase_create("history");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, test_without_end);
    tcase_add_test(tc, test_forgets_whole_groups);
    tcase_add_test(tc, test_forgetting_is_cheap);
    return tc;
}
