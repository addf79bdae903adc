/* graph_edit_test: an edit as a line of a test: the text before, the call (on `doc`, with `err`), the text after. */
#ifndef TESTS_UNIT_GRAPH_EDIT_TEST_H
#define TESTS_UNIT_GRAPH_EDIT_TEST_H

#include "graph_test.h"

#define HEAD "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: g}\n"

static inline struct document *open_text(const char *text)
{
    struct err err = ERR_INIT;
    struct document *doc = document_new(text, strlen(text), "g.yaml", NULL, NULL, test_catalogue(), &err);
    ck_assert_msg(doc != NULL, "%s", err.text);
    return doc;
}

/* Does it, compares the text, undoes it, compares again. */
#define EXPECT(before, call, after)                                                                                    \
    do {                                                                                                               \
        struct err err = ERR_INIT;                                                                                     \
        struct document *doc = open_text(before);                                                                      \
        ck_assert_msg((call) == 0, "%s", err.text);                                                                    \
        ck_assert_str_eq(document_text(doc, NULL), (after));                                                           \
        ck_assert(document_undo(doc));                                                                                 \
        ck_assert_str_eq(document_text(doc, NULL), (before));                                                          \
        document_free(doc);                                                                                            \
    } while (0)

/* Refused with that sentence, and nothing changed. */
#define REFUSE(given, call, why)                                                                                        \
    do {                                                                                                               \
        struct err err = ERR_INIT;                                                                                     \
        struct document *doc = open_text(given);                                                                        \
        ck_assert_int_eq((call), -1);                                                                                  \
        ck_assert_str_eq(err.text, (why));                                                                             \
        ck_assert_str_eq(document_text(doc, NULL), (given));                                                            \
        ck_assert(!document_undo(doc));                                                                                \
        ck_assert(!document_dirty(doc));                                                                               \
        document_free(doc);                                                                                            \
    } while (0)

#endif
