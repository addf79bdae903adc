#include "k8s/tablewatch.h"
#include "k8s_script.h"

/* Rows of any kind, as the server prints them. */
static struct store *cameras;
static struct tablewatch *watch;
static int changes;

static void on_changed(void *data UNUSED, struct tablewatch *w UNUSED)
{
    changes++;
}

static void setup(void)
{
    script_setup();
    changes = 0;
    cameras = store_new(tablerow_kind("example.com", "v1", "cameras", "Camera", true));
    watch = tablewatch_new(script.client, cameras, &(struct reflector_options){.ns = "m"}, on_changed, NULL);
}

static void teardown(void)
{
    tablewatch_free(watch);
    store_free(cameras);
    script_teardown();
}

#define COLUMNS                                                                                                                     \
    "'columnDefinitions':[{'name':'Name','type':'string','format':'name','priority':0},{'name':'Fps','type':'integer','priority':0}," \
    "{'name':'Lens','type':'string','priority':1},{'name':'Seen','type':'date','priority':0},{'name':'Age','type':'date','priority':0}]"
#define ROW(name, uid, rv, fps)                                                                                                     \
    "{'cells':['" name "'," fps ",null,'3d4h','5m'],'object':{'kind':'PartialObjectMetadata','metadata':{'name':'" name             \
    "','namespace':'m','uid':'" uid "','resourceVersion':'" rv "','managedFields':[{'manager':'x'}],"                               \
    "'annotations':{'a':'b'},'creationTimestamp':'2026-03-01T12:00:00Z'}}}"
#define TABLE(rv, more, rows) "{'kind':'Table','apiVersion':'meta.k8s.io/v1','metadata':{'resourceVersion':'" rv "'" more "}," COLUMNS ",'rows':[" rows "]}"
#define EVENT(type, row) "{'type':'" type "','object':{'kind':'Table','apiVersion':'meta.k8s.io/v1','metadata':{}," COLUMNS ",'rows':[" row "]}}"

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

static const char *seen(void)
{
    static char text[512];
    text[0] = '\0';
    STORE_EACH(struct tablerow, row, cameras)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s=%s ", row->r.name, tablerow_cell(row, 1));
    return text;
}

static void expect_accept(const struct script_call *call)
{
    ck_assert_msg(strstr(call->headers, "as=Table;v=v1;g=meta.k8s.io,application/json") != NULL, "%s", call->headers);
}

static struct script_call *go_live(void)
{
    struct script_call *call = script_expect("GET", "/apis/example.com/v1/namespaces/m/cameras?limit=1&includeObject=None");
    expect_accept(call);
    send(call, 200, TABLE("5", "", ""));
    call = script_expect("GET", "/apis/example.com/v1/namespaces/m/cameras?limit=500&includeObject=Metadata");
    expect_accept(call);
    send(call, 200, TABLE("10", "", ROW("north", "u1", "7", "25") "," ROW("south", "u2", "8", "5")));
    call = script_expect("GET", "watch=1&resourceVersion=10");
    ck_assert_ptr_nonnull(strstr(call->url, "includeObject=Metadata"));
    expect_accept(call);
    script_head(call, 200, 0);
    return call;
}

START_TEST(rows_come_and_go)
{
    struct script_call *call = go_live();
    size_t count;
    const struct tablerow_column *columns = tablewatch_columns(watch, &count);
    ck_assert_uint_eq(count, 5);
    ck_assert_str_eq(columns[1].name, "Fps");
    ck_assert(columns[0].type == CELL_TEXT && columns[1].type == CELL_NUMBER && columns[3].type == CELL_AGE && !columns[3].created);
    ck_assert(columns[2].priority == 1 && columns[4].created);
    ck_assert_str_eq(seen(), "north=25 south=5 ");
    const struct tablerow *row = (const struct tablerow *)store_find(cameras, "m", "north");
    ck_assert_str_eq(tablerow_cell(row, 2), ""); /* null */
    ck_assert_str_eq(tablerow_cell(row, 99), "");
    ck_assert_int_eq(row->r.created / NSEC_PER_SEC, 1772366400);
    send(call, 0, EVENT("MODIFIED", ROW("north", "u1", "11", "30")) EVENT("ADDED", ROW("west", "u3", "12", "1")) EVENT("DELETED", ROW("south", "u2", "13", "5")));
    ck_assert_str_eq(seen(), "north=30 west=1 ");
    /* A bookmark's row has nothing but the version to go on from. */
    send(call, 0, EVENT("BOOKMARK", "{'cells':['',0,null,null,'<unknown>'],'object':{'metadata':{'resourceVersion':'40','creationTimestamp':null}}}"));
    script_pass(5);
    script_end(call);
    script_expect("GET", "watch=1&resourceVersion=40");
    ck_assert_str_eq(seen(), "north=30 west=1 ");
}
END_TEST

START_TEST(pages_are_shown_as_they_come)
{
    send(script_next(), 200, TABLE("5", "", ""));
    struct script_call *call = script_expect("GET", "limit=500");
    send(call, 200, TABLE("10", ",'continue':'next'", ROW("north", "u1", "7", "25")));
    ck_assert_str_eq(seen(), "north=25 ");
    send(script_expect("GET", "continue=next"), 200, TABLE("10", "", ROW("south", "u2", "8", "5")));
    ck_assert_str_eq(seen(), "north=25 south=5 ");
}
END_TEST

