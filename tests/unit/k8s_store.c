#include "k8s/kinds/configmap.h"
#include "k8s/memory.h"
#include "k8s/store.h"
#include "k8s_script.h"

static struct record *record(const char *ns, const char *name, const char *uid, const char *rv)
{
    cJSON *o = cJSON_CreateObject();
    json_set_str(o, "metadata.namespace", ns);
    json_set_str(o, "metadata.name", name);
    json_set_str(o, "metadata.uid", uid);
    json_set_str(o, "metadata.resourceVersion", rv);
    struct record *r = record_new(&kind_configmap, o);
    cJSON_Delete(o);
    return r;
}

/* What a listener heard: "+a ~b -c |" with a bar after each batch. */
struct heard {
    struct store_listener listener;
    struct store *store;
    struct buf text;
};

static void on_changes(void *data, const struct change *changes, size_t count)
{
    struct heard *heard = data;
    for (size_t i = 0; i < count; i++) {
        const struct change *c = &changes[i];
        ck_assert(!c->before == (c->type == CHANGE_ADDED));
        ck_assert(!c->now == (c->type == CHANGE_DELETED));
        buf_addf(&heard->text, "%c%s ", "+~-"[c->type], c -> now ? c -> now -> name : c -> before -> name);
    }
    buf_addc(&heard->text, '|');
}

static void listen(struct heard *heard, struct store *store)
{
    heard->store = store;
    buf_init(&heard->text, 1 << 20);
    store_listen(store, &heard->listener, on_changes, heard);
}

static void check_order(const struct store *store)
{
    const struct record *before = NULL;
    size_t n = 0;
    STORE_EACH(struct record, r, store)
    {
        if (before) {
            int order = strcmp(str_or_empty(before->ns), str_or_empty(r->ns));
            ck_assert(order < 0 || (order == 0 && strcmp(before->name, r->name) < 0));
        }
        before = r;
        n++;
    }
    ck_assert_uint_eq(n, store_count(store));
}

START_TEST(a_memory_keeps_what_was_lost)
{
    struct store *from = store_new(&kind_configmap), *into = store_new(&kind_configmap);
    struct memory *memory = memory_new(from, into, 2);
    store_put(from, record("n", "a", "ua", "1"));
    store_put(from, record("n", "b", "ub", "1"));
    store_put(from, record("n", "c", "uc", "1"));
    store_del(from, "n", "a");
    store_put(from, record("n", "b", "ub", "2"));
    ck_assert_uint_eq(store_count(from), 2);
    ck_assert_uint_eq(store_count(into), 3);
    ck_assert_ptr_eq(store_find(into, "n", "b"), store_find(from, "n", "b"));
    /* a list without them is no reason to lose any; but there is a bound, and the first to go is the first forgotten */
    store_replace_begin(from);
    store_replace_end(from);
    ck_assert_uint_eq(store_count(into), 2);
    ck_assert_ptr_null(store_find(into, "n", "a"));
    /* one that comes again is the server's, and no bound takes it */
    store_put(from, record("n", "b", "ub", "3"));
    store_put(from, record("n", "d", "ud", "1"));
    store_del(from, "n", "d");
    ck_assert_uint_eq(store_count(into), 3);
    ck_assert_ptr_eq(store_find(into, "n", "b"), store_find(from, "n", "b"));
    memory_free(memory);
    store_free(from);
    store_free(into);
}
END_TEST

START_TEST(puts_finds_and_deletes_in_order)
{
    struct store *store = store_new(&kind_configmap);
    struct heard heard;
    listen(&heard, store);
    store_put(store, record("b", "x", "1", "1"));
    store_put(store, record("a", "z", "2", "1"));
    store_put(store, record("a", "b", "3", "1"));
    store_put(store, record("a", "b", "3", "2"));
    store_put(store, record("a", "b", "3", "2"));
    store_del(store, "a", "none");
    store_del(store, "b", "x");
    check_order(store);
    ck_assert_uint_eq(store_count(store), 2);
    ck_assert_str_eq(store_at(store, 0)->name, "b");
    ck_assert_str_eq(store_at(store, 1)->name, "z");
    ck_assert_ptr_null(store_at(store, 2));
    ck_assert_ptr_nonnull(store_find(store, "a", "z"));
    ck_assert_ptr_null(store_find(store, NULL, "z"));
    ck_assert_str_eq(heard.text.data, "+x |+z |+b |~b |-x |");
    store_free(store);
    buf_release(&heard.text);
}
END_TEST

START_TEST(another_uid_is_another_object)
{
    struct store *store = store_new(&kind_configmap);
    struct heard heard;
    listen(&heard, store);
    store_put(store, record("a", "x", "1", "1"));
    store_put(store, record("a", "x", "2", "1"));
    ck_assert_str_eq(heard.text.data, "+x |-x +x |");
    ck_assert_uint_eq(store_count(store), 1);
    store_free(store);
    buf_release(&heard.text);
}
END_TEST

