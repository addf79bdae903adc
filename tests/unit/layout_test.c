#include <check.h>

#include "layout_picture.h"

Suite *layout_property_suite(void);

static struct layout_options with_fit(int fit)
{
    struct layout_options options = layout_defaults;
    options.fit = fit;
    return options;
}

static void expect_density(const char *text, enum layout_density density, int fit, bool ascii, const char *picture)
{
    struct graph *graph = picture_graph(text);
    struct layout_options options = layout_densities[density];
    options.fit = fit;
    struct layout *layout = layout_make(graph, &options);
    struct buf out;
    buf_init(&out, 1 << 20);
    picture_draw(&out, graph, layout, ascii);
    ck_assert_msg(strcmp(out.data, picture) == 0, "drawn:\n%s\nwanted:\n%s", out.data, picture);
    const char *fault = picture_fault(graph, layout);
    ck_assert_msg(!fault, "%s", fault);
    buf_release(&out);
    layout_free(layout);
    picture_graph_free(graph);
}

/* The text must be drawn exactly as shown; a line a string. */
static void expect_picture(const char *text, int fit, bool ascii, const char *picture)
{
    expect_density(text, LAYOUT_FULL, fit, ascii, picture);
}

#define LOBBY                                                                                                          \
    "camera object-detect monitoring: camera.video>object-detect.video object-detect.video>monitoring.video "          \
    "object-detect.detections>monitoring.detections"

START_TEST(test_lobby)
{
    expect_picture(LOBBY, 80, false,
                   "╭ camera ────────╮   ╭ object-detect ────────────╮   ╭ monitoring ─────────────╮\n"
                   "│                │   │                           │   │                         │\n"
                   "│          video ├─▶─┤ video               video ├─▶─┤ video                   │\n"
                   "│                │   │                detections ├─▶─┤ detections              │\n"
                   "╰────────────────╯   ╰───────────────────────────╯   ╰─────────────────────────╯\n");
}
END_TEST

/* Where there is room, boxes and wires take it. */
START_TEST(test_lobby_wide)
{
    expect_picture(LOBBY, 120, false,
                   "╭ camera ─────────────────╮                  ╭ object-detect ────────────╮                  ╭ monitoring ─────────────╮\n"
                   "│                         │                  │                           │                  │                         │\n"
                   "│                   video ├────────────────▶─┤ video               video ├────────────────▶─┤ video                   │\n"
                   "│                         │                  │                detections ├────────────────▶─┤ detections              │\n"
                   "╰─────────────────────────╯                  ╰───────────────────────────╯                  ╰─────────────────────────╯\n");
}
END_TEST

START_TEST(test_lobby_ascii)
{
    expect_picture(LOBBY, 80, true,
                   "+ camera --------+   + object-detect ------------+   + monitoring -------------+\n"
                   "|                |   |                           |   |                         |\n"
                   "|          video +->-+ video               video +->-+ video                   |\n"
                   "|                |   |                detections +->-+ detections              |\n"
                   "+----------------+   +---------------------------+   +-------------------------+\n");
}
END_TEST

START_TEST(test_fan)
{
    expect_picture("cam1 cam2 det sto: cam1.v>det.v cam2.v>det.v det.d>sto.d cam1.v>sto.v cam2.v>sto.v", 0, false,
                   "╭ cam1 ──────────╮\n"
                   "│                │\n"
                   "│              v ├─╮   ╭ det ──────────────╮\n"
                   "│                │ │   │                   │\n"
                   "╰────────────────╯ ├─▶─┤ v               d ├─╮  ╭ sto ───────────╮\n"
                   "                   │╭▶─┤                   │ │  │                │\n"
                   "╭ cam2 ──────────╮ ││  ╰───────────────────╯ ╰▶─┤ d              │\n"
                   "│                │ ╰│─────────────────────────▶─┤ v              │\n"
                   "│              v ├──┴─────────────────────────▶─┤                │\n"
                   "│                │                              ╰────────────────╯\n"
                   "╰────────────────╯\n");
}
END_TEST

