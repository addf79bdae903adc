/* ui_storm: every view, whatever is typed, pasted, clicked and resized, on a cluster whose every word is meant to do harm and whose
 * server answers anything at all. Nothing falls over, and no cell holds what must not reach a terminal. */
#include "ui_test.h"

#include <unistd.h>

#include "base/text.h"
#include "base/time.h"
#include "k8s_script.h"
#include "tests/screen/scene.h"
#include "ui/dashboard_private.h"

#define KEYS 1000 /* of each scene */
#define SEEDS 12
#define DRAWN 5 /* every so many keys */
#define LONG 20000

static struct scene *scene;
static struct dashboard *dash;
static uint64_t state;
static char large[LONG];

static size_t pick(size_t count)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (size_t)(state % count);
}

/* What no field should hold, in JSON. */
static const char *const evil[] = {
    "\\u001b]0;owned\\u0007",    "\\u001b[2J\\u009b31m",   "\xc2\x9b" "2J",       "\xe2\x80\xae" "txt.exe\xe2\x81\xa6", "z\xe2\x80\x8bw\xe2\x80\x8d\xef\xbb\xbf",
    "o\xcc\x81\xcc\x81\xcc\x81", "\xcc\x81\xcc\x81",       "\xff\xfe\x80",        "a\\r\\n\\tb\\u0000c",                 "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e",
    "\xf3\xa0\x81\x81",          "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa9", "", "%s%n%99999d",                  "-",
    "99999999999999999999",      "\\u2028\\u2029",      large,
};

static const char *bad(void)
{
    return evil[pick(ARRAY_SIZE(evil))];
}