START_TEST(a_relist_does_not_flicker)
{
    struct store *store = store_new(&kind_configmap);
    store_put(store, record("a", "gone", "1", "1"));
    store_put(store, record("a", "new", "2", "1"));
    store_put(store, record("a", "same", "3", "1"));
    struct heard heard;
    listen(&heard, store);
    store_replace_begin(store);
    store_put(store, record("a", "added", "9", "1"));
    store_put(store, record("a", "new", "2", "7"));
    store_put(store, record("a", "same", "3", "1"));
    ck_assert_uint_eq(store_count(store), 4); /* the old row is still there */
    ck_assert_str_eq(heard.text.data, "+added |~new |");
    store_replace_end(store);
    ck_assert_str_eq(heard.text.data, "+added |~new |-gone |");
    ck_assert_uint_eq(store_count(store), 3);
    check_order(store);

    store_replace_begin(store);
    store_put(store, record("a", "added", "9", "1"));
    store_replace_abort(store);
    ck_assert_uint_eq(store_count(store), 3);
    store_replace_begin(store);
    store_replace_end(store);
    ck_assert_uint_eq(store_count(store), 0);
    store_free(store);
    buf_release(&heard.text);
}
END_TEST

START_TEST(batches_are_told_once)
{
    struct store *store = store_new(&kind_configmap);
    struct heard heard;
    listen(&heard, store);
    store_batch_begin(store);
    store_put(store, record("a", "x", "1", "1"));
    store_batch_begin(store);
    store_put(store, record("a", "x", "1", "2"));
    store_del(store, "a", "x");
    store_batch_end(store);
    ck_assert_str_eq(heard.text.data, "");
    store_batch_end(store);
    ck_assert_str_eq(heard.text.data, "+x ~x -x |");
    store_free(store);
    buf_release(&heard.text);
}
END_TEST

static struct heard one, two, three;
static int times;

static void leave_and_take_along(void *data, const struct change *changes, size_t count)
{
    (void)data;
    (void)changes;
    (void)count;
    times++;
    store_unlisten(&two.listener);
    store_unlisten(&one.listener);
    store_put(two.store, record("a", "from-listener", "9", "1")); /* told after this */
}

START_TEST(listeners_may_leave_and_change_meanwhile)
{
    struct store *store = store_new(&kind_configmap);
    times = 0;
    listen(&three, store);
    listen(&one, store);
    two.store = store;
    buf_init(&two.text, 100);
    store_listen(store, &two.listener, leave_and_take_along, &two);
    store_put(store, record("a", "x", "1", "1"));
    ck_assert_int_eq(times, 1);
    ck_assert_str_eq(one.text.data, "");
    ck_assert_str_eq(three.text.data, "+x |+from-listener |");
    store_unlisten(&one.listener); /* twice does no harm */
    store_free(store);
    store_unlisten(&three.listener); /* nor after the store's end */
    buf_release(&one.text);
    buf_release(&two.text);
    buf_release(&three.text);
}
END_TEST

START_TEST(behaves_as_a_plain_sorted_list)
{
    enum { NAMES = 2000 };
    struct store *store = store_new(&kind_configmap);
    bool there[NAMES] = {false};
    uint32_t seed = 7;
    char name[16];
    for (int round = 0; round < 30000; round++) {
        seed = seed * 1664525 + 1013904223;
        unsigned n = (seed >> 8) % NAMES;
        snprintf(name, sizeof name, "n%04u", n);
        if ((seed >> 28) < (round < 15000 ? 11u : 5u)) {
            store_put(store, record("a", name, "1", "1"));
            there[n] = true;
        } else {
            store_del(store, "a", name);
            there[n] = false;
        }
        if (round % 5000)
            continue;
        check_order(store);
    }
    size_t at = 0;
    for (unsigned n = 0; n < NAMES; n++) {
        snprintf(name, sizeof name, "n%04u", n);
        ck_assert(there[n] == (store_find(store, "a", name) != NULL));
        if (there[n])
            ck_assert_str_eq(store_at(store, at++)->name, name);
    }
    ck_assert_uint_eq(at, store_count(store));
    store_free(store);
}
END_TEST

START_TEST(loops_over_it_can_be_left)
{
    struct store *store = store_new(&kind_configmap);
    store_put(store, record("a", "1", "1", "1"));
    store_put(store, record("a", "2", "1", "1"));
    store_put(store, record("a", "3", "1", "1"));
    int seen = 0, skipped = 0;
    STORE_EACH(struct configmap, c, store)
    {
        if (str_eq(c->r.name, "1")) {
            skipped++;
            continue;
        }
        seen++;
        break;
    }
    ck_assert_int_eq(skipped, 1);
    ck_assert_int_eq(seen, 1);
    store_free(store);
}
END_TEST

Suite *k8s_store_suite(void)
{
    Suite *suite = suite_create("k8s store");
    TCase *tc = tcase_create("store");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, a_memory_keeps_what_was_lost);
    tcase_add_test(tc, puts_finds_and_deletes_in_order);
    tcase_add_test(tc, another_uid_is_another_object);
    tcase_add_test(tc, a_relist_does_not_flicker);
    tcase_add_test(tc, batches_are_told_once);
    tcase_add_test(tc, listeners_may_leave_and_change_meanwhile);
    tcase_add_test(tc, behaves_as_a_plain_sorted_list);
    tcase_add_test(tc, loops_over_it_can_be_left);
    suite_add_tcase(suite, tc);
    return suite;
}