START_TEST(test_cycle)
{
    expect_picture("a b: a.x>b.y b.z>a.w b.z>b.y", 0, false,
                   "   ╭ a ────────────────╮    ╭ b ────────────────╮\n"
                   "   │                   │    │                   │\n"
                   "╭▶╌┤ w               x ├──▶─┤ y               z ├─╮\n"
                   "╎  │                   │ ╭▶╌┤                   │ │\n"
                   "╎  ╰───────────────────╯ ╎  ╰───────────────────╯ │\n"
                   "╰╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌┴╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╯\n");
}
END_TEST

/* Two nets change rows: one steps aside, and no line lies in another's. */
START_TEST(test_ring_of_tracks)
{
    expect_picture("a b c d: a.x>d.x b.x>c.x a.y>c.y b.y>d.y", 0, false,
                   "╭ a ─────────────╮      ╭ c ─────────────╮\n"
                   "│                │      │                │\n"
                   "│              x ├─╮╭─▶─┤ x              │\n"
                   "│              y ├─││─▶─┤ y              │\n"
                   "╰────────────────╯ ││   ╰────────────────╯\n"
                   "                   ╰│╮\n"
                   "╭ b ─────────────╮  ││  ╭ d ─────────────╮\n"
                   "│                │  ││  │                │\n"
                   "│              x ├──╯╰▶─┤ x              │\n"
                   "│              y ├────▶─┤ y              │\n"
                   "╰────────────────╯      ╰────────────────╯\n");
}
END_TEST

#define TWELVE                                                                                                         \
    "cam1 cam2 cam3 cam4 det1 det2 det3 track fuse alarm store wall: cam1.v>det1.v cam2.v>det1.v cam2.v>det2.v "       \
    "cam3.v>det2.v cam4.v>det3.v det1.d>track.d det2.d>track.d det3.d>track.d track.t>fuse.t det3.d>fuse.d "           \
    "fuse.e>alarm.e cam1.v>wall.v cam2.v>wall.v cam3.v>wall.v cam4.v>wall.v track.t>store.t fuse.e>store.e "           \
    "alarm.ack>track.ack"

START_TEST(test_twelve)
{
    expect_picture(TWELVE, 0, false,
                   "╭ cam1 ──────────╮      ╭ det1 ─────────────╮\n"
                   "│                │      │                   │\n"
                   "│              v ├───┬▶─┤ v               d ├──╮\n"
                   "│                │ ╭─│▶─┤                   │  │\n"
                   "╰────────────────╯ │ │  ╰───────────────────╯  │\n"
                   "                   │ │                         │\n"
                   "╭ cam2 ──────────╮ │ │  ╭ det2 ─────────────╮  │\n"
                   "│                │ │ │  │                   │  │\n"
                   "│              v ├─┼─│▶─┤ v               d ├─╮│\n"
                   "│                │ │╭│▶─┤                   │ ││\n"
                   "╰────────────────╯ │││  ╰───────────────────╯ ││\n"
                   "                   │││                        ││\n"
                   "╭ cam3 ──────────╮ │││  ╭ wall ─────────────╮ ││\n"
                   "│                │ │││  │                   │ ││\n"
                   "│              v ├─│┤╰▶─┤ v                 │ ││\n"
                   "│                │ ╰│─▶─┤                   │ ││  ╭ track ────────────╮                             ╭ store ──────────────╮\n"
                   "╰────────────────╯  ╰─▶─┤                   │ ││  │                   │                             │                     │\n"
                   "                   ╭──▶─┤                   │ │╰▶─┤ d               t ├─┬─────────────────────────▶─┤ t                   │\n"
                   "╭ cam4 ──────────╮ │    ╰───────────────────╯ ╰─▶─┤                   │ │                        ╭▶─┤ e                   │\n"
                   "│                │ │                          ╭─▶─┤                   │ │  ╭ fuse ─────────────╮ │  ╰─────────────────────╯\n"
                   "│              v ├─┤    ╭ det3 ─────────────╮ │╭▶╌┤ ack               │ │  │                   │ │\n"
                   "│                │ │    │                   │ │╎  ╰───────────────────╯ ╰▶─┤ t               e ├─┤  ╭ alarm ──────────────╮\n"
                   "╰────────────────╯ ╰──▶─┤ v               d ├─┴╎─────────────────────────▶─┤ d                 │ │  │                     │\n"
                   "                        │                   │  ╎                           ╰───────────────────╯ ╰▶─┤ e               ack ├─╮\n"
                   "                        ╰───────────────────╯  ╎                                                    │                     │ │\n"
                   "                                               ╎                                                    ╰─────────────────────╯ │\n"
                   "                                               ╰╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╯\n");
}
END_TEST