static void put(enum model_source_id source, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void put(enum model_source_id source, const char *fmt, ...)
{
    struct buf text;
    va_list ap;
    buf_init(&text, 4u << 20);
    va_start(ap, fmt);
    buf_vaddf(&text, fmt, ap);
    va_end(ap);
    scene_put(scene, source, text.data);
    buf_release(&text);
}

static void put_pod(int number)
{
    char name[64];
    snprintf(name, sizeof name, "evil-%d", number);
    put(SOURCE_PODS,
        "{'metadata': {'name': '%s', 'namespace': 'media', 'uid': 'evil-%d', 'resourceVersion': '%zu', 'creationTimestamp': '%s',"
        " 'labels': {'patchbay.dev/graph': '%s', 'patchbay.dev/thing': '%s', 'app%s': '%s'}, 'annotations': {'a%s': '%s'}},"
        " 'spec': {'nodeName': '%s', 'containers': [{'name': '%s', 'image': '%s', 'resources': {'limits': {'nvidia.com/gpu': '%s'}}}]},"
        " 'status': {'phase': '%s', 'reason': '%s', 'message': '%s', 'podIP': '%s',"
        " 'conditions': [{'type': 'PodScheduled', 'status': 'False', 'reason': '%s', 'message': '%s'}],"
        " 'containerStatuses': [{'name': '%s', 'restartCount': %d, 'state': {'waiting': {'reason': '%s', 'message': '%s'}},"
        " 'lastState': {'terminated': {'exitCode': %d, 'reason': '%s', 'message': '%s'}}}]}}",
        name, number, pick(1000), pick(2) ? "2026-03-01T11:00:00Z" : bad(), pick(2) ? "lobby" : bad(), bad(), bad(), bad(), bad(), bad(),
        pick(2) ? "gpu-1" : bad(), bad(), bad(), bad(), bad(), bad(), bad(), bad(), bad(), bad(), bad(), (int)pick(3) - 1, bad(), bad(),
        (int)pick(300) - 20, bad(), bad());
    put(SOURCE_EVENTS,
        "{'metadata': {'name': '%s.e', 'namespace': 'media', 'uid': 'ev-%d'}, 'involvedObject': {'kind': '%s', 'namespace': 'media', 'name': '%s'},"
        " 'type': '%s', 'reason': '%s', 'message': '%s', 'count': %d, 'lastTimestamp': '%s', 'source': {'component': '%s'}}",
        name, number, pick(2) ? "Pod" : bad(), pick(2) ? name : bad(), pick(2) ? "Warning" : bad(), bad(), bad(), (int)pick(9) - 1,
        pick(2) ? "2026-03-01T11:59:00Z" : bad(), bad());
    put(SOURCE_NODES,
        "{'metadata': {'name': 'node-%d', 'uid': 'n-%d', 'labels': {'nvidia.com/gpu.product': '%s', 'node-role.kubernetes.io/%s': ''}},"
        " 'spec': {'taints': [{'key': '%s', 'value': '%s', 'effect': '%s'}]},"
        " 'status': {'capacity': {'nvidia.com/gpu': '%s', 'cpu': '%s'}, 'allocatable': {'nvidia.com/gpu': '%s', 'memory': '%s'},"
        " 'conditions': [{'type': '%s', 'status': '%s', 'reason': '%s', 'message': '%s'}], 'nodeInfo': {'kubeletVersion': '%s'}}}",
        number, number, bad(), bad(), bad(), bad(), bad(), bad(), bad(), bad(), bad(), pick(2) ? "Ready" : bad(), bad(), bad(), bad(), bad());
    put(SOURCE_DEPLOYMENTS,
        "{'metadata': {'name': 'evil-%d', 'namespace': 'media', 'uid': 'd-%d', 'labels': {'patchbay.dev/graph': '%s', 'patchbay.dev/thing': '%s'}},"
        " 'spec': {'replicas': %d}, 'status': {'conditions': [{'type': 'Progressing', 'status': 'False', 'reason': '%s', 'message': '%s'}]}}",
        number, number, pick(2) ? "lobby" : bad(), bad(), (int)pick(5) - 2, bad(), bad());
}

static void detect(void)
{
    struct detection d = {.utc = scene->wall, .frame = (int64_t)pick(1000), .width = (int)pick(5000), .height = (int)pick(5000)};
    d.analysed = d.utc + (int64_t)pick(1000) * NSEC_PER_MSEC;
    snprintf(d.thing, sizeof d.thing, "%s", pick(2) ? "object-detect" : bad());
    snprintf(d.pod, sizeof d.pod, "%s", bad());
    snprintf(d.source, sizeof d.source, "%s", bad());
    d.count = pick(4);
    for (size_t i = 0; i < d.count; i++) {
        snprintf(d.objects[i].label, sizeof d.objects[i].label, "%s", bad());
        d.objects[i].confidence = (double)pick(20) / 10 - 0.5;
        d.objects[i].x_min = (double)pick(30) / 10 - 1;
        d.objects[i].x_max = (double)pick(30) / 10 - 1;
        d.objects[i].y_max = 3;
    }
    detection_log_add(scene->log, &d, d.analysed);
    model_changed(&scene->model, CHANGED_DETECTIONS);
}

enum { TABLE, DISCOVERY, LOG, OTHERS };

/* What would fit. */
static int shape_of(const char *url)
{
    size_t len = strlen(url);
    return strstr(url, "/log?")                                         ? LOG
           : strstr(url, "includeObject=")                              ? TABLE
           : str_eq(url + len - 4, "/api") || str_eq(url + len - 5, "/apis") ? DISCOVERY
                                                                        : OTHERS;
}

/* The server says something to whatever was asked. */
static void answer(void)
{
    static const int statuses[] = {200, 200, 200, 201, 403, 404, 409, 410, 429, 500};
    static const char *const shapes[] = {
        [OTHERS] = "{\"kind\":\"Status\",\"message\":\"%s\",\"reason\":\"%s\",\"details\":{\"causes\":[{\"message\":\"%s\"}]}}",
        [TABLE] = "{\"kind\":\"Table\",\"metadata\":{\"resourceVersion\":\"1\"},\"columnDefinitions\":[{\"name\":\"%s\",\"type\":\"string\"},{\"name\":\"B\",\"type\":\"%s\"}],"
        "\"rows\":[{\"cells\":[\"%s\",7],\"object\":{\"metadata\":{\"name\":\"x\",\"uid\":\"u\"}}},{\"cells\":[],\"object\":{}},{\"cells\":null}]}",
        [OTHERS + 1] = "{\"kind\":\"Pod\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"%s\",\"labels\":{\"%s\":\"%s\"}},\"spec\":{\"containers\":[{}]},\"status\":[]}",
        [OTHERS + 2] = "{\"kind\":\"EventList\",\"metadata\":{},\"items\":[{\"metadata\":{\"name\":\"%s\"},\"message\":\"%s\",\"reason\":\"%s\"}]}",
        [DISCOVERY] = "{\"kind\":\"APIGroupDiscoveryList\",\"items\":[{\"metadata\":{\"name\":\"%s\"},\"versions\":[{\"version\":\"v1\",\"resources\":[{\"resource\":\"things\","
        "\"singularResource\":\"%s\",\"shortNames\":[\"%s\"],\"responseKind\":{\"kind\":\"Thing\"},\"verbs\":[\"get\",\"list\",\"watch\"]}]}]}]}",
        [LOG] = "2026-03-01T12:00:00.000000001Z %s ERROR %s\n2026-03-01T12:00:01Z {\"level\":\"%s\",\"msg\":1}\n\n",
        [OTHERS + 3] = "%s%s%s",
    };
    struct script_call *call = script_next();
    bool fits = pick(4) != 0; /* it may even tell what was asked for */
    int status = fits ? 200 : statuses[pick(ARRAY_SIZE(statuses))], shape = shape_of(call->url);
    struct buf text;
    char fmt[1024];
    buf_init(&text, 1u << 20);
    snprintf(fmt, sizeof fmt, "%s", shapes[fits && shape < OTHERS ? (size_t)shape : pick(ARRAY_SIZE(shapes))]);
    for (char *at = fmt, *mark; (mark = strstr(at, "%s")); at = mark + 2) {
        buf_add(&text, at, (size_t)(mark - at));
        buf_adds(&text, bad());
        if (!strstr(mark + 2, "%s"))
            buf_adds(&text, mark + 2);
    }
    if (!call->open)
        ;
    else if (pick(8) == 0)
        script_refuse(call);
    else if (pick(3) == 0 || (fits && shape == DISCOVERY))
        script_answer(call, status, text.data);
    else {
        script_head(call, status, 0);
        script_send(call, text.data, text.len);
        script_settle();
        if (call->open && pick(3) == 0)
            script_break(call);
    }
    buf_release(&text);
    script_settle();
}

static void on_end(void *data)
{
    loop_stop(data, 0);
}

/* Time passes. The loop may have been stopped by a key that leaves. */
static void pass(double seconds)
{
    struct loop_timer end;
    loop_timer_init(&end, script.loop, on_end, script.loop);
    loop_timer_start(&end, (int64_t)(seconds * 1e9));
    loop_run(script.loop);
    loop_timer_stop(&end);
}

/* What is wrong with a cell, or NULL. No assertion each: these are millions. */
static const char *fault_of(const struct canvas *canvas, int i)
{
    const struct cell *cell = &canvas->cells[i];
    bool first = i % canvas->w == 0, last = i % canvas->w == canvas->w - 1;
    if (!cell->ch)
        return first || utf8_width(cell[-1].ch) != 2 ? "half a character" : NULL;
    if (text_harmful(cell->ch))
        return "a harmful character";
    if (utf8_width(cell->ch) != 1 && (last || cell[1].ch))
        return "a character without its right half";
    return cell->mark && (text_harmful(cell->mark) || utf8_width(cell->mark)) ? "no mark" : NULL;
}

static void look(void)
{
    const struct canvas *canvas = dashboard_draw(dash);
    for (int i = 0; i < canvas->w * canvas->h; i++) {
        const char *fault = fault_of(canvas, i);
        if (fault)
            ck_abort_msg("%s, U+%04X, in cell %d,%d of %s", fault, canvas->cells[i].ch, i % canvas->w, i / canvas->w, dash->current->view->name);
    }
}

static void resize(int w, int h)
{
    canvas_resize(&dash->canvas, w, h);
    dashboard_key(dash, &(struct key){.code = K_RESIZE});
}

/* What only some letters in a row lead to. */
static const char *const lines[] = {
    ":node gpu-1<Enter>", ":describe pod evil-1<Enter>", ":describe<Enter>", ":things<Enter>", ":forwards<Enter>", ":contexts<Enter>", ":logs lobby<Enter>",
    ":logs evil-1<Enter>", ":gpus<Enter>", ":picture<Enter>", ":why evil-1<Enter>", ":detections<Enter>", ":events<Enter>", ":pods<Enter>",
    ":nodes<Enter>", ":deployments<Enter>", ":graph<Enter>", ":text<Enter>", ":ns %s%n<Enter>", ":theme x<Enter>", ":mark \xe2\x80\xae<Enter>", "'<Enter>",
    "/~(a+)+$<Enter>", "/~(((((((((<Enter>", "/status=Run !node=gpu-1<Enter>", "/age>99999999999999999999d<Enter>", "/restarts>-1<Enter>", "/label=a=b=c<Enter>",
    "&~(x*)*y<Enter>", "&-@@@<Enter>", "/~[[:foo:]]<Enter>", ":1<Enter>", ":99999999999999999999<Enter>", ":since 99999999999999y<Enter>", ":at -1<Enter>",
    ":at 25:61<Enter>", ":tail -5<Enter>", ":set x=y<Enter>", ":<Tab><Tab><Tab><Enter>", ":new <Tab><Enter>", "wjjj<Enter>", "d<PgDn>/x<Enter>nN", "y<PgDn>",
    "v", "f", "t", "L", "p", "T", "W", "X<Enter>", "0", "-", "?", "<lt><gt>", ":describe things x<Enter>",
};

static const char *const names[] = {"Up",  "Down", "PgUp", "PgDn", "Home", "End", "Enter", "Enter", "Esc", "Esc", "Tab", "S-Tab", "Backspace", "^F", "^B", "^R",
                                    "^L", "^U", "^W", "^D", "^G", "S-Left", "Left", "Right", "Delete", "Insert", "F1", "F5"};

static void type(const char *keys)
{
    while (*keys) {
        struct key key = {0};
        const char *end = *keys == '<' ? strchr(keys, '>') : NULL;
        char name[32];
        if (end)
            snprintf(name, sizeof name, "%.*s", (int)(end - keys - 1), keys + 1);
        if (end && key_parse(name, &key) == 0)
            keys = end + 1;
        else
            keys += utf8_decode(keys, strlen(keys), &key.code);
        dashboard_key(dash, &key);
    }
}

static void press_something(void)
{
    static const char *const pastes[] = {"x\n\033[31m\xff: y", "\033[201~\033[2J", "\xe2\x80\xae", "%s%n", "", large};
    struct key key = {0};
    size_t what = pick(100);
    if (what < 40) {
        key.code = (uint32_t)(' ' + pick(0x7f - ' '));
        if (key.code == 'e' || key.code == '|' || key.code == '!') /* what others' programs are started with */
            key.code = ':';
    } else if (what < 60) {
        key_parse(names[pick(ARRAY_SIZE(names))], &key);
    } else if (what < 72) {
        key = (struct key){.code = (uint32_t)(K_CLICK + pick(K_WHEEL_DOWN - K_CLICK + 1)), .x = (int)pick(130) - 2, .y = (int)pick(50) - 2,
                           .button = 1 + (int)pick(3)};
    } else if (what < 75) {
        const char *text = pastes[pick(ARRAY_SIZE(pastes))];
        key = (struct key){.code = K_PASTE, .text = text, .text_len = strlen(text)};
    } else if (what < 78) {
        resize(1 + (int)pick(pick(3) ? 140 : pick(2) ? 300 : 12), 1 + (int)pick(pick(3) ? 50 : pick(2) ? 100 : 6));
        return;
    } else {
        type(lines[pick(ARRAY_SIZE(lines))]);
        return;
    }
    dashboard_key(dash, &key);
}

START_TEST(storms)
{
    char folder[] = "/tmp/patchbay-storm-XXXXXX", gone[64];
    ck_assert(mkdtemp(folder) && chdir(folder) == 0); /* some keys save */
    setenv("EDITOR", "true", 1);
    memset(large, 'x', sizeof large - 1);
    state = (uint64_t)(_i + 1) * UINT64_C(0x9e3779b97f4a7c15);
    script_setup();
    scene = scene_new(script.loop, scene_names[_i % 7], loop_wall(script.loop));
    scene->model.client = script.client;
    scene->model.ops.shell = NULL;
    if (pick(2))
        scene_forward(scene);
    dash = dashboard_new(&scene->model, &(struct dashboard_options){.view = "pods"}, 80, 24);
    for (int i = 0; i < KEYS; i++) {
        press_something();
        if (pick(7) == 0)
            put_pod((int)pick(5));
        if (pick(9) == 0)
            detect();
        if (pick(3) == 0 && script.taken < script.started)
            answer();
        if (pick(29) == 0)
            pass((double)pick(50) / 10);
        if (i % DRAWN == 0)
            look();
        if (pick(60) == 0) {
            resize(80 + (int)pick(2) * 40, 24);
            type("<Esc><Esc><Esc>");
        }
    }
    dashboard_free(dash);
    scene_free(scene);
    script_teardown();
    snprintf(gone, sizeof gone, "rm -r %s", folder);
    ck_assert(chdir("/") == 0 && system(gone) == 0);
}
END_TEST

Suite *ui_storm_suite(void)
{
    Suite *suite = suite_create("ui storms");
    TCase *tcase = tcase_create("storms");
    tcase_set_timeout(tcase, 300);
    tcase_add_loop_test(tcase, storms, 0, SEEDS);
    suite_add_tcase(suite, tcase);
    return suite;
}
