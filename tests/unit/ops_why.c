#include "ops/why.h"

#include "base/text.h"
#include "base/time.h"
#include "ops/timing.h"
#include "tests/unit/ops_test.h"

/* A pod a cause, in the words of real kubelets, schedulers and API servers; what it is called, and what `why` says of it. */

#define NOW "2026-11-22T00:10:00Z"
#define SPEC "'nodeName':'gpu-1','containers':[{'name':'main','image':'r.test/x:1','resources':{'limits':{'memory':'24Mi'}}}]"
#define UNBOUND "'containers':[{'name':'main','image':'r.test/x:1','resources':{'limits':{'nvidia.com/gpu':'1'}}}]"
#define RS "'ownerReferences':[{'controller':true,'kind':'ReplicaSet','name':'det-2'}]"
/* Of the main container, or the init one. */
#define WAITS(reason, message)                                                                                         \
    "'phase':'Pending','containerStatuses':[{'name':'main','state':{'waiting':{'reason':'" reason "','message':'" message "'}}}]"
#define ENDED(code, reason)                                                                                            \
    "'phase':'Running','containerStatuses':[{'name':'main','restartCount':3,'state':{'waiting':{'reason':"             \
    "'CrashLoopBackOff'}},'lastState':{'terminated':{'exitCode':" #code ",'reason':'" reason                           \
    "','finishedAt':'2026-11-22T00:09:30Z'}}}]"
#define UNREADY "'phase':'Running','containerStatuses':[{'name':'main','started':true,'ready':false,'state':{'running':{}}}]"
#define CREATING WAITS("ContainerCreating", "")
#define NO_NODE(message)                                                                                               \
    "'phase':'Pending','conditions':[{'type':'PodScheduled','status':'False','reason':'Unschedulable','message':'" message "'}]"
#define FAILED(reason, message) "'phase':'Failed','reason':'" reason "','message':'" message "'"
#define PULL(error) WAITS("ErrImagePull", "failed to pull and unpack image \\\"r.test/x:1\\\": " error)

