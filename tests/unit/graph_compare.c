#include "graph_test.h"

#include "graph/compare.h"

#define HEAD "apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: g}\nspec:\n"

static struct graph *parse(const char *text)
{
    struct faults faults = {0};
    struct graph *graph = graph_parse(text, strlen(text), "g", test_catalogue(), &faults);
    faults_release(&faults);
    return graph;
}

/* "+a ~b -c | +a.x>b.y": what is marked, in order. */
static void expect(const char *before, const char *after, const char *wanted)
{
    static const char signs[] = " +~-";
    struct graph *deployed = parse(before), *draft = parse(after);
    struct comparison c;
    struct buf out;
    buf_init(&out, 4096);
    comparison_make(&c, draft, deployed);
    for (size_t i = 0; i < c.both->thing_count; i++)
        if (c.things[i])
            buf_addf(&out, "%s%c%s", out.len ? " " : "", signs[c.things[i]], c.both->things[i].name);
    buf_adds(&out, " |");
    for (size_t i = 0; i < c.both->link_count; i++) {
        const struct graph_link *l = &c.both->links[i];
        if (c.links[i])
            buf_addf(&out, " %c%s.%s>%s.%s", signs[c.links[i]], c.both->things[l->from].name, l->from_port,
                     c.both->things[l->to].name, l->to_port);
    }
    ck_assert_str_eq(out.data, wanted);
    buf_release(&out);
    comparison_release(&c);
    graph_free(draft);
    graph_free(deployed);
}

#define ABC                                                                                                            \
    HEAD "  things:\n"                                                                                                 \
         "    - {name: a, type: ip-camera}\n"                                                                          \
         "    - {name: b, type: people-detector}\n"                                                                    \
         "    - {name: c, type: monitor}\n"                                                                            \
         "  links:\n"                                                                                                  \
         "    - {from: a.video, to: b.video}\n"                                                                        \
         "    - {from: b.video, to: c.video}\n"

START_TEST(what_is_no_change)
{
    expect(ABC, ABC, " |");
    expect(ABC, ABC "view: {a: [3, 4]}\n", " |"); /* a box was moved */
    expect(ABC, HEAD "  things:\n" /* another order, and a default that is said */
                     "    - {name: c, type: monitor, replicas: 1}\n"
                     "    - {name: a, type: ip-camera, params: {fps: 10}} # ten\n"
                     "    - {name: b, type: people-detector, gpu: {count: 0}}\n"
                     "  links:\n"
                     "    - {from: b.video, to: c.video}\n"
                     "    - {from: a.video, to: b.video}\n", " |");
}
END_TEST

START_TEST(what_is_one)
{
    expect(ABC, HEAD "  things:\n"
                     "    - {name: a, type: ip-camera, params: {fps: 5}}\n"
                     "    - {name: b, type: people-detector, gpu: {count: 1}}\n"
                     "    - {name: c, type: monitor, replicas: 2, nodeSelector: {a: b}}\n"
                     "  links:\n"
                     "    - {from: a.video, to: b.video}\n"
                     "    - {from: b.video, to: c.video}\n", "~a ~b ~c |");
    expect(ABC, HEAD "  things:\n" /* b went, a goes to c */
                     "    - {name: a, type: ip-camera}\n"
                     "    - {name: c, type: monitor}\n"
                     "    - {name: d, type: monitor}\n"
                     "  links:\n"
                     "    - {from: a.video, to: c.video}\n", "~c +d -b | +a.video>c.video -a.video>b.video -b.video>c.video");
}
END_TEST

START_TEST(nothing_deployed_marks_nothing)
{
    struct graph *draft = parse(ABC);
    struct comparison c;
    comparison_make(&c, draft, NULL);
    ck_assert_uint_eq(c.added + c.changed + c.removed, 0);
    ck_assert_uint_eq(c.both->thing_count, 3);
    ck_assert_ptr_eq(graph_find(c.both, "c"), &c.both->things[2]);
    comparison_release(&c);
    graph_free(draft);
}
END_TEST

START_TEST(words)
{
    struct graph *before = parse(HEAD "  things:\n    - {name: a, type: ip-camera, replicas: 2, resources: {limits: {cpu: 1}}}\n"),
                 *after = parse(HEAD "  things:\n    - {name: a, type: ip-camera, params: {fps: 5}, gpu: {count: 1}}\n");
    struct buf out;
    buf_init(&out, 4096);
    compare_words(&before->things[0], &after->things[0], &out);
    ck_assert_str_eq(out.data, "fps 10 → 5, GPU 0 → 1, replicas 2 → 1, resources said → (none)");
    buf_release(&out);
    graph_free(before);
    graph_free(after);
}
END_TEST

TCase *case_compare(void)
{
    TCase *tc = tcase_create("compare");
    tcase_add_test(tc, what_is_no_change);
    tcase_add_test(tc, what_is_one);
    tcase_add_test(tc, nothing_deployed_marks_nothing);
    tcase_add_test(tc, words);
    return tc;
}