START_TEST(test_twelve_ascii)
{
    expect_picture(TWELVE, 0, true,
                   "+ cam1 ----------+      + det1 -------------+\n"
                   "|                |      |                   |\n"
                   "|              v +---+>-+ v               d +--.\n"
                   "|                | .-|>-+                   |  |\n"
                   "+----------------+ | |  +-------------------+  |\n"
                   "                   | |                         |\n"
                   "+ cam2 ----------+ | |  + det2 -------------+  |\n"
                   "|                | | |  |                   |  |\n"
                   "|              v +-+-|>-+ v               d +-.|\n"
                   "|                | |.|>-+                   | ||\n"
                   "+----------------+ |||  +-------------------+ ||\n"
                   "                   |||                        ||\n"
                   "+ cam3 ----------+ |||  + wall -------------+ ||\n"
                   "|                | |||  |                   | ||\n"
                   "|              v +-|+'>-+ v                 | ||\n"
                   "|                | '|->-+                   | ||  + track ------------+                             + store --------------+\n"
                   "+----------------+  '->-+                   | ||  |                   |                             |                     |\n"
                   "                   .-->-+                   | |'>-+ d               t +-+------------------------->-+ t                   |\n"
                   "+ cam4 ----------+ |    +-------------------+ '->-+                   | |                        .>-+ e                   |\n"
                   "|                | |                          .->-+                   | |  + fuse -------------+ |  +---------------------+\n"
                   "|              v +-+    + det3 -------------+ |.>~+ ack               | |  |                   | |\n"
                   "|                | |    |                   | |:  +-------------------+ '>-+ t               e +-+  + alarm --------------+\n"
                   "+----------------+ '-->-+ v               d +-+:------------------------->-+ d                 | |  |                     |\n"
                   "                        |                   |  :                           +-------------------+ '>-+ e               ack +-.\n"
                   "                        +-------------------+  :                                                    |                     | |\n"
                   "                                               :                                                    +---------------------+ |\n"
                   "                                               '~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~'\n");
}
END_TEST

START_TEST(test_unlinked_things_stand_side_by_side)
{
    expect_picture("a b c d e:", 60, false,
                   "╭ a ──────────────────────╮   ╭ b ──────────────────────╮\n"
                   "│                         │   │                         │\n"
                   "│                         │   │                         │\n"
                   "│                         │   │                         │\n"
                   "╰─────────────────────────╯   ╰─────────────────────────╯\n"
                   "\n"
                   "╭ c ──────────────────────╮   ╭ d ──────────────────────╮\n"
                   "│                         │   │                         │\n"
                   "│                         │   │                         │\n"
                   "│                         │   │                         │\n"
                   "╰─────────────────────────╯   ╰─────────────────────────╯\n"
                   "\n"
                   "╭ e ──────────────────────╮\n"
                   "│                         │\n"
                   "│                         │\n"
                   "│                         │\n"
                   "╰─────────────────────────╯\n");
}
END_TEST

START_TEST(test_pins)
{
    expect_picture("a@10,3 b@60,0 c@20,14: a.x>b.y a.x>c.y c.z>b.w b.q>a.i", 0, false,
                   "        ╭╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╮\n"
                   "        ╎                                                   ╭ b ────────────────╮ ╎\n"
                   "        ╎                                                   │                   │ ╎\n"
                   "        ╎                       ╭─────────────────────────▶─┤ y               q ├╌╯\n"
                   "        ╎ ╭ a ────────────────╮ │         ╭───────────────▶─┤ w                 │\n"
                   "        ╎ │                   │ │         │                 ╰───────────────────╯\n"
                   "        ╰▶┤ i               x ├─┤         │\n"
                   "          │                   │ ╎         │\n"
                   "          ╰───────────────────╯ ╎         │\n"
                   "                  ╭╌╌╌╌╌╌╌╌╌╌╌╌╌╯         │\n"
                   "                  ╎                       │\n"
                   "                  ╎                       │\n"
                   "                  ╎                       │\n"
                   "                  ╎                       │\n"
                   "                  ╎                       │\n"
                   "                  ╎ ╭ c ────────────────╮ │\n"
                   "                  ╎ │                   │ │\n"
                   "                  ╰▶┤ y               z ├─╯\n"
                   "                    │                   │\n"
                   "                    ╰───────────────────╯\n");
}
END_TEST

