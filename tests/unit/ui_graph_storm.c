/* ui_graph_storm: whatever is typed, pasted, clicked and resized. Nothing falls over, the document is a graph after each
 * key, and undoing everything gives the bytes of before. */
#include "ui_graph_test.h"

#include "base/text.h"
#include "ui/dashboard_private.h"

#define SEEDS 30
#define KEYS 3500 /* of each: more than 100,000 in all */
#define DRAWN 7   /* every so many keys */
#define PASTE_MAX (1u << 20)
#define BINARY (64u << 10)

static const char *const names[] = {
    "Up",  "Down",  "Left",   "Right",  "Home",    "End",      "PgUp",      "PgDn", "Insert",  "Delete", "Enter", "Tab",
    "Esc", "S-Tab", "S-Left", "S-Right", "S-Up",   "S-Down",   "Backspace", "F1",   "F5",      "F12",    "Enter", "Tab",
};

/* What only some letters in a row lead to. */
static const char *const lines[] = {
    ":graph<Enter>", "<Esc><Esc>:graph<Enter>", "<Esc>1", "a<Enter>", "a<Down><Enter>", "c<Tab><Enter>", "c<Enter>",
    "/cam<Enter>",   "i9<Enter>",               "i<Down>3<Enter>",    "x",              "xx",            "uu",
    "o<Enter>",      "<Esc>",                   ":new made<Enter>",   ":<Tab><Tab><Enter>", "<lt>",      "?<Esc>",
};

static uint64_t state;

static size_t pick(size_t count)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (size_t)(state % count);
}

struct storm {
    struct rig rig;
    size_t n, drawn;
    char *text; /* of the document as it was opened; NULL: there is none */
    int (*new_graph)(void *data, const char *name, struct err *err);
    bool replaced;
};

static struct storm storm;

static struct document *document(void)
{
    return storm.rig.gs->scene->model.document;
}

static int on_new_graph(void *data, const char *name, struct err *err)
{
    storm.replaced = true;
    return storm.new_graph(data, name, err);
}

static void remember(void)
{
    free(storm.text);
    storm.text = document() ? xstrdup(document_text(document(), NULL)) : NULL;
    storm.replaced = false;
}

static void storm_open(const char *scene, int w, int h)
{
    storm = (struct storm){0};
    setenv("EDITOR", "true", 1);
    unsetenv("VISUAL");
    rig_open(&storm.rig, scene, w, h);
    struct model_ops *ops = &storm.rig.gs->scene->model.ops;
    storm.new_graph = ops->new_graph;
    ops->new_graph = on_new_graph;
    remember();
}

/* The text means what the graph on the screen says. */
static void check_document(void)
{
    size_t len;
    if (!document())
        return;
    const char *text = document_text(document(), &len);
    const struct graph *is = document_graph(document());
    struct faults faults = {0};
    struct graph *graph = graph_parse(text, len, NULL, storm.rig.gs->scene->model.catalogue, &faults);
    ck_assert_msg(graph != NULL, "after %zu keys the text is no graph:\n%s", storm.n, text);
    ck_assert_msg(graph->thing_count == is->thing_count && graph->link_count == is->link_count &&
                      faults.errors == document_faults(document())->errors,
                  "after %zu keys the text says something else:\n%s", storm.n, text);
    graph_free(graph);
    faults_release(&faults);
}

static void on_end(void *data)
{
    loop_stop(data, 0);
}

/* Time passes: what waits for a timer comes. The loop may have been stopped by a key that leaves. */
static void pass(int64_t ns)
{
    struct loop_timer end;
    loop_timer_init(&end, storm.rig.loop, on_end, storm.rig.loop);
    loop_timer_start(&end, ns);
    loop_run(storm.rig.loop);
    loop_timer_stop(&end);
}

static void press(const struct key *key)
{
    struct dashboard *dash = storm.rig.dash;
    dashboard_key(dash, key);
    while (dash->editor) /* it ends by itself */
        pass(NSEC_PER_MSEC);
    if (storm.replaced)
        remember();
    storm.n++;
}

static void look(void)
{
    dashboard_draw(storm.rig.dash);
    check_document();
}

static void type(const char *keys)
{
    while (*keys) {
        struct key key = {0};
        const char *end = *keys == '<' ? strchr(keys, '>') : NULL;
        if (end) {
            char name[32];
            snprintf(name, sizeof name, "%.*s", (int)(end - keys - 1), keys + 1);
            if (key_parse(name, &key) < 0)
                key.code = '<';
            keys = end + 1;
        } else {
            keys += utf8_decode(keys, strlen(keys), &key.code);
        }
        press(&key);
    }
}

/* Everything undone is the first text. */
static void storm_close(void)
{
    type("<Esc><Esc><Esc><Esc><Esc><Esc>");
    look();
    while (storm.text && document_undo(document()))
        ;
    if (storm.text)
        ck_assert_msg(strcmp(document_text(document(), NULL), storm.text) == 0,
                      "undoing all of %zu keys gives\n%s\nand not\n%s", storm.n, document_text(document(), NULL),
                      storm.text);
    free(storm.text);
    rig_close(&storm.rig);
}

static void paste(const char *text, size_t len)
{
    press(&(struct key){.code = K_PASTE, .text = text, .text_len = len});
}

static void paste_something(void)
{
    static const char *const words[] = {"camera", "a\nb", "\xff\xfe", "\033[201~\033[2J", "7.5", "- {name: x}\n",
                                        "\xe2\x80\xae", "rtsp://user:hunter2@host/1", "  ", "\t\t"};
    char bytes[256];
    size_t len = pick(sizeof bytes);
    const char *word = words[pick(ARRAY_SIZE(words))];
    for (size_t i = 0; i < len; i++)
        bytes[i] = (char)pick(256);
    if (pick(3))
        paste(word, strlen(word));
    else
        paste(bytes, len);
}