static const struct {
    const char *rule, *spec, *status, *event /* "Reason: message" */, *log, *sentence;
} cases[] = {
    /* images */
    {"image-name", SPEC, WAITS("InvalidImageName", "couldn\\u0027t parse image name"), NULL, NULL, "r.test/x:1 is no image's name"},
    {"image-never", SPEC, WAITS("ErrImageNeverPull", ""), NULL, NULL,
     "the image r.test/x:1 is not on gpu-1, and may not be pulled (imagePullPolicy Never)"},
    {"rate-limit", SPEC, PULL("429 Too Many Requests - toomanyrequests: You have reached your pull rate limit"), NULL, NULL,
     "the registry of r.test/x:1 gives out no more for now: a rate limit is reached"},
    {"pull-secret", SPEC, PULL("401 Unauthorized"), "FailedToRetrieveImagePullSecret: Unable to retrieve some image pull secrets (key)", NULL,
     "the pull secret that pod-1 names does not exist, so r.test/x:1 may not be pulled"},
    {"image-refused", SPEC, PULL("unexpected status: 401 Unauthorized"), NULL, NULL,
     "the registry does not let r.test/x:1 be pulled without a login"},
    {"image-platform", SPEC, PULL("no match for platform in manifest: not found"), NULL, NULL,
     "the image r.test/x:1 is not made for the processor of gpu-1"},
    {"registry-name", SPEC, PULL("dial tcp: lookup r.test: no such host"), NULL, NULL,
     "the name of the registry of r.test/x:1 is not known on gpu-1"},
    {"registry-tls", SPEC, PULL("tls: failed to verify certificate: x509: certificate signed by unknown authority"), NULL, NULL,
     "gpu-1 does not trust the registry of r.test/x:1"},
    {"image-missing", SPEC, WAITS("ImagePullBackOff", "Back-off pulling image: ErrImagePull: r.test/x:1: not found"), NULL, NULL,
     "the image r.test/x:1 does not exist in its registry"},
    {"image-denied", SPEC, PULL("pull access denied, repository may require authorization"), NULL, NULL,
     "r.test/x:1 does not exist, or may not be pulled without a login"},
    {"registry-down", SPEC, PULL("dial tcp 10.0.0.1:5000: connect: connection refused"), NULL, NULL,
     "the registry of r.test/x:1 does not answer"},
    {"disk-full-pull", SPEC, PULL("write /var/lib/x: no space left on device"), NULL, NULL, "gpu-1 has no room for r.test/x:1"},
    {"image-pull", SPEC, PULL("something new"), NULL, NULL,
     "the image r.test/x:1 cannot be pulled: failed to pull and unpack image \"r.test/x:1\": something new"},
    {"pulling", SPEC, CREATING, "Pulling: Pulling image \\\"r.test/x:1\\\"", NULL, "r.test/x:1 is still being pulled on gpu-1, for 30s"},

    /* no node */
    {"scheduling-gate", UNBOUND, "'phase':'Pending','conditions':[{'type':'PodScheduled','status':'False','reason':'SchedulingGated'}]", NULL,
     NULL, "pod-1 is held by a scheduling gate"},
    {"gpu-held-by-old-pod", UNBOUND, NO_NODE("0/2 nodes are available: 1 Insufficient nvidia.com/gpu."), NULL, NULL,
     "the GPU that pod-1 waits for is held by an old pod of the same thing, det-1-a on gpu-1"},
    {"gpu-short", UNBOUND, NO_NODE("0/2 nodes are available: 1 Insufficient nvidia.com/gpu."), NULL, NULL,
     "no GPU is free for pod-1: held by n/det-1-a on gpu-1"},
    {"gpu-too-many", "'containers':[{'name':'main','resources':{'limits':{'nvidia.com/gpu':'9'}}}]",
     NO_NODE("0/2 nodes are available: 1 Insufficient nvidia.com/gpu."), NULL, NULL,
     "pod-1 asks for 9 nvidia.com/gpu, and no node has more than 1"},
    {"gpu-taint", UNBOUND, NO_NODE("0/2 nodes are available: 2 node(s) had untolerated taint(s)."), NULL, NULL,
     "the nodes with GPUs have a taint that pod-1 does not tolerate, such as nvidia.com/gpu=present:NoSchedule"},
    {"gpu-nowhere", "'containers':[{'name':'main','image':'x','resources':{'limits':{'amd.com/gpu':'1'}}}]",
     NO_NODE("0/2 nodes are available: 2 Insufficient amd.com/gpu."), NULL, NULL, "no node offers amd.com/gpu"},
    {"node-not-ready", UNBOUND, NO_NODE("0/1 nodes are available: 1 node(s) had untolerated taint {node.kubernetes.io/unreachable: }."), NULL,
     NULL, "nodes that could run pod-1 are not Ready"},
    {"cordoned", UNBOUND, NO_NODE("0/1 nodes are available: 1 node(s) were unschedulable."), NULL, NULL,
     "nodes that could run pod-1 are cordoned"},
    {"node-pressure", UNBOUND, NO_NODE("1 node(s) had untolerated taint {node.kubernetes.io/disk-pressure: }"), NULL, NULL,
     "nodes that could run pod-1 are short of disk, memory or processes"},
    {"taint", "'containers':[{'name':'main','image':'x'}]", NO_NODE("3 node(s) had untolerated taint {nvidia.com/gpu: present}"), NULL, NULL,
     "nodes have taints that pod-1 does not tolerate, such as nvidia.com/gpu=present:NoSchedule"},
    {"selector", UNBOUND, NO_NODE("0/4 nodes are available: 4 node(s) didn\\u0027t match Pod\\u0027s node affinity/selector."), NULL, NULL,
     "no free node has the labels that pod-1 selects"},
    {"cpu-short", UNBOUND, NO_NODE("0/4 nodes are available: 4 Insufficient cpu."), NULL, NULL,
     "nodes have less CPU free than pod-1 asks for"},
    {"memory-short", UNBOUND, NO_NODE("0/4 nodes are available: 4 Insufficient memory."), NULL, NULL,
     "nodes have less memory free than pod-1 asks for"},
    {"disk-short", UNBOUND, NO_NODE("4 Insufficient ephemeral-storage."), NULL, NULL, "nodes have less disk free than pod-1 asks for"},
    {"pods-full", UNBOUND, NO_NODE("4 Too many pods."), NULL, NULL, "nodes run as many pods as they may"},
    {"ports-taken", UNBOUND, NO_NODE("1 node(s) didn\\u0027t have free ports for the requested pod ports."), NULL, NULL,
     "the host port that pod-1 wants is taken on the nodes"},
    {"claim-missing", UNBOUND, NO_NODE("persistentvolumeclaim \\\"disk\\\" not found."), NULL, NULL,
     "the volume claim disk that pod-1 mounts does not exist or is going"},
    {"claim-unbound", UNBOUND, NO_NODE("pod has unbound immediate PersistentVolumeClaims."), NULL, NULL,
     "the volume claim of pod-1 is not bound: no volume is there for it"},
    {"volume-elsewhere", UNBOUND, NO_NODE("1 node(s) had volume node affinity conflict."), NULL, NULL,
     "the volume of pod-1 is on a node, or in a zone, that cannot take the pod"},
    {"affinity", UNBOUND, NO_NODE("2 node(s) didn\\u0027t match pod anti-affinity rules."), NULL, NULL,
     "rules on which pods may stand together keep pod-1 from the nodes"},
    {"resource-short", UNBOUND, NO_NODE("2 Insufficient hugepages-2Mi."), NULL, NULL,
     "nodes have less of something free than pod-1 asks for: 2 Insufficient hugepages-2Mi."},
    {"unschedulable", UNBOUND, NO_NODE("a reason of tomorrow"), NULL, NULL, "no node takes pod-1: a reason of tomorrow"},
    {"no-scheduler", UNBOUND, "'phase':'Pending'", NULL, NULL, "no scheduler has looked at pod-1 for 10m"},

    /* on the node, before it runs */
    {"configmap-missing", SPEC, WAITS("CreateContainerConfigError", "configmap \\\"c\\\" not found"), NULL, NULL,
     "the ConfigMap c that pod-1 uses does not exist"},
    {"configmap-missing", SPEC, CREATING, "FailedMount: MountVolume.SetUp failed for volume \\\"v\\\" : configmap \\\"c\\\" not found", NULL, NULL},
    {"configmap-missing", SPEC, WAITS("CreateContainerConfigError", "configmap \\\"c\\\" not found"),
     "Failed: Error: configmap \\\"c\\\" not found", NULL, NULL},
    {"registry-down", SPEC, WAITS("ImagePullBackOff", "Back-off pulling image"),
     "Failed: Failed to pull image \\\"r.test/x:1\\\": dial tcp: i/o timeout", NULL, "the registry of r.test/x:1 does not answer"},
    {"secret-missing", SPEC, WAITS("CreateContainerConfigError", "secret \\\"s\\\" not found"), NULL, NULL,
     "the Secret s that pod-1 uses does not exist"},
    {"key-missing", SPEC, WAITS("CreateContainerConfigError", "couldn\\u0027t find key k in ConfigMap n/c"), NULL, NULL,
     "a key that pod-1 uses is not in its ConfigMap or Secret: couldn't find key k in ConfigMap n/c"},
    {"runs-as-root", SPEC, WAITS("CreateContainerConfigError", "container\\u0027s runAsUser breaks non-root policy (pod: pod-1)"),
     NULL, NULL, "main would run as root, and it may not"},
    {"runtime-handler", SPEC, CREATING, "FailedCreatePodSandBox: failed to get sandbox runtime: no runtime for \\\"nvidia\\\" is configured", NULL,
     "the container runtime of gpu-1 has no handler nvidia"},
    {"network-plugin", SPEC, CREATING, "FailedCreatePodSandBox: plugin type=calico failed (add)", NULL,
     "gpu-1 cannot make the sandbox of pod-1: plugin type=calico failed (add)"},
    {"claim-busy", SPEC, CREATING, "FailedAttachVolume: Multi-Attach error for volume \\\"pvc-1\\\"", NULL,
     "the volume of pod-1 is still attached to another node"},
    {"volume-attach", SPEC, CREATING, "FailedAttachVolume: rpc error", NULL, "the volume of pod-1 cannot be attached to gpu-1: rpc error"},
    {"volume-mount", SPEC, CREATING, "FailedMount: mount.nfs: access denied", NULL,
     "a volume of pod-1 cannot be mounted on gpu-1: mount.nfs: access denied"},
    {"post-start", SPEC, WAITS("PostStartHookError", ""), "FailedPostStartHook: PostStartHook failed", NULL,
     "the postStart hook of main fails, so it is ended again"},
    {"init-runs", "'nodeName':'gpu-1','initContainers':[{'name':'i'}],'containers':[{'name':'main'}]",
     "'phase':'Pending','initContainerStatuses':[{'name':'i','state':{'running':{}}}],'containerStatuses':[{'name':'main','state':{'waiting':"
     "{'reason':'PodInitializing'}}}]", NULL, NULL, "an init container of pod-1 still runs"},

    /* how it ended */
    {"out-of-memory", SPEC, ENDED(137, "OOMKilled"), NULL, NULL, "main was killed for want of memory: it may use 24Mi"},
    {"out-of-memory-node", "'nodeName':'gpu-1','containers':[{'name':'main'}]", ENDED(137, "OOMKilled"), NULL, NULL,
     "main was killed for want of memory on gpu-1; it has no limit of its own"},
    {"wrong-architecture", SPEC, ENDED(255, "Error"), NULL, "exec /bin/thing: exec format error",
     "r.test/x:1 is not made for the processor of gpu-1 (exec format error)"},
    {"program-missing", SPEC, WAITS("RunContainerError", "exec: \\\"/nonesuch\\\": stat /nonesuch: no such file or directory: unknown"), NULL, NULL,
     "the program that main is to run is not in r.test/x:1"},
    {"program-forbidden", SPEC, WAITS("RunContainerError", "exec: /etc/passwd: permission denied: unknown"), NULL, NULL,
     "the program of main may not be executed"},
    {"liveness", SPEC, ENDED(137, "Error"), "Killing: Container main failed liveness probe, will be restarted", NULL,
     "main is restarted, as its liveness probe fails"},
    {"startup", SPEC, ENDED(137, "Error"), "Killing: Container main failed startup probe, will be restarted", NULL,
     "main does not start in the time that its startup probe gives, and is restarted"},
    {"port-taken", SPEC, ENDED(1, "Error"), NULL, "bind: Address already in use",
     "the port that main listens on is already used in its pod"},
    {"no-driver", SPEC, ENDED(1, "Error"), NULL, "CUDA error: no CUDA-capable device is detected", "main finds no GPU driver on gpu-1"},
    {"gpu-memory", SPEC, ENDED(1, "Error"), NULL, "RuntimeError: CUDA out of memory.", "the GPU of main has too little memory"},
    {"read-only", SPEC, ENDED(1, "Error"), NULL, "touch: /x: Read-only file system", "main writes to its root, which is read-only"},
    {"disk-full", SPEC, ENDED(1, "Error"), NULL, "write: No space left on device", "there is no room left where main writes"},
    {"name-unknown", SPEC, ENDED(1, "Error"), NULL, "curl: (6) Could not resolve host: camera9",
     "main asks for a host name that DNS does not know"},
    {"permission", SPEC, ENDED(1, "Error"), NULL, "open /data/x: Permission denied", "main may not do what it tries"},
    {"input-missing", SPEC, ENDED(1, "Error"), NULL, "cannot open rtsp://10.0.0.9/stream", "the stream that main wants is not there"},
    {"init-fails", "'nodeName':'gpu-1','initContainers':[{'name':'i'}],'containers':[{'name':'main'}]",
     "'phase':'Pending','initContainerStatuses':[{'name':'i','state':{'terminated':{'exitCode':3,'reason':'Error'}}}]", NULL, NULL,
     "the init container i ends with status 3, so nothing behind it begins"},
    {"not-executable", SPEC, ENDED(126, "Error"), NULL, NULL, "main ends with 126: its command cannot be executed"},
    {"command-unknown", SPEC, ENDED(127, "Error"), NULL, NULL, "main ends with 127: a command that it calls is not in r.test/x:1"},
    {"illegal-instruction", SPEC, ENDED(132, "Error"), NULL, NULL,
     "main uses instructions that the processor of gpu-1 lacks (132, SIGILL)"},
    {"aborted", SPEC, ENDED(134, "Error"), NULL, NULL, "main aborts (134, SIGABRT)"},
    {"bus-error", SPEC, ENDED(135, "Error"), NULL, NULL, "main crashes (135, bus error), often for want of /dev/shm"},
    {"killed", SPEC, ENDED(137, "Error"), NULL, NULL, "main was killed (137, SIGKILL), not for its memory limit"},
    {"segmentation-fault", SPEC, ENDED(139, "Error"), NULL, NULL, "main crashes (139, segmentation fault)"},
    {"terminated", SPEC, ENDED(143, "Error"), NULL, NULL, "main was asked to end (143, SIGTERM) and did"},
    {"exits", SPEC, ENDED(0, "Completed"), NULL, NULL, "main ends by itself without a fault, though it should stay"},
    {"fails", SPEC, ENDED(42, "Error"), NULL, NULL, "main ends with status 42"},

    /* it runs and is not ready */
    {"startup-probe", SPEC, UNREADY, "Unhealthy: Startup probe failed: no", NULL,
     "main has not started by its startup probe: Startup probe failed: no"},
    {"probe-refused", SPEC, UNREADY, "Unhealthy: Readiness probe failed: dial tcp 10.1.1.1:8080: connect: connection refused", NULL,
     "nothing listens where the probe of main asks"},
    {"probe-timeout", SPEC, UNREADY, "Unhealthy: Readiness probe failed: context deadline exceeded", NULL,
     "main does not answer its probe in time"},
    {"probe-status", SPEC, UNREADY, "Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503", NULL,
     "main answers its probe that it is not ready: Readiness probe failed: HTTP probe failed with statuscode: 503"},
    {"probe-fails", SPEC, UNREADY, "Unhealthy: Readiness probe failed: ", NULL, "the probe of main fails: Readiness probe failed:"},
    {"readiness-gate", SPEC ",'readinessGates':[{'conditionType':'x'}]", UNREADY, NULL, NULL,
     "pod-1 runs, but only 0 of 1 of its readiness gates are open"},
    {"clock-skew", SPEC,
     "'phase':'Running','containerStatuses':[{'name':'main','state':{'running':{'startedAt':'2026-11-22T01:10:00Z'}}}]", NULL, NULL,
     "the clock of gpu-1 is off by 60m"},
    {"unknown", SPEC, UNREADY, NULL, NULL, "nothing that is known explains why pod-1 is Running"},
    {"starting", SPEC, CREATING, NULL, NULL, "pod-1 is ContainerCreating for 10m, and nothing that is known holds it up"},

    /* the pod as a whole */
    {"node-shutdown", SPEC, FAILED("Terminated", "Pod was terminated in response to imminent node shutdown."), NULL, NULL,
     "gpu-1 was shut down, and pod-1 with it"},
    {"evicted-disk", SPEC, FAILED("Evicted", "The node was low on resource: ephemeral-storage."), NULL, NULL,
     "gpu-1 was short of disk and evicted pod-1"},
    {"evicted-limit", SPEC, FAILED("Evicted", "Usage of EmptyDir volume \\\"v\\\" exceeds the limit \\\"1Mi\\\"."), NULL, NULL,
     "pod-1 wrote more to its node's disk than it may, and was evicted"},
    {"evicted-memory", SPEC, FAILED("Evicted", "The node was low on resource: memory."), NULL, NULL,
     "gpu-1 was short of memory and evicted pod-1"},
    {"evicted", SPEC, FAILED("Evicted", "pids"), NULL, NULL, "pod-1 was evicted: pids"},
    {"deadline", SPEC, FAILED("DeadlineExceeded", "Pod was active on the node longer than the specified deadline"), NULL, NULL,
     "pod-1 ran longer than it may (activeDeadlineSeconds)"},
    {"preempted", SPEC, FAILED("Preempting", "x"), NULL, NULL, "pod-1 had to make room for a pod of higher priority"},
    {"node-refused", SPEC, FAILED("OutOfcpu", "Node didn\\u0027t have enough resource: cpu"), NULL, NULL,
     "gpu-1 itself refused pod-1: Node didn't have enough resource: cpu"},
    {"device-refused", SPEC, FAILED("UnexpectedAdmissionError", "Allocate failed due to no healthy devices"), NULL, NULL,
     "gpu-1 could not give pod-1 its devices: Allocate failed due to no healthy devices"},
};