/* The CRD is deleted under the view, and made again with other columns. */
START_TEST(a_kind_that_goes_and_comes_back)
{
    struct script_call *call = go_live();
    send(call, 0, EVENT("DELETED", ROW("north", "u1", "11", "30")) EVENT("DELETED", ROW("south", "u2", "12", "5")));
    script_pass(5);
    script_end(call);
    send(script_expect("GET", "watch=1"), 404, "{'kind':'Status','code':404,'message':'the server could not find the requested resource'}");
    struct script_call *again = script_next();
    if (strstr(again->url, "sendInitialEvents")) {
        send(again, 404, "{'kind':'Status','code':404,'message':'the server could not find the requested resource'}");
        again = script_next();
    }
    if (strstr(again->url, "limit=500")) {
        send(again, 404, "{'kind':'Status','code':404,'message':'the server could not find the requested resource'}");
        ck_assert_int_eq(reflector_state(tablewatch_reflector(watch)), REFLECTOR_REFUSED);
        ck_assert_ptr_nonnull(strstr(reflector_why(tablewatch_reflector(watch)), "could not find"));
        ck_assert_str_eq(seen(), "");
        again = script_next(); /* a minute later */
    }
    if (strstr(again->url, "sendInitialEvents")) {
        send(again, 422, "{'kind':'Status','code':422,'message':'no'}");
        again = script_next();
    }
    send(again, 200, TABLE("20", "", ROW("east", "u9", "19", "2")));
    ck_assert_str_eq(seen(), "east=2 ");
    for (int i = 0; i < 2; i++) { /* the watch, and the columns */
        call = script_next();
        if (strstr(call->url, "watch=1"))
            script_head(call, 200, 0);
        else
            send(call, 200, "{'kind':'Table','metadata':{},'columnDefinitions':[{'name':'Name','type':'string'},{'name':'Place','type':'string'}],'rows':[]}");
    }
    /* Rows in other columns are listed anew, though their versions are those of before. */
    size_t count;
    tablewatch_columns(watch, &count);
    ck_assert_uint_eq(count, 2);
    ck_assert_str_eq(seen(), "");
    send(script_expect("GET", "limit=500"), 200,
         "{'kind':'Table','metadata':{'resourceVersion':'20'},'rows':[{'cells':['east','yard'],'object':{'metadata':{'name':'east','namespace':'m','uid':'u9','resourceVersion':'19'}}}]}");
    ck_assert_str_eq(seen(), "east=yard ");
}
END_TEST

START_TEST(other_columns_are_asked_for_when_a_row_has_them)
{
    go_live();
    tablewatch_doubt(watch, 5);
    script_none();
    script_pass(3);
    tablewatch_doubt(watch, 6);
    script_expect("GET", "limit=1&");
    tablewatch_doubt(watch, 6); /* once */
    script_none();
}
END_TEST

START_TEST(a_refusal_is_a_sentence)
{
    send(script_next(), 403, "{'kind':'Status','code':403,'message':'cameras.example.com is forbidden'}");
    send(script_next(), 403, "{'kind':'Status','code':403,'message':'cameras.example.com is forbidden'}");
    ck_assert_int_eq(reflector_state(tablewatch_reflector(watch)), REFLECTOR_REFUSED);
    ck_assert_ptr_nonnull(strstr(reflector_why(tablewatch_reflector(watch)), "cannot list cameras"));
    ck_assert_int_ge(changes, 1);
}
END_TEST

/* An aggregated API that makes no Tables answers with the objects. */
START_TEST(a_server_without_tables_has_names_and_ages)
{
    size_t count;
    send(script_next(), 200, "{'kind':'CameraList','metadata':{'resourceVersion':'3'},'items':[]}");
    const struct tablerow_column *columns = tablewatch_columns(watch, &count);
    ck_assert_uint_eq(count, 2);
    ck_assert(columns[1].created);
    send(script_next(), 200, "{'kind':'CameraList','metadata':{'resourceVersion':'3'},'items':[{'metadata':{'name':'north','namespace':'m','uid':'u1','resourceVersion':'2'}}]}");
    struct script_call *call = script_expect("GET", "watch=1&resourceVersion=3");
    script_head(call, 200, 0);
    send(call, 0, "{'type':'ADDED','object':{'kind':'Camera','metadata':{'name':'south','namespace':'m','uid':'u2','resourceVersion':'4'}}}");
    ck_assert_str_eq(seen(), "north= south= ");
}
END_TEST

START_TEST(lengths_of_time)
{
    static const struct {
        const char *text;
        double seconds;
    } cases[] = {{"0s", 0}, {"12s", 12}, {"3m20s", 200}, {"2d3h", 2 * 86400 + 3 * 3600}, {"1y2d", 367 * 86400.0}, {"<none>", -1}, {"", -1}, {"5", -1}, {"5x", -1}};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        ck_assert_msg(tablerow_seconds(cases[i].text) == cases[i].seconds, "%s", cases[i].text);
}
END_TEST

Suite *k8s_tablewatch_suite(void)
{
    Suite *suite = suite_create("k8s tablewatch");
    TCase *tc = tcase_create("tablewatch");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, rows_come_and_go);
    tcase_add_test(tc, pages_are_shown_as_they_come);
    tcase_add_test(tc, a_kind_that_goes_and_comes_back);
    tcase_add_test(tc, other_columns_are_asked_for_when_a_row_has_them);
    tcase_add_test(tc, a_refusal_is_a_sentence);
    tcase_add_test(tc, a_server_without_tables_has_names_and_ages);
    tcase_add_test(tc, lengths_of_time);
    suite_add_tcase(suite, tc);
    return suite;
}