static void resize(int w, int h)
{
    canvas_resize(&storm.rig.dash->canvas, w, h);
    press(&(struct key){.code = K_RESIZE});
}

static void press_something(int w, int h)
{
    static const uint32_t wide[] = {0xe9, 0x65e5, 0x301, 0x1f3a5, 0x202e, 0xa0};
    struct key key = {0};
    size_t what = pick(100);
    if (what < 55) {
        key.code = (uint32_t)(' ' + pick(0x7f - ' '));
    } else if (what < 75) {
        key_parse(names[pick(ARRAY_SIZE(names))], &key);
    } else if (what < 80) {
        key = (struct key){.code = (uint32_t)('a' + pick(26)), .mods = pick(4) ? MOD_CTRL : MOD_ALT};
    } else if (what < 82) {
        key.code = wide[pick(ARRAY_SIZE(wide))];
    } else if (what < 92) {
        key = (struct key){.code = (uint32_t)(K_CLICK + pick(K_WHEEL_DOWN - K_CLICK + 1)),
                           .x = (int)pick((size_t)w + 4) - 2,
                           .y = (int)pick((size_t)h + 4) - 2,
                           .button = 1 + (int)pick(3)};
    } else if (what < 94) {
        paste_something();
        return;
    } else if (what < 95) {
        resize(1 + (int)pick(pick(3) ? 140 : 12), 1 + (int)pick(pick(3) ? 50 : 6));
        return;
    } else {
        type(lines[pick(ARRAY_SIZE(lines))]);
        return;
    }
    press(&key);
}

START_TEST(storms)
{
    static const char *const scenes[] = {"lobby", "twelve", "broken", "none", "draft", "dead"};
    int w = 60 + _i * 3, h = 16 + _i;
    storm_open(scenes[_i % 6], w, h);
    state = (uint64_t)(_i + 1) * UINT64_C(0x9e3779b97f4a7c15);
    while (storm.n < KEYS) {
        press_something(w, h);
        if (storm.n - storm.drawn >= DRAWN) {
            storm.drawn = storm.n;
            look();
        }
        if (pick(200) == 0)
            pass(100 * NSEC_PER_MSEC);
        if (pick(500) == 0) {
            resize(w, h);
            type("<Esc><Esc><Esc>:graph<Enter>");
        }
    }
    resize(w, h);
    storm_close();
}
END_TEST

/* A terminal that holds nothing: no key leads anywhere, and the next size shows all of it again. */
START_TEST(tiny_terminals)
{
    static const struct {
        int w, h;
    } sizes[] = {{1, 1}, {2, 2}, {10, 3}, {1, 50}, {200, 1}, {20, 5}, {39, 9}};
    storm_open("twelve", 120, 40);
    type("x");
    resize(sizes[_i].w, sizes[_i].h);
    look();
    type("qqqqqqqqqqqq"); /* what it asks is not seen, so it asks once */
    for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
        type(lines[i]);
        look();
    }
    state = 1;
    for (int i = 0; i < 1000; i++) {
        press_something(sizes[_i].w, sizes[_i].h);
        resize(sizes[_i].w, sizes[_i].h);
        look();
    }
    resize(120, 40);
    type("<Esc><Esc><Esc><Esc>:graph<Enter>");
    if (document())
        while (document_undo(document()))
            ;
    model_changed(&storm.rig.gs->scene->model, CHANGED_DOCUMENT);
    rig_type(&storm.rig, "g");
    ck_assert(rig_shows(&storm.rig, "media/"));
    storm_close();
}
END_TEST

/* Every place that takes text, and the way there. */
static const char *const places[] = {"",  ":", "/", "a", "i", "i<Down>", "c",      "<Tab>",
                                     "t", "?", "r", "y", "D", "4",       ":new ", ":open "};

/* What nobody means to paste. A text field takes what it can, the graph takes nothing. */
START_TEST(bad_pastes)
{
    char *large = xmalloc(PASTE_MAX), *binary = xmalloc(BINARY);
    memset(large, 'x', PASTE_MAX);
    for (size_t i = 0; i < BINARY; i++)
        binary[i] = (char)(i * 7919 >> 3);
    storm_open("lobby", 100, 30);
    char *yaml = xstrdup(document_text(document(), NULL));
    const struct {
        const char *bytes;
        size_t len;
    } pastes[] = {{binary, BINARY}, {yaml, strlen(yaml)}, {large, PASTE_MAX}, {"", 0}, {"\0\0\0", 3}, {"\n\n\n", 3}};
    for (size_t i = 0; i < ARRAY_SIZE(pastes); i++) {
        type(places[_i]);
        paste(pastes[i].bytes, pastes[i].len);
        look();
        type("<Left>x<Backspace>");
        look();
        type("<Enter>");
        look();
        type("<Esc><Esc><Esc><Esc>:graph<Enter>");
        look();
    }
    free(large);
    free(binary);
    free(yaml);
    storm_close();
}
END_TEST

Suite *ui_graph_storm_suite(void)
{
    Suite *suite = suite_create("graph storms");
    TCase *tc = tcase_create("storms");
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, storms, 0, SEEDS);
    tcase_add_loop_test(tc, tiny_terminals, 0, 7);
    tcase_add_loop_test(tc, bad_pastes, 0, (int)ARRAY_SIZE(places));
    suite_add_tcase(suite, tc);
    return suite;
}
