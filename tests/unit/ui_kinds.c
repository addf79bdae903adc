#include "ui_test.h"

#include "base/time.h"
#include "k8s_script.h"
#include "tests/screen/compare.h"
#include "tests/screen/scene.h"
#include "ui/dashboard_private.h"

/* Kinds that only the server knows, and objects in words, against a scripted server. */
static struct scene *scene;
static struct dashboard *dash;

static void begin(int w, int h)
{
    script_setup();
    scene = scene_new(script.loop, "lobby", loop_wall(script.loop));
    scene->model.client = script.client;
    dash = dashboard_new(&scene->model, &(struct dashboard_options){.view = "pods"}, w, h);
}

static void end(void)
{
    dashboard_free(dash);
    scene_free(scene);
    script_teardown();
}

static void send(struct script_call *call, int status, const char *json)
{
    char *text = xstrdup(json);
    for (char *c = text; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    if (status)
        script_answer(call, status, text);
    else
        script_text(call, text);
    free(text);
}

static void expect_screen(const char *name, int w, int h)
{
    char path[512], full[128];
    snprintf(full, sizeof full, "%s-%dx%d", name, w, h);
    char *text = ui_text(dashboard_draw(dash), false);
    ck_assert_msg(compare_same_file(ui_golden(path, sizeof path, full), text), "%s", full);
    free(text);
}

static bool shows(const char *words)
{
    char *text = ui_text(dashboard_draw(dash), false);
    bool there = strstr(text, words) != NULL;
    if (!there)
        fputs(text, stderr);
    free(text);
    return there;
}

static void discover(void)
{
    send(script_expect("GET", "/api"), 200,
         "{'kind':'APIGroupDiscoveryList','items':[{'metadata':{},'versions':[{'version':'v1','resources':["
         "{'resource':'secrets','singularResource':'secret','scope':'Namespaced','responseKind':{'kind':'Secret'},'verbs':['get','list','watch']},"
         "{'resource':'events','singularResource':'event','scope':'Namespaced','responseKind':{'kind':'Event'},'verbs':['get','list']}]}]}]}");
    send(script_expect("GET", "/apis"), 200,
         "{'kind':'APIGroupDiscoveryList','items':[{'metadata':{'name':'example.com'},'versions':[{'version':'v1','resources':["
         "{'resource':'cameras','singularResource':'camera','scope':'Namespaced','shortNames':['cam'],'responseKind':{'kind':'Camera'},'verbs':['get','list','watch']}]}]},"
         "{'metadata':{'name':'example.org'},'versions':[{'version':'v1','resources':["
         "{'resource':'cameras','singularResource':'camera','scope':'Cluster','responseKind':{'kind':'Camera'},'verbs':['get','list','watch']}]}]}]}");
    script_settle();
}

/* A time so many seconds ago. */
static const char *ago(int seconds)
{
    static char text[TIME_TEXT];
    return time_format(text, loop_wall(script.loop) - seconds * NSEC_PER_SEC, 0);
}

static void add_row(struct buf *out, const char *ns, const char *name, const char *place, int fps, int age)
{
    buf_addf(out,
             "%s{'cells':['%s','%s',%d,'%s-lens','5m'],'object':{'metadata':{'name':'%s','namespace':'%s','uid':'%s-%s','resourceVersion':'%d',"
             "'creationTimestamp':'%s'}}}",
             out->len ? "," : "", name, place, fps, name, name, ns, ns, name, fps, ago(age));
}

#define COLUMNS                                                                                                                      \
    "'columnDefinitions':[{'name':'Name','type':'string'},{'name':'Place','type':'string'},{'name':'Fps','type':'integer'},"         \
    "{'name':'Lens','type':'string','priority':1},{'name':'Age','type':'date'}]"

/* Rows of cameras; returns their watch. */
static struct script_call *list_cameras(void)
{
    struct buf rows, table;
    buf_init(&rows, 1u << 20);
    buf_init(&table, 1u << 20);
    add_row(&rows, "media", "north", "gate", 25, 300);
    add_row(&rows, "media", "south", "a yard behind the house", 5, 7200);
    add_row(&rows, "media", "west", "roof", 10, 12);
    buf_addf(&table, "{'kind':'Table','metadata':{'resourceVersion':'30'},%s,'rows':[%s]}", COLUMNS, rows.data);
    send(script_expect("GET", "/cameras?limit=1&includeObject=None"), 200, "{'kind':'Table','metadata':{}," COLUMNS ",'rows':[]}");
    send(script_expect("GET", "/cameras?limit=500&includeObject=Metadata"), 200, table.data);
    struct script_call *watch = script_expect("GET", "/cameras?watch=1");
    script_head(watch, 200, 0);
    buf_release(&rows);
    buf_release(&table);
    return watch;
}

static const int sizes[][2] = {{80, 24}, {120, 40}};

START_TEST(a_kind_by_the_servers_columns)
{
    int w = sizes[_i][0], h = sizes[_i][1];
    begin(w, h);
    ui_type(dash, ":");
    discover(); /* when a line is begun */
    ui_type(dash, "cam<Enter>");
    struct script_call *watch = list_cameras();
    ui_type(dash, "j");
    expect_screen("kind", w, h);
    ui_type(dash, ">>><I>");
    struct buf row, event;
    buf_init(&row, 4096);
    buf_init(&event, 8192);
    add_row(&row, "media", "east", "cellar", 7, 1);
    buf_addf(&event, "{'type':'ADDED','object':{'kind':'Table','rows':[%s]}}", row.data);
    send(watch, 0, event.data);
    script_pass(1);
    expect_screen("kind-ordered", w, h);
    buf_release(&row);
    buf_release(&event);
    end();
}
END_TEST

START_TEST(what_a_word_means_is_asked_of_the_server)
{
    begin(80, 24);
    ui_type(dash, ":nonesuch<Enter>");
    ck_assert(shows("asking the cluster what 'nonesuch' is"));
    discover();
    ck_assert(shows("there is no command 'nonesuch'"));
    ui_type(dash, ":camrea<Enter>");
    ck_assert(shows("did you mean 'cameras'"));
    ui_type(dash, ":cameras<Enter>");
    list_cameras();
    ck_assert(shows("'cameras' is cameras.example.com here; cameras.example.org is another one"));
    ui_type(dash, ":ca<Tab>");
    ck_assert(shows("cameras"));
    ui_type(dash, "<Esc>:kinds<Enter>");
    script_settle();
    ck_assert(shows("Camera.example.org/v1"));
    end();
}
END_TEST

START_TEST(a_refusal_stands_where_the_rows_would)
{
    begin(80, 24);
    ui_type(dash, ":");
    discover();
    ui_type(dash, "secrets<Enter>");
    send(script_next(), 403, "{'kind':'Status','code':403,'message':'secrets is forbidden: User eve cannot list it'}");
    send(script_next(), 403, "{'kind':'Status','code':403,'message':'secrets is forbidden: User eve cannot list it'}");
    script_settle();
    expect_screen("kind-refused", 80, 24);
    end();
}
END_TEST

#define CAMERA(rv, place)                                                                                                            \
    "{'kind':'Camera','apiVersion':'example.com/v1','metadata':{'name':'north','namespace':'media','uid':'media-north','resourceVersion':'" rv \
    "'},'spec':{'place':'" place "','fps':25,'streams':[{'codec':'mjpeg','height':720},{'codec':'h264','height':1080}],"             \
    "'source':'rtsp://admin:hunter2@10.0.0.9/stream'},'status':{'conditions':[{'type':'Connected','status':'True','reason':'Streaming','message':'25 frames/s'}]}}"

/* Answers what a description asks for, in whatever order; returns the watch of its row, if that was asked for. */
static struct script_call *tell(int requests, const char *object)
{
    struct script_call *watch = NULL;
    for (int i = 0; i < requests; i++) {
        struct script_call *call = script_next();
        if (strstr(call->url, "/events?"))
            send(call, 200, "{'kind':'EventList','items':[{'type':'Warning','reason':'Shaky','message':'the picture is not still','count':3,'source':{'component':'eye'}}]}");
        else if (strstr(call->url, "watch=1"))
            script_head(watch = call, 200, 0);
        else if (strstr(call->url, "fieldSelector=metadata.name%3Dnorth"))
            send(call, 200, "{'kind':'Table','metadata':{'resourceVersion':'30'},'rows':[]}");
        else if (strstr(call->url, "/namespaces/media/cameras/north"))
            send(call, 200, object);
        else
            ck_abort_msg("%s", call->url);
    }
    return watch;
}

START_TEST(an_object_in_words)
{
    int w = sizes[_i][0], h = sizes[_i][1];
    begin(w, h);
    ui_type(dash, ":");
    discover();
    ui_type(dash, "cam<Enter>");
    list_cameras();
    ui_type(dash, "d");
    struct script_call *watch = tell(4, CAMERA("7", "gate"));
    ck_assert_ptr_nonnull(watch);
    expect_screen("describe", w, h);
    /* It changes while it is read. */
    send(watch, 0, "{'type':'MODIFIED','object':{'kind':'Table','rows':[{'cells':['north'],'object':{'metadata':{'name':'north','namespace':'media','uid':'media-north','resourceVersion':'31'}}}]}}");
    tell(2, CAMERA("31", "cellar"));
    ck_assert(shows("cellar"));
    /* It is deleted: what was read stays, and the line says so. */
    send(watch, 0, "{'type':'DELETED','object':{'kind':'Table','rows':[{'cells':['north'],'object':{'metadata':{'name':'north','namespace':'media','uid':'media-north','resourceVersion':'32'}}}]}}");
    send(script_expect("GET", "/cameras/north"), 404, "{'kind':'Status','code':404,'message':'cameras.example.com north not found'}");
    ck_assert(shows("cellar"));
    ck_assert(shows("not found: this is how it was"));
    end();
}
END_TEST

START_TEST(no_secret_is_shown)
{
    begin(80, 24);
    ui_type(dash, ":");
    discover();
    ui_type(dash, "describe secret media/pass<Enter>");
    for (int i = 0; i < 4; i++) {
        struct script_call *call = script_next();
        if (strstr(call->url, "/events?"))
            send(call, 403, "{'kind':'Status','code':403,'message':'events is forbidden'}");
        else if (strstr(call->url, "watch=1"))
            script_head(call, 200, 0);
        else if (strstr(call->url, "fieldSelector"))
            send(call, 200, "{'kind':'Table','metadata':{'resourceVersion':'30'},'rows':[]}");
        else
            send(call, 200, "{'kind':'Secret','apiVersion':'v1','metadata':{'name':'pass','namespace':'media','uid':'u'},'data':{'word':'c3dvcmRmaXNo'}}");
    }
    ck_assert(shows("*** (9 bytes)"));
    ck_assert(shows("not known: events is forbidden"));
    ui_type(dash, "y");
    send(script_expect("GET", "/secrets/pass"), 200, "{'kind':'Secret','apiVersion':'v1','metadata':{'name':'pass'},'data':{'word':'c3dvcmRmaXNo'}}");
    ck_assert(shows("*** (9 bytes)"));
    end();
}
END_TEST

/* The cluster is left: nothing of it is asked any more, and nothing of it is shown. */
START_TEST(another_cluster)
{
    begin(80, 24);
    ui_type(dash, ":");
    discover();
    ui_type(dash, "cam<Enter>");
    list_cameras();
    model_changed(&scene->model, CHANGED_CONTEXT); /* no frame was drawn since this one came */
    model_changed(&scene->model, CHANGED_CLIENT);
    script_none();
    scene->model.client = NULL;
    model_changed(&scene->model, CHANGED_CONTEXT);
    ck_assert(shows("there is no cluster here"));
    ui_type(dash, ":cam<Enter>");
    ck_assert(shows("there is no command 'cam'"));
    end();
}
END_TEST

Suite *ui_kinds_suite(void)
{
    Suite *suite = suite_create("ui kinds");
    TCase *tc = tcase_create("kinds");
    tcase_add_loop_test(tc, a_kind_by_the_servers_columns, 0, ARRAY_SIZE(sizes));
    tcase_add_test(tc, what_a_word_means_is_asked_of_the_server);
    tcase_add_test(tc, a_refusal_stands_where_the_rows_would);
    tcase_add_loop_test(tc, an_object_in_words, 0, ARRAY_SIZE(sizes));
    tcase_add_test(tc, no_secret_is_shown);
    tcase_add_test(tc, another_cluster);
    suite_add_tcase(suite, tc);
    return suite;
}