static struct {
    struct store *pods, *nodes, *deployments, *events;
    struct index on_objects;
    struct gpu_ledger *gpus;
} w;

static void setup(void)
{
    memset(&w, 0, sizeof w);
    w.pods = store_new(&kind_pod);
    w.nodes = store_new(&kind_node);
    w.deployments = store_new(&kind_deployment);
    w.events = store_new(&kind_event);
    store_json(w.nodes, "{'metadata':{'name':'gpu-1','uid':'node-1'},'spec':{'taints':[{'key':'nvidia.com/gpu','value':'present','effect':"
                        "'NoSchedule'}]},'status':{'conditions':[{'type':'Ready','status':'True'}],'allocatable':{'nvidia.com/gpu':'1'}}}");
    store_json(w.pods, "{'metadata':{'name':'det-1-a','namespace':'n','uid':'old','ownerReferences':[{'controller':true,'kind':'ReplicaSet',"
                       "'name':'det-1'}]},'spec':{'nodeName':'gpu-1','containers':[{'name':'main','resources':{'limits':{'nvidia.com/gpu':"
                       "'1'}}}]},'status':{'phase':'Running'}}");
}

static void teardown(void)
{
    if (w.gpus)
        index_release(&w.on_objects);
    if (w.gpus)
        gpu_ledger_free(w.gpus);
    store_free(w.pods);
    store_free(w.nodes);
    store_free(w.deployments);
    store_free(w.events);
}

