#include "k8s/rollout.h"

#include "k8s/owned.h"
#include "k8s_script.h"

#define PATH "/apis/apps/v1/namespaces/media/deployments/camera"
#define FIELDS                                                                                                         \
    "{'f:metadata':{'f:labels':{'f:graph':{},'f:stopped':{}}},'f:spec':{'f:replicas':{},'f:selector':{},'f:template':{" \
    "'f:spec':{'f:containers':{'k:{\\'name\\':\\'main\\'}':{'.':{},'f:args':{},'f:name':{},'f:env':{'k:{\\'name\\':\\'A\\'}':{'.':{}," \
    "'f:name':{},'f:value':{}}}}},'f:volumes':{'k:{\\'name\\':\\'v\\'}':{'.':{},'f:emptyDir':{},'f:name':{}}}}}}}"
#define OBJECT(uid, rv)                                                                                                \
    "{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':'camera','namespace':'media','uid':'" uid          \
    "','resourceVersion':'" rv "','generation':4,'labels':{'graph':'lobby','stopped':'2','tier':'front'},"             \
    "'annotations':{'note':'theirs'},'managedFields':["                                                                \
    "{'manager':'patchbay','operation':'Update','fieldsV1':{'f:spec':{'f:minReadySeconds':{}}}},"                      \
    "{'manager':'patchbay','operation':'Apply','subresource':'status','fieldsV1':{'f:status':{}}},"                    \
    "{'manager':'patchbay','operation':'Apply','fieldsV1':" FIELDS "},"                                                \
    "{'manager':'kubectl','operation':'Apply','fieldsV1':{'f:spec':{'f:paused':{}}}}]},"                               \
    "'spec':{'replicas':2,'minReadySeconds':5,'paused':true,'selector':{'matchLabels':{'a':'b'}},'template':{'spec':{" \
    "'restartPolicy':'Always','containers':[{'name':'other','image':'o'},{'name':'main','image':'theirs','args':['x','y'],"    \
    "'env':[{'name':'B','value':'theirs'},{'name':'A','value':'1'}]}],'volumes':[{'name':'v','emptyDir':{}}]}}},"      \
    "'status':{'replicas':2}}"
#define APPLIED(replicas)                                                                                              \
    "'spec':{'replicas':" replicas ",'selector':{'matchLabels':{'a':'b'}},'template':{'spec':{'containers':[{'args':['x','y']," \
    "'name':'main','env':[{'name':'A','value':'1'}]}],'volumes':[{'emptyDir':{},'name':'v'}]}}"

/* JSON with ' for ", and \' for a " within a text. */
static char *quoted(const char *text)
{
    struct buf out;
    buf_init(&out, 1 << 16);
    for (; *text; text++) {
        if (*text == '\\' && text[1] == '\'') {
            buf_adds(&out, "\\\"");
            text++;
        } else {
            buf_addc(&out, *text == '\'' ? '"' : *text);
        }
    }
    return buf_take(&out);
}

static void answer(struct script_call *call, int status, const char *text)
{
    char *json = quoted(text);
    script_answer(call, status, json);
    free(json);
}

static void expect_body(const struct script_call *call, const char *text)
{
    struct err err = ERR_INIT;
    char *json = quoted(text);
    cJSON *wanted = json_parse(json, strlen(json), &err), *is = json_parse(call->body, strlen(call->body), &err);
    ck_assert_msg(wanted && is, "%s", err.text);
    ck_assert_msg(json_equal(wanted, is), "body is %s", call->body);
    cJSON_Delete(wanted);
    cJSON_Delete(is);
    free(json);
}

static struct {
    struct rollout_ask ask;
    struct err refusal; /* of decide */
    int looks, times;
    enum rollout_end end;
    struct err err;
    bool unreachable;
} got;

static void setup(void)
{
    script_setup();
    memset(&got, 0, sizeof got);
}

static int decide(void *data, const cJSON *object, struct rollout_ask *ask, struct err *err)
{
    (void)data;
    ck_assert_str_eq(json_str(object, "metadata.name"), "camera");
    got.looks++;
    *ask = got.ask;
    *err = got.refusal;
    return err_is_set(err) ? -1 : 0;
}

