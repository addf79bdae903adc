#include "ops/act.h"

#include "ops/status.h"
#include "tests/unit/ops_test.h"

/* What an act does to a deployment whose spec is this, in a sentence; what is asked for in *ask. */
static const char *decided(enum act act, int replicas, const char *labels, const char *spec, struct rollout_ask *ask)
{
    static char out[ACT_TEXT + 1024];
    struct err err = ERR_INIT;
    char json[2048];
    snprintf(json, sizeof json, "{'metadata':{'name':'thing','labels':{%s}},'spec':{%s}}", labels, spec);
    struct record *record = record_of(&kind_deployment, json);
    struct act_request request = {act, replicas, act == ACT_START ? replicas : -1};
    char text[ACT_TEXT];
    if (act_decide(&request, (const struct deployment *)record, ask, text, &err) < 0)
        snprintf(out, sizeof out, "refused: %s", err.text);
    else
        snprintf(out, sizeof out, "%s%s", ask->what == ROLLOUT_NOTHING ? "nothing: " : "", text);
    record_unref(record);
    return out;
}

#define GPU "'strategy':{'type':'Recreate'},'template':{'spec':{'containers':[{'resources':{'limits':{'nvidia.com/gpu':'1'}}}]}}"
#define VOLUME                                                                                                         \
    "'strategy':{'type':'Recreate'},'template':{'spec':{'volumes':[{'persistentVolumeClaim':{'claimName':'thing'}}]}}"
#define STOPPED "'patchbay.dev/stopped-from':'3'"

static const struct {
    enum act act;
    int replicas;
    const char *labels, *spec, *says;
} cases[] = {
    {ACT_RESTART, 0, "", "'replicas':1," GPU, "restarts 1 pod; it has a GPU, so there is a gap"},
    {ACT_RESTART, 0, "", "'replicas':1," VOLUME, "restarts 1 pod; its volume is one pod's at a time, so there is a gap"},
    {ACT_RESTART, 0, "", "'replicas':2,'strategy':{'type':'Recreate'}",
     "restarts 2 pods; the old ones end first (Recreate), so there is a gap"},
    {ACT_RESTART, 0, "", "'replicas':2", "restarts 2 pods, by a rolling update"},
    {ACT_RESTART, 0, "", "'replicas':0", "refused: is stopped: there is no pod to restart; start it instead"},
    {ACT_RESTART, 0, "", "'replicas':1,'paused':true", "refused: is paused, and cannot be restarted until it is resumed"},
    {ACT_STOP, 0, "", "'replicas':1", "stops 1 pod; start brings it back"},
    {ACT_STOP, 0, "", "'replicas':3", "stops 3 pods; start brings them back"},
    {ACT_STOP, 0, "", "'replicas':0", "nothing: is stopped already"},
    {ACT_START, 1, STOPPED, "'replicas':0", "starts 3 pods, as many as there were"},
    {ACT_START, 2, "", "'replicas':0", "starts 2 pods, as the graph says"},
    {ACT_START, -1, "'patchbay.dev/stopped-from':'many'", "'replicas':0",
     "starts 1 pod, for how many there were is not known"},
    {ACT_START, 0, "", "'replicas':0",
     "refused: is wanted by the graph without a pod; scale it to as many as it is to have"},
    {ACT_START, 1, STOPPED, "'replicas':2", "nothing: runs already: 2 pods are wanted"},
    {ACT_SCALE, 4, "", "'replicas':1", "scales from 1 to 4 pods"},
    {ACT_SCALE, 2, "", "'replicas':1," GPU, "scales from 1 to 2 pods; each needs a GPU"},
    {ACT_SCALE, 1, "", "'replicas':2," GPU, "scales from 2 to 1 pod"},
    {ACT_SCALE, 2, "", "'replicas':2", "nothing: is scaled to 2 pods already"},
    {ACT_SCALE, 2, "", "'replicas':1," VOLUME, "refused: cannot have 2 pods: only one pod at a time may use its volume"},
    {ACT_SCALE, 1, STOPPED, "'replicas':0," VOLUME, "scales from 0 to 1 pod"},
    {ACT_SCALE, 0, "", "'replicas':2", "stops 2 pods; start brings them back"},
    {ACT_PAUSE, 0, "", "'replicas':1", "pauses its rollout; its pods run on"},
    {ACT_PAUSE, 0, "", "'paused':true", "nothing: is paused already"},
    {ACT_RESUME, 0, "", "'paused':true", "resumes its rollout"},
    {ACT_RESUME, 0, "", "", "nothing: is not paused"},
};