/* A place where the box would stand anyway changes nothing. */
START_TEST(test_pin_at_its_own_place)
{
    expect_picture("a@0,0 b: a.x>b.y", 0, false,
                   "╭ a ─────────────╮   ╭ b ─────────────╮\n"
                   "│                │   │                │\n"
                   "│              x ├─▶─┤ y              │\n"
                   "│                │   │                │\n"
                   "╰────────────────╯   ╰────────────────╯\n");
}
END_TEST

START_TEST(test_empty)
{
    struct graph *graph = picture_graph("");
    struct layout *layout = layout_make(graph, NULL);
    ck_assert_uint_eq(layout->cell_count, 0);
    ck_assert_ptr_null(layout_cell_at(layout, 0, 0));
    ck_assert(layout_box_at(layout, 0, 0) == LAYOUT_NONE);
    layout_free(layout);
    picture_graph_free(graph);
}
END_TEST

/* Links to nowhere are not drawn, the same link twice is one wire. */
START_TEST(test_broken_links)
{
    struct graph *graph = picture_graph("a b: a.x>b.y a.x>b.y a.x>nobody.y nobody.x>b.y a.x>a.x");
    struct layout *layout = layout_make(graph, NULL);
    ck_assert(layout->wires[0].drawn && layout->wires[1].drawn && layout->wires[4].drawn);
    ck_assert(!layout->wires[2].drawn && !layout->wires[3].drawn);
    ck_assert_int_eq(layout->wires[0].to_y, layout->wires[1].to_y);
    ck_assert_int_eq(layout->boxes[1].inputs[0].rows, 1);
    ck_assert(layout->wires[4].back);
    ck_assert_ptr_null(picture_fault(graph, layout));
    layout_free(layout);
    picture_graph_free(graph);
}
END_TEST

/* Positions of before keep the order: an edit does not reshuffle the screen. */
START_TEST(test_previous_order)
{
    struct graph *graph = picture_graph("a b c d: a.x>d.p b.x>d.q c.x>d.r");
    struct layout_before previous[] = {
        {.ordered = true, .order_y = 20}, {.ordered = true, .order_y = 10}, {.ordered = true}, {.ordered = true, .order_y = 5}};
    struct layout_options options = layout_defaults;
    options.previous = previous;
    struct layout *layout = layout_make(graph, &options);
    ck_assert_ptr_null(picture_fault(graph, layout));
    struct graph *free_graph = picture_graph("a b c d: a.x>d.p b.y>d.p c.z>d.p");
    struct layout *free_layout = layout_make(free_graph, &options);
    ck_assert_int_lt(free_layout->boxes[2].y, free_layout->boxes[1].y);
    ck_assert_int_lt(free_layout->boxes[1].y, free_layout->boxes[0].y);
    layout_free(layout);
    layout_free(free_layout);
    picture_graph_free(graph);
    picture_graph_free(free_graph);
}
END_TEST

/* What hangs together does not come up beside what stood above it when there is room for it now. */
START_TEST(test_previous_shelves)
{
    struct graph *graph = picture_graph("a b c d e f: a.x>b.p c.x>d.p e.x>f.p");
    struct graph *rest = picture_graph("b c d e f: c.x>d.p e.x>f.p");
    struct layout_options options = layout_defaults;
    struct layout *old = layout_make(graph, &options), *fresh = layout_make(rest, &options);
    struct layout_before previous[5] = {0};
    for (size_t i = 0; i < ARRAY_SIZE(previous); i++)
        previous[i].shelf = old->boxes[i + 1].shelf;
    ck_assert_int_eq(old->boxes[0].shelf, 1);
    ck_assert_int_eq(old->boxes[2].shelf, 1);
    ck_assert_int_eq(old->boxes[4].shelf, 2);
    ck_assert_int_eq(fresh->boxes[3].shelf, 1);
    options.previous = previous;
    struct layout *layout = layout_make(rest, &options);
    ck_assert_ptr_null(picture_fault(rest, layout));
    for (size_t i = 0; i < ARRAY_SIZE(previous); i++)
        ck_assert_int_eq(layout->boxes[i].shelf, old->boxes[i + 1].shelf);
    for (size_t i = 3; i < ARRAY_SIZE(previous); i++) {
        ck_assert_int_eq(layout->boxes[i].x, old->boxes[i + 1].x);
        ck_assert_int_eq(layout->boxes[i].y, old->boxes[i + 1].y);
    }
    layout_free(old);
    layout_free(fresh);
    layout_free(layout);
    picture_graph_free(graph);
    picture_graph_free(rest);
}
END_TEST

