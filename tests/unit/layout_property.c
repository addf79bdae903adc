/* Properties of layouts over some thousands of random graphs, in all densities, with and without places. */
#include <check.h>

#include "layout_picture.h"

Suite *layout_property_suite(void);

static unsigned random_state;

static unsigned random_below(unsigned n)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 10) % n;
}

static struct graph *random_graph(unsigned most, bool pins)
{
    unsigned things = 1 + random_below(most), links = random_below(2 * things + 1), mode = random_below(3);
    struct buf text;
    buf_init(&text, 1 << 20);
    for (unsigned i = 0; i < things; i++) {
        buf_addf(&text, "t%u", i);
        if (pins && random_below(3) == 0)
            buf_addf(&text, "@%u,%u", random_below(150), random_below(50));
        buf_adds(&text, i + 1 == things ? ":" : " ");
    }
    for (unsigned i = 0; i < links; i++) {
        unsigned a = random_below(things), b = random_below(things);
        if (mode && a > b) { /* without cycles but for self-loops */
            unsigned c = a;
            a = b;
            b = c;
        }
        if (mode != 2 || a != b)
            buf_addf(&text, " t%u.%c>t%u.%c", a, 'a' + (char)random_below(3), b, 'a' + (char)random_below(3));
    }
    struct graph *graph = picture_graph(text.data);
    buf_release(&text);
    return graph;
}

/* Nothing is wrong with a graph's layout, and it comes out the same twice. */
static void check_layout(const struct graph *graph, const struct layout_options *options, unsigned seed)
{
    struct layout *layout = layout_make(graph, options), *again = layout_make(graph, options);
    const char *fault = picture_fault(graph, layout);
    ck_assert_msg(!fault, "seed %u, density %d: %s", seed, (int)options->density, fault);
    ck_assert_uint_eq(layout->undrawn, 0);
    ck_assert_uint_eq(layout->cell_count, again->cell_count);
    struct buf one, two;
    buf_init(&one, 1 << 26);
    buf_init(&two, 1 << 26);
    picture_draw(&one, graph, layout, true);
    picture_draw(&two, graph, again, true);
    ck_assert_msg(strcmp(one.data, two.data) == 0, "seed %u is drawn in two ways", seed);
    buf_release(&one);
    buf_release(&two);
    layout_free(layout);
    layout_free(again);
}

static void check_random(unsigned from, unsigned to, unsigned most, bool pins)
{
    for (unsigned seed = from; seed < to; seed++) {
        random_state = seed * 7919 + 1;
        struct graph *graph = random_graph(most, pins);
        int fit = (int)random_below(200);
        for (int density = 0; density < LAYOUT_DENSITIES; density++) {
            struct layout_options options = layout_densities[density];
            options.fit = fit;
            check_layout(graph, &options, seed);
        }
        picture_graph_free(graph);
    }
}

START_TEST(test_random_small)
{
    check_random((unsigned)_i * 500, (unsigned)_i * 500 + 500, 12, false);
}
END_TEST

START_TEST(test_random_large)
{
    check_random(0, 10, 200, false);
}
END_TEST

START_TEST(test_random_pins)
{
    check_random((unsigned)_i * 50, (unsigned)_i * 50 + 50, 9, true);
}
END_TEST

/* A chain whose ends are wired as well, long enough that dummies are given up. */
START_TEST(test_long_chain)
{
    struct buf text;
    buf_init(&text, 1 << 20);
    for (int i = 0; i < 300; i++)
        buf_addf(&text, "t%d%s", i, i == 299 ? ":" : " ");
    for (int i = 0; i + 1 < 300; i++)
        buf_addf(&text, " t%d.a>t%d.a t%d.b>t%d.b", i, i + 1, i, 299);
    struct graph *graph = picture_graph(text.data);
    buf_release(&text);
    struct layout *layout = layout_make(graph, NULL);
    const char *fault = picture_fault(graph, layout);
    ck_assert_msg(!fault, "%s", fault);
    layout_free(layout);
    picture_graph_free(graph);
}
END_TEST

/* What a layout says for the next one. */
static struct layout_before *before_of(const struct graph *graph, const struct layout *layout, bool ordered)
{
    struct layout_before *before = xcalloc(graph->thing_count + 2, sizeof *before);
    for (size_t i = 0; i < layout->box_count; i++) {
        const struct layout_box *box = &layout->boxes[i];
        before[i] = (struct layout_before){.stood = true, .ordered = ordered, .order_y = box->order_y};
        layout_place(layout, box->x, box->y, &before[i].x, &before[i].y);
    }
    return before;
}

