/* Objects as nobody should send them, through the whole program: into the stores, the words and the screen. */
#include "faults.h"

#define ROUNDS 10000
#define BATCH 25          /* objects between two looks at the screen */
#define SETTLED 500       /* rounds after which nothing may grow any more … */
#define GROWTH (4u << 20) /* … by more than this */

static uint32_t seed = 20240817; /* or $FAULTS_SEED, to look further */

static uint32_t chance(uint32_t of)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % of;
}

static const struct {
    const char *plural, *text; /* with ' for " */
} objects[] = {
    {"pods",
     "{'metadata':{'name':'camera-1','namespace':'media','uid':'u1','resourceVersion':'00000','creationTimestamp':"
     "'2023-11-14T22:00:00Z','labels':{'patchbay.dev/graph':'lobby','patchbay.dev/thing':'camera'},'ownerReferences':"
     "[{'kind':'ReplicaSet','name':'camera-5d9','controller':true}]},'spec':{'nodeName':'gpu-1','containers':[{'name':'"
     "a',"
     "'resources':{'requests':{'cpu':'1','memory':'1Gi'},'limits':{'nvidia.com/"
     "gpu':'1'}}}]},'status':{'phase':'Running',"
     "'reason':'r','message':'m','containerStatuses':[{'name':'a','ready':true,'restartCount':3,'state':{'waiting':{"
     "'reason':'CrashLoopBackOff','message':'back-off'}},'lastState':{'terminated':{'exitCode':1,'reason':'Error',"
     "'finishedAt':'2023-11-14T22:10:00Z'}}}],'conditions':[{'type':'Ready','status':'True','lastTransitionTime':"
     "'2023-11-14T22:10:00Z'}]}}"},
    {"nodes",
     "{'metadata':{'name':'gpu-1','uid':'u2','resourceVersion':'00000','labels':{'nvidia.com/"
     "gpu.product':'T4'}},'spec':{"
     "'unschedulable':true,'taints':[{'key':'k','value':'v','effect':'NoSchedule'}]},'status':{'capacity':{'cpu':'8',"
     "'nvidia.com/gpu':'2'},'allocatable':{'cpu':'8','memory':'1Gi','nvidia.com/gpu':'2'},'nodeInfo':{'kubeletVersion':"
     "'v1.34.2'},'conditions':[{'type':'Ready','status':'True'},{'type':'DiskPressure','status':'True'}]}}"},
    {"deployments",
     "{'metadata':{'name':'camera','namespace':'media','uid':'u3','resourceVersion':'00000','generation':2,'labels':{"
     "'patchbay.dev/graph':'lobby','patchbay.dev/thing':'camera'}},'spec':{'replicas':3},'status':{'replicas':3,"
     "'updatedReplicas':2,'readyReplicas':1,'availableReplicas':1,'observedGeneration':2,'conditions':[{'type':"
     "'Progressing','status':'False','reason':'ProgressDeadlineExceeded','message':'m'}]}}"},
    {"events",
     "{'metadata':{'name':'camera-1.17f3a0b1c2d3e4f5','namespace':'media','uid':'u4','resourceVersion':'00000'},'type':"
     "'Warning','reason':'Failed','message':'m','count':3,'source':{'component':'kubelet'},'involvedObject':{'kind':'"
     "Pod',"
     "'name':'camera-1','uid':'u1','fieldPath':'spec.containers{a}'},'firstTimestamp':'2023-11-14T22:00:00Z',"
     "'lastTimestamp':'2023-11-14T22:10:00Z','eventTime':'2023-11-14T22:00:00.000001Z','series':{'count':2}}"},
    {"configmaps",
     "{'metadata':{'name':'patchbay-lobby','namespace':'media','uid':'u5','resourceVersion':'00000','labels':{"
     "'patchbay.dev/graph':'lobby'}},'data':{'graph.yaml':'apiVersion: patchbay.dev/v1\\nkind: "
     "ServiceGraph\\nmetadata: "
     "{name: lobby, namespace: media}\\nspec: {things: [], links: []}\\n','revisions':'[{}]','members':'x'}}"},
};

/* What stands where a value stood. */
static const char *const values[] = {
    "null",
    "true",
    "-1",
    "0",
    "1e308",
    "-1e999",
    "99999999999999999999999999999999",
    "9223372036854775808",
    "\"\"",
    "\"\xff\xfe\xc0\x80\"",
    "\"\\u0000\"",
    "\"\\u001b[2J\\u009b31m\\u202e\"",
    "[]",
    "[[[[[[[[]]]]]]]]",
    "[null,[],{},\"x\",1]",
    "{}",
    "{\"\":{},\"name\":[],\"status\":1,\"type\":{},\"reason\":7}",
    "\"9999-99-99T99:99:99Z\"",
    "\"0001-01-01T00:00:00Z\"",
    "\"1e999Gi\"",
    "\"-5\"",
};