static void put_event(const char *uid, const char *reason, const char *message)
{
    char json[2048];
    static int n;
    snprintf(json, sizeof json,
             "{'metadata':{'name':'e%d','namespace':'n','uid':'e%d'},'involvedObject':{'kind':'Pod','uid':'%s'},'type':'Warning','reason':'%s',"
             "'message':'%s','firstTimestamp':'2026-11-22T00:09:30Z','lastTimestamp':'2026-11-22T00:09:30Z'}",
             n, n, uid, reason, message);
    n++;
    store_json(w.events, json);
}

static struct why_of asked(const char *log)
{
    static const char *lines[1];
    lines[0] = log;
    index_init(&w.on_objects, w.events, event_object_key);
    w.gpus = gpu_ledger_new(w.nodes, w.pods);
    return (struct why_of){.gpus = w.gpus, .nodes = w.nodes, .deployments = w.deployments, .events = &w.on_objects,
                           .log = lines, .log_count = log ? 1 : 0, .now = time_parse(NOW)};
}

static const struct pod *put_pod(const char *meta, const char *spec, const char *status)
{
    char json[8192];
    snprintf(json, sizeof json, "{'metadata':{'name':'pod-1','namespace':'n','uid':'u','creationTimestamp':'2026-11-22T00:00:00Z'%s%s},"
                                "'spec':{%s},'status':{%s}}",
             *meta ? "," : "", meta, spec, status);
    store_json(w.pods, json);
    return (const struct pod *)store_find(w.pods, "n", "pod-1");
}