/* Under the arrow of each wire there is room for its state where the screen is wide. */
START_TEST(test_labels)
{
    struct graph *graph = picture_graph(LOBBY);
    struct layout_options options = with_fit(120);
    struct layout *layout = layout_make(graph, &options);
    for (size_t i = 0; i < layout->wire_count; i++) {
        const struct layout_wire *wire = &layout->wires[i];
        ck_assert_int_ge(wire->label_room, 13);
        for (int x = 0; x < wire->label_room; x++) {
            const struct layout_cell *cell = layout_cell_at(layout, wire->label_x + x, wire->to_y);
            ck_assert(cell && cell->link == i && cell->under < 0);
        }
    }
    ck_assert_int_le(layout->width, 120);
    layout_free(layout);
    picture_graph_free(graph);
}
END_TEST

START_TEST(test_lobby_compact)
{
    expect_density(LOBBY, LAYOUT_COMPACT, 80, false,
                   "╭ camera ──────────────╮    ╭ object-detect ───────╮    ╭ monitoring ──────────╮\n"
                   "│                video ├──▶─┤ video          video ├──▶─┤ video                │\n"
                   "╰──────────────────────╯    │           detections ├──▶─┤ detections           │\n"
                   "                            ╰──────────────────────╯    ╰──────────────────────╯\n");
}
END_TEST

/* A line a thing; several that feed one have a row for each, since their wires may not merge. */
START_TEST(test_lines)
{
    expect_density(TWELVE, LAYOUT_LINES, 0, false,
                   "[cam1         ]───┬▶─[det1         ]─╮\n"
                   "                 ╭│▶─[             ] ╰─▶─[track         ]─┬───────────────────▶─[store         ]\n"
                   "[cam2         ]──┼│▶─[det2         ]───▶─[              ] │                  ╭▶─[              ]\n"
                   "[cam3         ]─┬││▶─[             ] ╭─▶─[              ] │                  │\n"
                   "                ││╰▶─[wall         ] │╭▶╌[              ] │                  │\n"
                   "                │╰─▶─[             ] │╎                   │                  │\n"
                   "                ╰──▶─[             ] │╎                   │                  │\n"
                   "[cam4         ]─┬──▶─[             ] │╎                   ╰▶─[fuse         ]─┴▶─[alarm         ]─╮\n"
                   "                ╰──▶─[det3         ]─┴╎────────────────────▶─[             ]                     │\n"
                   "                                      ╰╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╯\n");
}
END_TEST

/* The two links of the lobby between detector and monitor are one wire, and both are on it. */
START_TEST(test_lines_merge_what_leads_to_one_thing)
{
    struct graph *graph = picture_graph(LOBBY);
    struct layout *layout = layout_make(graph, &layout_densities[LAYOUT_LINES]);
    ck_assert_uint_eq(layout->boxes[1].output_count, 1);
    ck_assert_str_eq(layout->boxes[1].outputs[0].name, "");
    ck_assert_uint_eq(layout->boxes[1].outputs[0].links, 2);
    ck_assert_int_eq(layout->boxes[2].h, 1);
    ck_assert(layout->wires[1].drawn && layout->wires[2].drawn);
    ck_assert_int_eq(layout->wires[1].to_y, layout->wires[2].to_y);
    ck_assert_int_eq(layout->wires[1].net, layout->wires[2].net);
    ck_assert_int_eq(layout->height, 1);
    layout_free(layout);
    picture_graph_free(graph);
}
END_TEST