START_TEST(each_act_says_what_it_does)
{
    struct rollout_ask ask;
    ck_assert_str_eq(decided(cases[_i].act, cases[_i].replicas, cases[_i].labels, cases[_i].spec, &ask), cases[_i].says);
}
END_TEST

START_TEST(what_is_stopped_is_remembered)
{
    struct rollout_ask ask;
    decided(ACT_STOP, 0, "", "'replicas':3", &ask);
    ck_assert(ask.what == ROLLOUT_SCALE && ask.replicas == 0);
    ck_assert_str_eq(ask.label, "patchbay.dev/stopped-from");
    ck_assert_str_eq(ask.value, "3");
    decided(ACT_START, 1, STOPPED, "'replicas':0", &ask);
    ck_assert(ask.what == ROLLOUT_SCALE && ask.replicas == 3);
    ck_assert_str_eq(ask.value, ""); /* and then forgotten */
    decided(ACT_SCALE, 5, STOPPED, "'replicas':0", &ask);
    ck_assert(ask.replicas == 5 && !*ask.value);
}
END_TEST

START_TEST(what_goes_away_is_left_alone)
{
    struct err err = ERR_INIT;
    struct rollout_ask ask;
    char text[ACT_TEXT];
    struct record *record =
        record_of(&kind_deployment, "{'metadata':{'name':'thing','deletionTimestamp':'2025-03-01T10:00:00Z'}}");
    for (int act = 0; act < ACT_COUNT; act++) {
        err_clear(&err);
        ck_assert_int_lt(act_decide(&(struct act_request){.act = (enum act)act}, (const struct deployment *)record, &ask, text,
                                    &err), 0);
        ck_assert_str_eq(err.text, "is being deleted");
        ck_assert_int_eq(ask.what, ROLLOUT_NOTHING);
    }
    record_unref(record);
    act_external(ACT_RESTART, &err);
    ck_assert_str_eq(err.text, "is external: there is no pod of it to restart");
}
END_TEST

START_TEST(states_have_words)
{
    static const struct {
        const char *spec, *word;
    } states[] = {{"'replicas':0", "Stopped"}, {"'replicas':0,'paused':true", "Stopped"},
                  {"'replicas':1,'paused':true", "Paused"}, {"'replicas':1", NULL}};
    for (size_t i = 0; i < ARRAY_SIZE(states); i++) {
        char json[200];
        snprintf(json, sizeof json, "{'metadata':{'name':'thing'},'spec':{%s}}", states[i].spec);
        struct record *record = record_of(&kind_deployment, json);
        ck_assert_pstr_eq(deployment_state((const struct deployment *)record), states[i].word);
        record_unref(record);
    }
}
END_TEST

Suite *ops_act_suite(void)
{
    Suite *suite = suite_create("act");
    TCase *tc = tcase_create("act");
    tcase_add_loop_test(tc, each_act_says_what_it_does, 0, ARRAY_SIZE(cases));
    tcase_add_test(tc, what_is_stopped_is_remembered);
    tcase_add_test(tc, what_goes_away_is_left_alone);
    tcase_add_test(tc, states_have_words);
    suite_add_tcase(suite, tc);
    return suite;
}