static const struct why_cause *cause(const struct why *why, const char *rule)
{
    for (size_t i = 0; i < why->count; i++)
        if (str_eq(why->causes[i].rule, rule))
            return &why->causes[i];
    return NULL;
}

START_TEST(every_cause_has_its_sentence)
{
    struct why why;
    char reason[64];
    if (cases[_i].event) {
        size_t n = strcspn(cases[_i].event, ":");
        snprintf(reason, sizeof reason, "%.*s", (int)n, cases[_i].event);
        put_event("u", reason, cases[_i].event + n + 2);
    }
    struct why_of of = asked(cases[_i].log);
    of.pod = put_pod(RS, cases[_i].spec, cases[_i].status);
    why_make(&why, &of);
    const struct why_cause *c = cause(&why, cases[_i].rule);
    ck_assert_msg(c, "%s: not told; first of %zu: %s", cases[_i].rule, why.count, why.count ? why.causes[0].sentence : "");
    if (cases[_i].sentence)
        ck_assert_str_eq(c->sentence, cases[_i].sentence);
    bool first = c == &why.causes[0] || str_eq(cases[_i].rule, "gpu-short"); /* an old pod of its own that holds it is told first */
    ck_assert_msg(first, "%s: behind %s", cases[_i].rule, why.causes[0].rule);
    ck_assert_msg(c->seen_count || str_eq(cases[_i].rule, "no-scheduler"), "%s: no evidence", cases[_i].rule);
    ck_assert_int_gt(why.weight, 0);
    why_release(&why);
}
END_TEST