/* The object with one to three values, keys or bytes changed; it may be no JSON any more. */
static void mutate(struct buf *out, const char *text)
{
    buf_reset(out);
    buf_adds(out, text);
    for (char *p = out->data; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    static unsigned version;
    char digits[6], *at_version = strstr(out->data, "00000");
    snprintf(digits, sizeof digits, "%05u", ++version % 100000);
    memcpy(at_version, digits, 5);
    for (uint32_t n = 1 + chance(3); n; n--) {
        size_t at = chance((uint32_t)out->len);
        if (chance(300) == 0) { /* a byte, after which this may be no JSON any more: the batch ends there */
            static const char bytes[] = "{}[]\",:\\\x1b\x80\xff 0";
            out->data[at] = bytes[chance(sizeof bytes)];
            continue;
        }
        char *colon = memchr(out->data + at, ':', out->len - at);
        if (!colon || colon[1] == '\0')
            continue;
        size_t start = (size_t)(colon + 1 - out->data), end = start; /* the value behind it */
        long depth = 0;
        bool quoted = false;
        for (; end < out->len; end++) {
            char c = out->data[end];
            quoted ^= c == '"' && out->data[end - 1] != '\\';
            if (quoted)
                continue;
            if (!depth && (c == ',' || c == '}' || c == ']'))
                break;
            depth += c == '{' || c == '[';
            depth -= c == '}' || c == ']';
        }
        const char *value = values[chance(ARRAY_SIZE(values))];
        buf_splice(out, start, end - start, value, strlen(value));
    }
}

static void count(void *data, const struct change *changes, size_t n)
{
    (void)changes;
    *(size_t *)data += n;
}

void hostile_objects(void)
{
    static const char *const keys[] = {"1", "2", "3", "4", "5", "6", "4G", "2G", "5G", "3G"};
    static const char *const types[] = {"ADDED", "MODIFIED", "MODIFIED", "DELETED"};
    struct buf object, text;
    struct store_listener listeners[SOURCE_COUNT];
    size_t settled = 0, looks = 0, changes = 0;
    buf_init(&object, 1u << 20);
    buf_init(&text, 16u << 20);
    if (getenv("FAULTS_SEED"))
        seed = (uint32_t)strtoul(getenv("FAULTS_SEED"), NULL, 10);
    scripted_begin("pods");
    for (int i = 0; i < SOURCE_COUNT; i++)
        store_listen(model_store(op.model, i), &listeners[i], count, &changes);
    for (size_t round = 0; round < ROUNDS; round += BATCH) {
        const size_t kind = chance(ARRAY_SIZE(objects));
        buf_reset(&text);
        for (size_t i = 0; i < BATCH; i++) {
            mutate(&object, objects[kind].text);
            buf_addf(&text, "{\"type\":\"%s\",\"object\":", types[chance(ARRAY_SIZE(types))]);
            buf_add(&text, object.data, object.len); /* a NUL may be in it */
            buf_adds(&text, "}\n");
        }
        struct script_call *watch = scripted_watch(objects[kind].plural);
        script_send(watch, text.data, text.len);
        type(keys[chance(ARRAY_SIZE(keys))]);
        expect("patchbay"); /* nothing raw is on the screen, as every look checks */
        looks += shows("live");
        script_pass(2);
        if (watch->open) /* a brace too many must not hide what comes after this */
            script_end(watch);
        scripted_serve();
        for (int i = 0; i < 10 && !shows("live"); i++) { /* what was no JSON ended the watch: it is listed again */
            script_pass(20);
            scripted_serve();
        }
        expect("live");
        if (round == SETTLED)
            settled = allocated();
    }
    for (int i = 0; i < SOURCE_COUNT; i++)
        store_unlisten(&listeners[i]);
    ck_assert_uint_gt(changes, ROUNDS / 4); /* it was not in vain */
    ck_assert_uint_gt(looks, ROUNDS / BATCH / 4);
    ck_assert_msg(allocated() < settled + GROWTH, "%zu bytes more", allocated() - settled);
    type("4");
    scripted_event("pods", "ADDED", "{\"metadata\":{\"name\":\"plain-1\",\"namespace\":\"media\",\"uid\":\"u9\"}}");
    type("G");
    type("/plain<Enter>");
    expect("plain-1");
    buf_release(&object);
    buf_release(&text);
}

/* A string of 64 MB costs what one object may cost, and its own row alone. */
void giant_string(void)
{
    static char part[256 << 10];
    scripted_begin("pods");
    struct script_call *watch = scripted_watch("pods");
    size_t before = allocated(), most = 0;
    memset(part, 'x', sizeof part);
    script_text(watch, "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"name\":\"");
    for (size_t sent = 0; sent < (64u << 20); sent += sizeof part) {
        script_send(watch, part, sizeof part);
        most = MAX(most, allocated());
    }
    script_text(watch, "\"}}}\n");
    scripted_serve();
    expect("1 of the pods left out: it is too large or nested too deep (64.0 MiB)");
    expect("live");
    expect("camera-1");
    ck_assert_msg(most < before + (40u << 20), "%zu bytes", most - before);
    ck_assert_uint_lt(allocated(), before + (4u << 20));
}