static void on_done(void *data, enum rollout_end end, const cJSON *object, const struct err *err, bool unreachable)
{
    (void)data;
    (void)object;
    got.times++;
    got.end = end;
    got.err = *err;
    got.unreachable = unreachable;
}

static struct rollout *start(struct rollout_ask ask, const char *uid, bool force, bool dry_run)
{
    struct rollout_options options = {.ns = "media", .name = "camera", .uid = uid, .manager = "patchbay",
                                      .force = force, .dry_run = dry_run};
    got.ask = ask;
    return rollout_start(script.client, &options, decide, on_done, NULL);
}

static struct script_call *expect_patch(const char *query, const char *type)
{
    struct script_call *call = script_next();
    ck_assert_str_eq(call->method, "PATCH");
    ck_assert_pstr_eq(strstr(call->url, PATH), query);
    ck_assert_msg(strstr(call->headers, type) != NULL, "%s", call->headers);
    return call;
}

/* All that was applied by the manager is said again, and nothing that others own. */
START_TEST(scale_says_all_again)
{
    start((struct rollout_ask){ROLLOUT_SCALE, 5, "stopped", ""}, NULL, false, false);
    answer(script_expect("GET", PATH), 200, OBJECT("u1", "7"));
    struct script_call *call = expect_patch(PATH "?fieldManager=patchbay", "Content-Type: application/apply-patch+yaml\n");
    expect_body(call, "{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':'camera','namespace':'media','uid':'u1',"
                      "'resourceVersion':'7','labels':{'graph':'lobby'}}," APPLIED("5") "}}");
    answer(call, 200, OBJECT("u1", "8"));
    ck_assert(got.times == 1 && got.end == ROLLOUT_WRITTEN && !err_is_set(&got.err));
}
END_TEST

START_TEST(a_label_is_set_with_it)
{
    start((struct rollout_ask){ROLLOUT_SCALE, 0, "stopped", "9"}, "u1", true, true);
    answer(script_expect("GET", PATH), 200, OBJECT("u1", "7"));
    struct script_call *call = expect_patch(PATH "?fieldManager=patchbay&force=true&dryRun=All", "apply-patch+yaml\n");
    expect_body(call, "{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':'camera','namespace':'media','uid':'u1',"
                      "'resourceVersion':'7','labels':{'graph':'lobby','stopped':'9'}}," APPLIED("0") "}}");
    answer(call, 200, "{}");
    ck_assert(got.end == ROLLOUT_WRITTEN);
}
END_TEST

START_TEST(pause_is_said_too)
{
    start((struct rollout_ask){.what = ROLLOUT_PAUSE}, NULL, false, false);
    answer(script_expect("GET", PATH), 200, OBJECT("u1", "7"));
    struct script_call *call = expect_patch(PATH "?fieldManager=patchbay", "apply-patch+yaml\n");
    expect_body(call, "{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':'camera','namespace':'media','uid':'u1',"
                      "'resourceVersion':'7','labels':{'graph':'lobby','stopped':'2'}}," APPLIED("2") ",'paused':true}}");
    answer(call, 200, "{}");
    ck_assert(got.end == ROLLOUT_WRITTEN);
}
END_TEST

/* As kubectl's: no apply owns the annotation, and no pause survives. */
START_TEST(restart_and_resume_are_patches)
{
    static const char type[] = "Content-Type: application/strategic-merge-patch+json\n";
    start((struct rollout_ask){.what = ROLLOUT_RESTART}, NULL, true, false);
    answer(script_expect("GET", PATH), 200, OBJECT("u1", "7"));
    struct script_call *call = expect_patch(PATH "?fieldManager=patchbay", type);
    cJSON *body = cJSON_Parse(call->body);
    const char *at = rollout_restarted_at(body);
    ck_assert_ptr_nonnull(at);
    ck_assert_uint_eq(strlen(at), strlen("2025-03-01T10:00:00Z"));
    ck_assert_str_eq(json_str(body, "metadata.uid"), "u1");
    ck_assert_str_eq(json_str(body, "metadata.resourceVersion"), "7");
    cJSON_Delete(body);
    answer(call, 200, "{}");
    start((struct rollout_ask){.what = ROLLOUT_RESUME}, NULL, false, true);
    answer(script_expect("GET", PATH), 200, OBJECT("u1", "8"));
    call = expect_patch(PATH "?fieldManager=patchbay&dryRun=All", type);
    expect_body(call, "{'spec':{'paused':null},'metadata':{'uid':'u1','resourceVersion':'8'}}");
    answer(call, 200, "{}");
    ck_assert_int_eq(got.times, 2);
}
END_TEST