/* The same of deployments without pods, and of nodes. */
static const struct {
    const char *rule, *status, *spec, *sentence;
} deployments[] = {
    {"quota", "pods \\\"d-1\\\" is forbidden: exceeded quota: small, requested: pods=1, used: pods=1, limited: pods=1", "", NULL},
    {"limit-range", "pods \\\"d-1\\\" is forbidden: maximum memory usage per Container is 64Mi, but limit is 1Gi", "",
     "a limit range of the namespace refuses what a pod of d asks for"},
    {"pod-security", "pods \\\"d-1\\\" is forbidden: violates PodSecurity \\\"restricted:latest\\\"", "",
     "the namespace's Pod Security Standard refuses pods of d"},
    {"runtime-class", "pod rejected: RuntimeClass \\\"nvidia\\\" not found", "", "the runtime class nvidia does not exist here"},
    {"service-account", "error looking up service account n/x: serviceaccount \\\"x\\\" not found", "",
     "the service account of d does not exist"},
    {"priority-class", "no PriorityClass with name high was found", "", "the priority class of d does not exist"},
    {"webhook-down", "Internal error occurred: failed calling webhook \\\"v.test\\\": connection refused", "",
     "the admission webhook v.test does not answer, so nothing that it guards can be made"},
    {"webhook-denied", "admission webhook \\\"v.test\\\" denied the request: no", "",
     "an admission policy refuses pods of d: admission webhook \"v.test\" denied the request: no"},
    {"refused", "something new", "", "the API server refuses pods of d: something new"},
    {"stopped", NULL, "'replicas':0", "d was stopped: no pod of it is wanted"},
    {"paused", NULL, "'paused':true", "the rollout of d is paused: what was changed waits"},
};

START_TEST(deployments_without_pods)
{
    char json[2048];
    struct why why;
    snprintf(json, sizeof json, "{'metadata':{'name':'d','namespace':'n','uid':'d'},'spec':{%s},'status':{%s%s%s}}", deployments[_i].spec,
             deployments[_i].status ? "'conditions':[{'type':'ReplicaFailure','status':'True','message':'" : "'replicas':1",
             str_or_empty(deployments[_i].status), deployments[_i].status ? "'}]" : "");
    store_json(w.deployments, json);
    struct why_of of = asked(NULL);
    of.deployment = (const struct deployment *)store_find(w.deployments, "n", "d");
    why_make(&why, &of);
    ck_assert_uint_eq(why.count, 1);
    ck_assert_str_eq(why.causes[0].rule, deployments[_i].rule);
    if (deployments[_i].sentence)
        ck_assert_str_eq(why.causes[0].sentence, deployments[_i].sentence);
    why_release(&why);
}
END_TEST