/* A box left of and above the others moves the drawing, and layout_place takes that into account. */
START_TEST(test_negative_places_shift)
{
    struct graph *graph = picture_graph("a@-12,-7 b: a.x>b.y");
    struct layout *layout = layout_make(graph, NULL);
    int x, y;
    ck_assert_ptr_null(picture_fault(graph, layout));
    ck_assert_int_eq(layout->shift_x, 12);
    ck_assert_int_eq(layout->shift_y, 7);
    ck_assert_int_eq(layout->boxes[0].x, 0);
    ck_assert_int_eq(layout->boxes[0].y, 0);
    layout_place(layout, layout->boxes[0].x + 3, layout->boxes[0].y, &x, &y);
    ck_assert_int_eq(x, -9);
    ck_assert_int_eq(y, -7);
    layout_free(layout);
    picture_graph_free(graph);
}
END_TEST

/* Places that the ranks would give anyway do not come into force when an edit makes the ranks give others. */
START_TEST(test_idle_places_stay_idle)
{
    struct graph *graph = picture_graph("a@0,0 b@21,0: a.x>b.y"),
                 *edited = picture_graph("a@0,0 b@21,0 c d: a.x>b.y c.x>b.z a.x>d.y c.x>d.z");
    struct layout_options options = with_fit(120);
    struct layout *layout = layout_make(graph, &options);
    ck_assert(!layout->boxes[0].bound && !layout->boxes[1].bound);
    struct layout_before before[4] = {{.idle = true}, {.idle = true, .idle_x = 21}};
    struct layout *free_one = layout_make(edited, &options);
    ck_assert(free_one->boxes[0].bound || free_one->boxes[1].bound);
    options.previous = before;
    struct layout *kept = layout_make(edited, &options);
    ck_assert(!kept->boxes[0].bound && !kept->boxes[1].bound);
    layout_free(layout);
    layout_free(free_one);
    layout_free(kept);
    picture_graph_free(graph);
    picture_graph_free(edited);
}
END_TEST

/* A graph read anew, the one before gone: the picture is the same, and the names are the new one's. */
START_TEST(test_rebind)
{
    for (int density = 0; density < LAYOUT_DENSITIES; density++) {
        struct graph *graph = picture_graph(TWELVE), *again = picture_graph(TWELVE);
        struct layout *layout = layout_make(graph, &layout_densities[density]);
        struct layout *fresh = layout_make(again, &layout_densities[density]);
        layout_rebind(layout, again);
        picture_graph_free(graph);
        for (size_t i = 0; i < layout->box_count; i++)
            for (size_t p = 0; p < layout->boxes[i].input_count; p++) {
                ck_assert_ptr_eq(layout->boxes[i].inputs[p].name, fresh->boxes[i].inputs[p].name);
                ck_assert_int_eq(layout->boxes[i].inputs[p].row, fresh->boxes[i].inputs[p].row);
            }
        ck_assert_ptr_null(picture_fault(again, layout));
        layout_free(layout);
        layout_free(fresh);
        picture_graph_free(again);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("layout");
    TCase *pictures = tcase_create("pictures");
    tcase_add_test(pictures, test_lobby);
    tcase_add_test(pictures, test_lobby_wide);
    tcase_add_test(pictures, test_lobby_ascii);
    tcase_add_test(pictures, test_fan);
    tcase_add_test(pictures, test_cycle);
    tcase_add_test(pictures, test_ring_of_tracks);
    tcase_add_test(pictures, test_twelve);
    tcase_add_test(pictures, test_twelve_ascii);
    tcase_add_test(pictures, test_unlinked_things_stand_side_by_side);
    tcase_add_test(pictures, test_pins);
    tcase_add_test(pictures, test_pin_at_its_own_place);
    tcase_add_test(pictures, test_empty);
    tcase_add_test(pictures, test_broken_links);
    tcase_add_test(pictures, test_previous_order);
    tcase_add_test(pictures, test_previous_shelves);
    tcase_add_test(pictures, test_labels);
    tcase_add_test(pictures, test_lobby_compact);
    tcase_add_test(pictures, test_lines);
    tcase_add_test(pictures, test_lines_merge_what_leads_to_one_thing);
    tcase_add_test(pictures, test_negative_places_shift);
    tcase_add_test(pictures, test_idle_places_stay_idle);
    tcase_add_test(pictures, test_rebind);
    suite_add_tcase(suite, pictures);
    SRunner *runner = srunner_create(suite);
    srunner_add_suite(runner, layout_property_suite());
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