static bool near_box(const struct layout_box *a, const struct layout_box *b, int shift_x, int shift_y)
{
    int x = b->x + shift_x, y = b->y + shift_y, gap_x = 12, gap_y = 5;
    return a->x < x + b->w + gap_x && x < a->x + a->w + gap_x && a->y < y + b->h + gap_y && y < a->y + a->h + gap_y;
}

/* A box is moved somewhere: there it stands, and only what it touches makes way. Returns whether it could be. */
static bool check_move(struct graph *graph, enum layout_density density, unsigned seed)
{
    struct layout_options options = layout_densities[density];
    options.fit = (int)random_below(160);
    struct layout *old = layout_make(graph, &options);
    size_t moved = random_below((unsigned)graph->thing_count);
    int x = (int)random_below((unsigned)old->width + 20) - 10, y = (int)random_below((unsigned)old->height + 10) - 5;
    struct graph_thing *thing = &graph->things[moved];
    thing->pinned = true;
    layout_place(old, x, y, &thing->x, &thing->y);
    struct layout_before *before = before_of(graph, old, false);
    options.previous = before;
    struct layout *new = layout_make(graph, &options);
    const char *fault = picture_fault(graph, new);
    ck_assert_msg(!fault, "seed %u, density %d: %s", seed, (int)density, fault);
    bool good = !new->pins_ignored;
    const struct layout_box *box = &new->boxes[moved];
    for (size_t i = 0; i < graph->thing_count && good; i++) {
        const struct layout_box *a = &old->boxes[i], *b = &new->boxes[i];
        bool stays = a->x + new->shift_x == b->x && a->y + new->shift_y == b->y;
        if (i == moved && box->bound)
            ck_assert_msg(b->x == x + new->shift_x && b->y == y + new->shift_y,
                          "seed %u, density %d: thing %zu was put at %d,%d and stands at %d,%d", seed, (int)density, i,
                          x, y, b->x - new->shift_x, b->y - new->shift_y);
        else if (i != moved)
            ck_assert_msg(stays || near_box(box, a, new->shift_x, new->shift_y),
                          "seed %u, density %d: thing %zu moved though nothing touches it", seed, (int)density, i);
    }
    ck_assert_int_eq(box->displaced, new->pins_ignored); /* and it says so */
    free(before);
    layout_free(old);
    layout_free(new);
    thing->pinned = false;
    return good;
}

START_TEST(test_a_box_stands_where_it_is_put)
{
    int ignored = 0, moves = 0;
    for (unsigned seed = 0; seed < 400; seed++) {
        random_state = seed * 6007 + 3;
        struct graph *graph = random_graph(14, false);
        ignored += !check_move(graph, (enum layout_density)_i, seed);
        moves++;
        picture_graph_free(graph);
    }
    ck_assert_msg(ignored * 100 <= moves, "%d of %d places were ignored", ignored, moves);
}
END_TEST

/* Whatever the density, the place of a cell is drawn in that cell. */
START_TEST(test_places_and_cells)
{
    for (int density = 0; density < LAYOUT_DENSITIES; density++)
        for (int y = -9; y < 30; y++) {
            struct graph *graph = picture_graph("a b c: b.x>c.x");
            struct layout *layout = layout_make(graph, &layout_densities[density]);
            graph->things[0].pinned = true;
            layout_place(layout, 100, y, &graph->things[0].x, &graph->things[0].y);
            struct layout *moved = layout_make(graph, &layout_densities[density]);
            ck_assert(moved->boxes[0].bound && !moved->boxes[0].displaced);
            ck_assert_int_eq(moved->boxes[0].x - moved->shift_x, 100);
            ck_assert_int_eq(moved->boxes[0].y - moved->shift_y, y);
            layout_free(layout);
            layout_free(moved);
            picture_graph_free(graph);
        }
}
END_TEST