static const struct {
    const char *rule, *spec, *conditions, *sentence;
} nodes[] = {
    {"kubelet-silent", "", "{'type':'Ready','status':'Unknown','reason':'NodeStatusUnknown','message':'Kubelet stopped posting node status.'}",
     "the kubelet of x has stopped reporting"},
    {"node-network", "", "{'type':'Ready','status':'False','reason':'KubeletNotReady','message':'cni plugin not initialized'}",
     "the network plugin of x is not ready"},
    {"node-runtime", "", "{'type':'Ready','status':'False','reason':'KubeletNotReady','message':'PLEG is not healthy'}",
     "the container runtime of x does not answer"},
    {"node-down", "", "{'type':'Ready','status':'False','reason':'KubeletNotReady','message':'?'}", "x is not Ready"},
    {"node-short", "", "{'type':'DiskPressure','status':'True'},{'type':'Ready','status':'True'}", "x is short of something: DiskPressure"},
    {"node-cordoned", "'unschedulable':true", "{'type':'Ready','status':'True'}", "x is cordoned: it takes no new pods"},
};

START_TEST(nodes_that_are_not_well)
{
    char json[1024];
    struct why why;
    snprintf(json, sizeof json, "{'metadata':{'name':'x','uid':'x'},'spec':{%s},'status':{'conditions':[%s]}}", nodes[_i].spec, nodes[_i].conditions);
    store_json(w.nodes, json);
    struct why_of of = asked(NULL);
    of.node = (const struct node *)store_find(w.nodes, NULL, "x");
    why_make(&why, &of);
    ck_assert_uint_eq(why.count, 1);
    ck_assert_str_eq(why.causes[0].rule, nodes[_i].rule);
    ck_assert_str_eq(why.causes[0].sentence, nodes[_i].sentence);
    why_release(&why);
}
END_TEST

START_TEST(what_leaves_and_does_not_go)
{
    struct why why;
    struct why_of of = asked(NULL);
    of.pod = put_pod("'deletionTimestamp':'2026-11-22T00:09:55Z'", SPEC, UNREADY);
    why_make(&why, &of);
    ck_assert_uint_eq(why.count, 0); /* it has its time */
    why_release(&why);
    of.pod = put_pod("'deletionTimestamp':'2026-11-22T00:05:00Z'", SPEC, UNREADY);
    why_make(&why, &of);
    ck_assert_str_eq(why.causes[0].sentence, "pod-1 was to be gone 5m ago, and its node has not ended it");
    why_release(&why);
    of.pod = put_pod("'deletionTimestamp':'2026-11-22T00:05:00Z','finalizers':['x/y']", SPEC, UNREADY);
    why_make(&why, &of);
    ck_assert_str_eq(why.causes[0].sentence, "pod-1 was to be gone 5m ago, and a finalizer holds it");
    why_release(&why);
    of.pod = put_pod("'deletionTimestamp':'2026-11-22T00:05:00Z','finalizers':['x/y']", SPEC, FAILED("Evicted", ""));
    why_make(&why, &of);
    ck_assert_str_eq(why.causes[0].rule, "finalizer");
    why_release(&why);
}
END_TEST

START_TEST(what_is_well_has_no_cause)
{
    struct why why;
    put_event("u", "Unhealthy", "Readiness probe failed: connection refused"); /* it was, before it was ready */
    struct why_of of = asked(NULL);
    of.pod = put_pod("", SPEC, "'phase':'Running','conditions':[{'type':'Ready','status':'True'}],'containerStatuses':[{'name':'main','ready':"
                               "true,'state':{'running':{'startedAt':'2026-11-22T00:00:05Z'}}}]");
    why_make(&why, &of);
    ck_assert_uint_eq(why.count, 0);
    ck_assert_int_eq(why.weight, 0);
    why_release(&why);
}
END_TEST

/* A lost node explains more than what its pods say, and of the ways to end the surest is told alone. */
START_TEST(the_likeliest_comes_first)
{
    struct why why;
    store_json(w.nodes, "{'metadata':{'name':'gpu-1','uid':'node-1'},'status':{'conditions':[{'type':'Ready','status':'Unknown','reason':"
                        "'NodeStatusUnknown'}]}}");
    struct why_of of = asked("bind: address already in use");
    of.pod = put_pod("", SPEC, ENDED(137, "OOMKilled"));
    why_make(&why, &of);
    ck_assert_uint_eq(why.count, 2);
    ck_assert_str_eq(why.causes[0].rule, "node-lost");
    ck_assert_str_eq(why.causes[1].rule, "out-of-memory");
    ck_assert_str_eq(why.causes[1].seen[0], "container main ended 30s ago: OOMKilled, exit status 137, 3 restarts");
    ck_assert_str_eq(why.causes[1].seen[1], "log: bind: address already in use");
    why_release(&why);
}
END_TEST