#define STALE "{'kind':'Status','reason':'Conflict','message':'the object has been modified'}"

/* Somebody wrote meanwhile: it is looked at again, a bounded number of times. */
START_TEST(a_stale_version_is_read_again)
{
    start((struct rollout_ask){.what = ROLLOUT_RESTART}, NULL, false, false);
    answer(script_expect("GET", PATH), 200, OBJECT("u1", "7"));
    answer(script_expect("PATCH", PATH), 409, STALE);
    answer(script_expect("GET", PATH), 200, OBJECT("u1", "8"));
    struct script_call *call = script_expect("PATCH", PATH);
    ck_assert_ptr_nonnull(strstr(call->body, "\"resourceVersion\":\"8\""));
    answer(call, 200, "{}");
    ck_assert(got.end == ROLLOUT_WRITTEN && got.looks == 2);
    start((struct rollout_ask){.what = ROLLOUT_RESTART}, NULL, false, false);
    for (int i = 0; i < 8; i++) {
        answer(script_expect("GET", PATH), 200, OBJECT("u1", "7"));
        answer(script_expect("PATCH", PATH), 409, STALE);
    }
    script_none();
    ck_assert_int_eq(got.end, ROLLOUT_FAILED);
    ck_assert_str_eq(got.err.text, "cannot change deployment camera: the object has been modified");
}
END_TEST

START_TEST(another_object_of_the_name_is_left_alone)
{
    start((struct rollout_ask){.what = ROLLOUT_RESTART}, "u1", false, false);
    answer(script_expect("GET", PATH), 200, OBJECT("u2", "7"));
    script_none();
    ck_assert(got.end == ROLLOUT_FAILED && !got.looks);
    ck_assert_str_eq(got.err.text, "deployment camera was made anew meanwhile, and is left alone; look again");
    /* Also one that came between look and look. */
    start((struct rollout_ask){.what = ROLLOUT_RESTART}, NULL, false, false);
    answer(script_expect("GET", PATH), 200, OBJECT("u1", "7"));
    answer(script_expect("PATCH", PATH), 409, STALE);
    answer(script_expect("GET", PATH), 200, OBJECT("u2", "9"));
    script_none();
    ck_assert(got.times == 2 && got.end == ROLLOUT_FAILED && got.looks == 1);
}
END_TEST

START_TEST(nothing_asked_is_nothing_written)
{
    start((struct rollout_ask){.what = ROLLOUT_NOTHING}, NULL, false, false);
    answer(script_expect("GET", PATH), 200, OBJECT("u1", "7"));
    script_none();
    ck_assert(got.times == 1 && got.end == ROLLOUT_LEFT);
    err_set(&got.refusal, "camera: is stopped");
    start((struct rollout_ask){.what = ROLLOUT_RESTART}, NULL, false, false);
    answer(script_expect("GET", PATH), 200, OBJECT("u1", "7"));
    script_none();
    ck_assert(got.times == 2 && got.end == ROLLOUT_FAILED && !got.unreachable);
    ck_assert_str_eq(got.err.text, "camera: is stopped");
}
END_TEST

START_TEST(failures_are_sentences)
{
    start((struct rollout_ask){ROLLOUT_SCALE, 3, NULL, ""}, NULL, false, false);
    answer(script_expect("GET", PATH), 200, OBJECT("u1", "7"));
    answer(script_expect("PATCH", PATH), 409,
           "{'kind':'Status','reason':'Conflict','message':'Apply failed','details':{'causes':[{'reason':'FieldManagerConflict',"
           "'message':'conflict with \\'kubectl\\' using apps/v1','field':'.spec.replicas'}]}}");
    script_none(); /* it would be the same again */
    ck_assert_str_eq(got.err.text, "cannot change deployment camera: the field .spec.replicas belongs to 'kubectl'; forcing it "
                                   "takes it over");
    start((struct rollout_ask){ROLLOUT_SCALE, 3, NULL, ""}, NULL, false, false);
    answer(script_expect("GET", PATH), 404, "{'kind':'Status','reason':'NotFound','message':'deployments.apps \\'camera\\' not found'}");
    ck_assert_str_eq(got.err.text, "cannot read deployment camera: deployments.apps \"camera\" not found");
    ck_assert(!got.unreachable);
    start((struct rollout_ask){ROLLOUT_SCALE, 3, NULL, ""}, NULL, false, false);
    script_refuse(script_expect("GET", PATH));
    ck_assert(got.unreachable && got.end == ROLLOUT_FAILED);
    struct rollout *rollout = start((struct rollout_ask){ROLLOUT_SCALE, 3, NULL, ""}, NULL, false, false);
    script_expect("GET", PATH);
    rollout_cancel(rollout);
    ck_assert_int_eq(got.times, 3);
}
END_TEST