/* One more thing at the end of a graph leaves most of the others in their rows. */
START_TEST(test_an_edit_leaves_most_rows)
{
    int kept = 0, all = 0;
    for (unsigned seed = 0; seed < 300; seed++) {
        random_state = seed * 8191 + 5;
        struct graph *graph = random_graph(20, false);
        struct layout_options options = layout_densities[_i];
        struct layout *old = layout_make(graph, &options);
        struct layout_before *before = before_of(graph, old, true);
        size_t things = graph->thing_count;
        graph->things = xreallocarray(graph->things, things + 1, sizeof *graph->things);
        graph->things[graph->thing_count++] = (struct graph_thing){.name = xstrdup("new"), .replicas = 1};
        graph->links = xreallocarray(graph->links, graph->link_count + 1, sizeof *graph->links);
        graph->links[graph->link_count++] = (struct graph_link){
            .from = random_below((unsigned)things), .to = things, .from_port = xstrdup("a"), .to_port = xstrdup("a")};
        options.previous = before;
        struct layout *new = layout_make(graph, &options);
        ck_assert_ptr_null(picture_fault(graph, new));
        for (size_t i = 0; i < things; i++) {
            kept += old->boxes[i].y == new->boxes[i].y;
            all++;
        }
        free(before);
        layout_free(old);
        layout_free(new);
        picture_graph_free(graph);
    }
    ck_assert_msg(kept * 100 >= all * 60, "%d of %d boxes kept their rows", kept, all);
}
END_TEST

/* Bad input that must be survived: in bounded time and memory, and what is drawn is drawn right. */
START_TEST(test_ten_thousand_things)
{
    static const char *const shapes[] = {"chain", "producer", "consumer", "random", "unlinked"};
    enum { THINGS = 10000 };
    struct graph *graph = xcalloc(1, sizeof *graph);
    graph->things = xcalloc(THINGS, sizeof *graph->things);
    graph->links = xcalloc(2 * THINGS, sizeof *graph->links);
    graph->thing_count = THINGS;
    random_state = 11;
    for (size_t i = 0; i < THINGS; i++) {
        char name[16];
        snprintf(name, sizeof name, "t%zu", i);
        graph->things[i] = (struct graph_thing){.name = xstrdup(name), .replicas = 1};
        const char *shape = shapes[_i];
        size_t from = str_eq(shape, "producer") ? 0 : i, to = str_eq(shape, "consumer") ? 0 : i;
        if (str_eq(shape, "chain"))
            to = (i + 1) % THINGS;
        for (int k = 0; k < (str_eq(shape, "unlinked") ? 0 : str_eq(shape, "random") ? 2 : 1); k++) {
            if (str_eq(shape, "random"))
                to = random_below(THINGS);
            graph->links[graph->link_count++] =
                (struct graph_link){.from = from, .to = to, .from_port = xstrdup("v"), .to_port = xstrdup(name)};
        }
    }
    for (int density = 0; density < LAYOUT_DENSITIES; density++) {
        struct layout_options options = layout_densities[density];
        options.fit = 120;
        struct layout *layout = layout_make(graph, &options);
        ck_assert_uint_lt(layout->cell_count, 1000000);
        size_t undrawn = 0;
        for (size_t i = 0; i < layout->wire_count; i++) {
            const struct layout_wire *wire = &layout->wires[i];
            undrawn += wire->undrawn;
            if (!wire->undrawn)
                ck_assert_ptr_nonnull(layout_cell_at(layout, wire->to_x, wire->to_y));
        }
        ck_assert_uint_eq(undrawn, layout->undrawn);
        layout_free(layout);
    }
    picture_graph_free(graph);
}
END_TEST

Suite *layout_property_suite(void)
{
    Suite *suite = suite_create("layout properties");
    TCase *random = tcase_create("random"), *places = tcase_create("places"), *large = tcase_create("large");
    tcase_set_timeout(random, 240);
    tcase_add_loop_test(random, test_random_small, 0, 6);
    tcase_add_test(random, test_random_large);
    tcase_add_loop_test(random, test_random_pins, 0, 4);
    tcase_add_test(random, test_long_chain);
    suite_add_tcase(suite, random);
    tcase_set_timeout(places, 240);
    tcase_add_loop_test(places, test_a_box_stands_where_it_is_put, 0, LAYOUT_DENSITIES);
    tcase_add_test(places, test_places_and_cells);
    tcase_add_loop_test(places, test_an_edit_leaves_most_rows, 0, LAYOUT_DENSITIES);
    suite_add_tcase(suite, places);
    tcase_set_timeout(large, 240);
    tcase_add_loop_test(large, test_ten_thousand_things, 0, 5);
    suite_add_tcase(suite, large);
    return suite;
}