/* It did not listen yet when it was asked first. */
START_TEST(of_a_probe_the_newest_counts)
{
    struct why why;
    put_event("u", "Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503");
    store_json(w.events, "{'metadata':{'name':'first','namespace':'n','uid':'first'},'involvedObject':{'kind':'Pod','uid':'u'},'type':'Warning',"
                         "'reason':'Unhealthy','message':'Readiness probe failed: connection refused','lastTimestamp':'2026-11-22T00:09:00Z'}");
    struct why_of of = asked(NULL);
    of.pod = put_pod("", SPEC, UNREADY);
    why_make(&why, &of);
    ck_assert_uint_eq(why.count, 1);
    ck_assert_str_eq(why.causes[0].rule, "probe-status");
    why_release(&why);
}
END_TEST

/* What a replica set's other pods hold is theirs; of the words on a failed pull one is the cause; and what was an hour ago is past. */
START_TEST(what_is_no_cause)
{
    struct why why;
    put_event("u", "Unhealthy", "Readiness probe failed: connection refused");
    struct why_of of = asked(NULL);
    of.pod = put_pod("'ownerReferences':[{'controller':true,'kind':'ReplicaSet','name':'det-1'}]", UNBOUND,
                     NO_NODE("0/2 nodes are available: 1 Insufficient nvidia.com/gpu."));
    why_make(&why, &of);
    ck_assert_ptr_null(cause(&why, "gpu-held-by-old-pod"));
    ck_assert_ptr_nonnull(cause(&why, "gpu-short"));
    why_release(&why);
    of.pod = put_pod("", SPEC, PULL("no match for platform in manifest: not found"));
    why_make(&why, &of);
    ck_assert_uint_eq(why.count, 1);
    why_release(&why);
    of.pod = put_pod("", SPEC, UNREADY);
    of.now += 3600 * NSEC_PER_SEC;
    why_make(&why, &of);
    ck_assert_uint_eq(why.count, 1);
    ck_assert_str_eq(why.causes[0].rule, "unknown");
    why_release(&why);
}
END_TEST

START_TEST(hostile_texts_are_harmless)
{
    struct why why;
    char big[6000];
    memset(big, 'x', sizeof big);
    memcpy(big, "\x1b]0;pwned\x07 $it $nonesuch %s%n \xff\xfe ", 30);
    big[sizeof big - 1] = '\0';
    struct why_of of = asked(big);
    of.pod = put_pod("", SPEC, WAITS("Err\\u001b[31mImage", "\\u001b]52;c;x\\u0007 $quoted \\u202e \\\"\\\" \\\"") ",'reason':'Evicted','message':'$who \\u009b2J'");
    why_make(&why, &of);
    ck_assert_uint_gt(why.count, 0);
    struct buf text;
    buf_init(&text, 1u << 20);
    why_text(&text, &why);
    for (const char *s = text.data; *s;) {
        uint32_t cp;
        s += utf8_decode(s, strlen(s), &cp);
        ck_assert_msg(cp == '\n' || !text_harmful(cp), "U+%04X in %s", cp, text.data);
    }
    ck_assert(strstr(text.data, "$who"));
    buf_release(&text);
    why_release(&why);
}
END_TEST

START_TEST(the_causes_that_are_known_are_listed)
{
    char *sentence, *help;
    const char *name;
    size_t count = 0;
    bool oom = false;
    while ((name = why_known(count, &sentence, &help))) {
        ck_assert(!strchr(sentence, '$') && !strchr(help, '$'));
        oom = oom || (str_eq(name, "out-of-memory") && str_eq(sentence, "CONTAINER was killed for want of memory: it may use LIMIT"));
        free(sentence);
        free(help);
        count++;
    }
    ck_assert(oom);
    ck_assert_uint_gt(count, 100);
}
END_TEST

Suite *ops_why_suite(void)
{
    Suite *suite = suite_create("why");
    TCase *tc = tcase_create("all");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_loop_test(tc, every_cause_has_its_sentence, 0, ARRAY_SIZE(cases));
    tcase_add_loop_test(tc, deployments_without_pods, 0, ARRAY_SIZE(deployments));
    tcase_add_loop_test(tc, nodes_that_are_not_well, 0, ARRAY_SIZE(nodes));
    tcase_add_test(tc, what_leaves_and_does_not_go);
    tcase_add_test(tc, what_is_well_has_no_cause);
    tcase_add_test(tc, the_likeliest_comes_first);
    tcase_add_test(tc, of_a_probe_the_newest_counts);
    tcase_add_test(tc, what_is_no_cause);
    tcase_add_test(tc, hostile_texts_are_harmless);
    tcase_add_test(tc, the_causes_that_are_known_are_listed);
    suite_add_tcase(suite, tc);
    return suite;
}