/* Who has applied nothing says the one thing alone; what is odd in managedFields harms nobody. */
START_TEST(odd_managed_fields)
{
    static const char *const odd[] = {
        "[]", "null", "[{'manager':'patchbay','operation':'Apply'}]", "[{'manager':'patchbay','operation':'Apply','fieldsV1':{}}]",
        "[{'manager':'patchbay','operation':'Apply','fieldsV1':{'f:spec':{'f:none':{},'k:nonsense':{},'v:1':{}}}}]",
        "[{'manager':'patchbay','operation':'Apply','fieldsV1':{'f:list':{'k:{':{},'i:9':{},'v:{':{}}}}]",
    };
    for (size_t i = 0; i < ARRAY_SIZE(odd); i++) {
        char *text = xasprintf("{'apiVersion':'apps/v1','kind':'Deployment','metadata':{'name':'c','managedFields':%s},"
                               "'spec':{'replicas':1},'list':[1,{'a':2}]}", odd[i]);
        char *json = quoted(text);
        cJSON *object = cJSON_Parse(json), *out = owned_body(object, "patchbay");
        ck_assert_str_eq(json_str(out, "metadata.name"), "c");
        ck_assert_int_eq(json_int(out, "spec.replicas", -1), -1);
        ck_assert_int_eq(cJSON_GetArraySize(json_at(out, "list")), 0);
        cJSON_Delete(object);
        cJSON_Delete(out);
        free(text);
        free(json);
    }
}
END_TEST

/* Values, places and empty ones. */
START_TEST(the_forms_of_fields)
{
    char *json = quoted("{'apiVersion':'v1','kind':'K','metadata':{'name':'c','finalizers':['a','b'],'annotations':{'x':'y'},"
                        "'managedFields':[{'manager':'m','operation':'Apply','fieldsV1':{'f:metadata':{'f:finalizers':{"
                        "'v:\\'b\\'':{}},'f:annotations':{'.':{}}},'f:list':{'i:1':{}},'f:whole':{}}}]},'list':[1,2,3],"
                        "'whole':{'a':[1]}}");
    char *wanted = quoted("{'metadata':{'finalizers':['b'],'annotations':{},'name':'c'},'list':[2],'whole':{'a':[1]},"
                          "'apiVersion':'v1','kind':'K'}");
    cJSON *object = cJSON_Parse(json), *out = owned_body(object, "m"), *is = cJSON_Parse(wanted);
    ck_assert_ptr_nonnull(is);
    ck_assert(json_equal(out, is));
    cJSON_Delete(object);
    cJSON_Delete(out);
    cJSON_Delete(is);
    free(json);
    free(wanted);
}
END_TEST

Suite *k8s_rollout_suite(void)
{
    Suite *suite = suite_create("rollout");
    TCase *tc = tcase_create("rollout");
    tcase_add_checked_fixture(tc, setup, script_teardown);
    tcase_add_test(tc, scale_says_all_again);
    tcase_add_test(tc, a_label_is_set_with_it);
    tcase_add_test(tc, pause_is_said_too);
    tcase_add_test(tc, restart_and_resume_are_patches);
    tcase_add_test(tc, a_stale_version_is_read_again);
    tcase_add_test(tc, another_object_of_the_name_is_left_alone);
    tcase_add_test(tc, nothing_asked_is_nothing_written);
    tcase_add_test(tc, failures_are_sentences);
    tcase_add_test(tc, odd_managed_fields);
    tcase_add_test(tc, the_forms_of_fields);
    suite_add_tcase(suite, tc);
    return suite;
}
