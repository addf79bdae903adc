#!/usr/bin/env bash
# The embedded cluster as stock kubectl sees it: every command that an operator uses, against the real programs.
. "${abs_top_srcdir:-$PWD}/tests/e2e/lib.sh"

kubectl=${PATCHBAY_KUBE_BIN:+$PATCHBAY_KUBE_BIN/kubectl}
[ -x "${kubectl:-}" ] || kubectl=$(command -v kubectl)
if [ -z "$kubectl" ]; then
    echo "kubectl was not found: put it in PATH, or its folder in PATCHBAY_KUBE_BIN"
    [ "${PATCHBAY_NEVER_SKIP:-0}" = 1 ] && exit 1
    exit 77
fi
export HOME=$work/home KUBECACHEDIR=$work/cache
mkdir -p "$HOME"
edge_program=$top/patchbay-edge
image=$src/tests/edge/image.sh
k() { timeout 60 "$kubectl" "$@"; }

# start NAME [OPTION…]: an edge of its own; its pid in $edge, its kubeconfig in $work/NAME.kubeconfig.
start() {
    local name=$1
    shift
    "$edge_program" --state "$work/state" --kubeconfig "$work/$name.kubeconfig" --thing "$image" "$@" >"$work/$name.out" 2>&1 &
    edge=$!
    pids+=("$edge")
    within 20 grep -q '^ready ' "$work/$name.out"
}
# The pods' processes: those of our image that live in the folders of this suite's edges.
pods_of() {
    local pid
    for pid in $(pgrep -f "sh $image"); do
        case $(readlink "/proc/$pid/cwd") in "$work/state"/*) echo "$pid" ;; esac
    done
}
no_pods() { [ -z "$(pods_of)" ]; }
three_pods() { [ "$(pods_of | wc -l)" = 3 ]; }
lacks() {
    local text=$1
    shift
    "$@" >"$work/said" 2>&1 || { cat "$work/said"; return 1; }
    ! grep -qF -- "$text" "$work/said" || { cat "$work/said"; return 1; }
}
# quiet COMMAND…: succeeds and complains of nothing.
quiet() {
    "$@" >"$work/quiet.out" 2>"$work/quiet.err" || { cat "$work/quiet.err"; return 1; }
    [ ! -s "$work/quiet.err" ] || { echo "it complains:"; cat "$work/quiet.err"; return 1; }
}
# fails TEXT COMMAND…: fails, and says the text.
fails() {
    local text=$1
    shift
    ! "$@" >"$work/said" 2>&1 || { echo "it succeeded"; cat "$work/said"; return 1; }
    grep -qF -- "$text" "$work/said" || { cat "$work/said"; return 1; }
}
# field OBJECT JSONPATH WANTED
field() {
    local is
    is=$(k get "$1" -o "jsonpath=$2") || return 1
    [ "$is" = "$3" ] || { echo "$1 $2 is '$is', not '$3'"; return 1; }
}

expect "it starts and says where its kubeconfig is" start main
main=$edge
export KUBECONFIG=$work/main.kubeconfig
server=$(sed -n 's/^    server: //p' "$KUBECONFIG")
token=$(sed -n 's/^    token: //p' "$KUBECONFIG")
mode() { [ "$(stat -c %a "$KUBECONFIG")" = 600 ]; }
expect "nobody else can read the kubeconfig" mode
sed -n 's/^    certificate-authority-data: //p' "$KUBECONFIG" | base64 -d >"$work/ca.pem"
# api PATH [CURL OPTION…]: with the token.
api() {
    local path=$1
    shift
    curl -s --cacert "$work/ca.pem" -H "Authorization: Bearer $token" "$@" "$server$path"
}
patch() { api "$1" -X PATCH -H "Content-Type: application/$2" --data-binary "$3"; }

# ---- what is there ----
expect "version" says "Server Version: v1.34" k version
expect "api-resources lists all kinds" bash -c "'$kubectl' api-resources | awk '{ print \$NF }' | sort | tr '\n' ' ' | grep -q 'ConfigMap Deployment EndpointSlice Endpoints Event KIND Lease Namespace Node PersistentVolumeClaim Pod ReplicaSet Secret'"
expect "four nodes" bash -c "[ \"\$('$kubectl' get nodes --no-headers | awk '\$2 == \"Ready\"' | wc -l)\" = 4 ]"
expect "nodes -o wide has their addresses" says "127." k get nodes -o wide
expect "a node has a simulated GPU" field node/gpu-1 '{.status.allocatable.nvidia\.com/gpu}/{.metadata.annotations.patchbay\.dev/simulated}' 1/true
expect "describe node" says "nvidia.com/gpu" k describe node gpu-3
expect "with its lease" says "RenewTime:" k describe node gpu-3
expect "the namespaces" says "kube-system" k get ns
expect "nothing is there" says "No resources found in default namespace" k get pods
expect "one may do everything" says yes k auth can-i create deployments
expect "health" says ok k get --raw /readyz

# ---- client-side apply ----
cat >"$work/web.yaml" <<'YAML'
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  labels: {app: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
      - name: main
        image: patchbay/thing:1
        args: [one, two]
        env: [{name: COLOUR, value: green}]
        ports: [{containerPort: 8080}]
        resources: {limits: {nvidia.com/gpu: "1"}, requests: {cpu: 10m}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  selector: {app: web}
  ports: [{port: 80, targetPort: 8080}]
YAML
expect "apply creates" says "deployment.apps/web created" k apply -f "$work/web.yaml"
expect "rollout status waits for it" says "successfully rolled out" k rollout status deployment/web --timeout 30s
expect "apply again changes nothing, and complains of nothing" quiet k apply -f "$work/web.yaml"
unchanged() { [ "$(k apply -f "$work/web.yaml" | grep -c unchanged)" = 2 ]; }
expect "which it says" unchanged
version=$(k get deployment web -o 'jsonpath={.metadata.resourceVersion}')
expect "and the version stays" field deployment/web '{.metadata.resourceVersion}' "$version"
expect "wait" k wait --for=condition=Available deployment/web --timeout=10s
expect "pods, with kubectl's columns" bash -c "'$kubectl' get pods | head -1 | grep -Eq '^NAME +READY +STATUS +RESTARTS +AGE\$'"
expect "two are running" bash -c "[ \"\$('$kubectl' get pods --no-headers | awk '\$2 == \"1/1\" && \$3 == \"Running\"' | wc -l)\" = 2 ]"
expect "on two nodes, as each has one GPU" bash -c "[ \"\$('$kubectl' get pods -o 'jsonpath={.items[*].spec.nodeName}' | tr ' ' '\n' | sort -u | wc -l)\" = 2 ]"
for format in wide yaml json name custom-columns=N:.metadata.name jsonpath='{.items[*].metadata.name}' go-template='{{len .items}}'; do
    expect "get all kinds -o ${format%%=*}" quiet k get nodes,pods,deployments,replicasets,services,endpoints,configmaps,events,namespaces -A -o "$format"
done
expect "get all" says "replicaset.apps/web-" k get all
expect "events tell how a pod began" says "Successfully assigned default/web-" k get events
expect "kubectl events, too" says "Started container main" k events
expect "describe pod" says "Started container main" k describe pod -l app=web
expect "describe deployment" says "NewReplicaSetAvailable" k describe deployment web
describe_service() { k describe service web | grep -Eq '^Endpoints: +127\.[0-9.]+:8080,127\.[0-9.]+:8080'; }
expect "describe service has its endpoints" within 5 describe_service
expect "explain" says "imagePullPolicy" k explain pod.spec.containers
expect "endpoints have both" bash -c "'$kubectl' get endpoints web --no-headers 2>/dev/null | grep -Eq '127\.[0-9.]+:8080,127\.[0-9.]+:8080'"

# ---- selectors ----
expect "a label selector" says "pod/web-" k get pods -l 'app in (web,db),!other' -o name
expect "one that nothing matches" says "No resources found" k get pods -l app!=web
expect "a field selector" says "pod/web-" k get pods --field-selector status.phase=Running -o name
expect "one that is none" fails "field label not supported" k get pods --field-selector spec.colour=red
expect "sorted" k get pods --sort-by=.metadata.creationTimestamp
expect "in pages" bash -c "[ \"\$('$kubectl' get pods --chunk-size=1 --no-headers | wc -l)\" = 2 ]"

# ---- logs ----
pod=$(k get pods -l app=web -o 'jsonpath={.items[0].metadata.name}')
expect "logs" within 10 says "hello from 127." k logs "$pod"
expect "their tail with times" bash -c "'$kubectl' logs '$pod' --tail=1 --timestamps | grep -Eq '^20[0-9-]+T[0-9:.]+Z line [0-9]+\$'"
follow() {
    timeout 20 "$kubectl" logs -f "$pod" --tail=1 >"$work/followed" &
    local pid=$!
    within 10 bash -c "[ \$(grep -c line '$work/followed') -ge 3 ]"
    local rc=$?
    kill $pid
    wait $pid 2>/dev/null
    return $rc
}
expect "logs -f goes on" follow
expect "logs by label" says "line" k logs -l app=web --tail=2
expect "logs of a deployment" says "line" k logs deployment/web --tail=2
expect "logs of no such container" fails "container nope is not valid for pod" k logs "$pod" -c nope
expect "no previous log" fails "previous terminated container" k logs -p "$pod"

# ---- watches ----
k get pods -w --no-headers >"$work/watched" &
watcher=$!
pids+=($watcher)
expect "get -w begins with what is there" within 10 bash -c "[ \$(wc -l <'$work/watched') = 2 ]"
expect "scale" says "scaled" k scale deployment web --replicas=3
expect "it has three" k rollout status deployment/web --timeout 30s
expect "get -w showed the new one on its way" within 10 bash -c "[ \"\$(awk '{ print \$1 }' '$work/watched' | sort -u | wc -l)\" = 3 ] && grep -q ContainerCreating '$work/watched'"
kill $watcher
too_old() {
    local i rv
    rv=$(api /api/v1/configmaps | sed 's/.*"resourceVersion":"\([0-9]*\)".*/\1/')
    for i in $(seq 1 4200); do
        printf 'next\nurl = "%s/api/v1/namespaces/default/configmaps/churn"\nrequest = PATCH\nsilent\n' "$server"
        printf 'cacert = "%s"\noutput = /dev/null\nheader = "Authorization: Bearer %s"\n' "$work/ca.pem" "$token"
        printf 'header = "Content-Type: application/merge-patch+json"\ndata = "{\\"data\\":{\\"n\\":\\"%s\\"}}"\n' "$i"
    done >"$work/churn"
    k create configmap churn >/dev/null && curl -s -K "$work/churn" && k delete configmap churn >/dev/null
    api "/api/v1/configmaps?watch=1&resourceVersion=$rv" -m 5 | grep -q '"code":410'
}
expect "a watch from too long ago is told 410" too_old
from_the_future() { api "/api/v1/pods?watch=1&resourceVersion=99999999" -m 5 | grep -q '"code":504'; }
expect "one from the future is refused" from_the_future
expect "a watch ends after its time" timeout 10 bash -c "curl -s --cacert '$work/ca.pem' -H 'Authorization: Bearer $token' '$server/api/v1/nodes?watch=1&timeoutSeconds=1' | grep -q ADDED"

# ---- changing ----
expect "label" quiet k label deployment web tier=front
expect "annotate" quiet k annotate deployment web note=first
expect "edit" env KUBE_EDITOR="sed -i s/note:.first/note:\\ second/" "$kubectl" edit deployment web
expect "which has changed it" field deployment/web '{.metadata.annotations.note}' second
expect "set env rolls out" k set env deployment/web SHAPE=round
expect "and comes to its end" k rollout status deployment/web --timeout 30s
expect "set image to one that is not there" k set image deployment/web main=nobody/nothing:1
expect "fails to be pulled" within 20 bash -c "'$kubectl' get pods | grep -Eq 'ErrImagePull|ImagePullBackOff'"
expect "rollout undo" k rollout undo deployment/web
expect "brings it back" k rollout status deployment/web --timeout 30s
expect "rollout restart" k rollout restart deployment/web
expect "comes to its end, too" k rollout status deployment/web --timeout 30s
expect "rollout history" says "REVISION" k rollout history deployment/web
expect "restart is an annotation of the template" says "20" k get deployment web -o 'jsonpath={.spec.template.metadata.annotations.kubectl\.kubernetes\.io/restartedAt}'
expect "rollout pause" says "paused" k rollout pause deployment/web
expect "pause again" fails "already paused" k rollout pause deployment/web
expect "a paused one is not restarted" fails "paused" k rollout restart deployment/web
templates() { k get replicasets -l app=web -o 'jsonpath={range .items[?(@.spec.replicas>0)]}{.metadata.name}{"\n"}{end}'; }
held=$(templates)
expect "a change of a paused one" k set env deployment/web SHAPE=paused
expect "is observed" within 10 eval '[ "$(k get deployment web -o "jsonpath={.metadata.generation}")" = "$(k get deployment web -o "jsonpath={.status.observedGeneration}")" ]'
expect "and waits" eval '[ "$(templates)" = "$held" ]'
expect "a paused one is scaled" k scale deployment web --replicas=2
expect "to two" within 20 field deployment/web '{.status.readyReplicas}' 2
expect "rollout resume" says "resumed" k rollout resume deployment/web
expect "rolls it out" k rollout status deployment/web --timeout 30s
expect "with another template" eval '[ "$(templates)" != "$held" ]'
expect "the scale subresource can be read" says '"replicas":2' api /apis/apps/v1/namespaces/default/deployments/web/scale
expect "and patched" k patch deployment web --subresource=scale --type=merge -p '{"spec":{"replicas":3}}'
expect "which scales" within 20 field deployment/web '{.status.readyReplicas}' 3
expect "a number that is not the current one is refused" fails "Expected replicas to be 9, was 3" k scale deployment web --current-replicas=9 --replicas=2
expect "diff says what apply would do" exits 1 k diff -f "$work/web.yaml"
expect "json patch" k patch deployment web --type=json -p '[{"op":"replace","path":"/spec/replicas","value":1}]'
expect "merge patch" k patch deployment web --type=merge -p '{"metadata":{"labels":{"tier":null}}}'
expect "strategic patch of one container" k patch deployment web -p '{"spec":{"template":{"spec":{"containers":[{"name":"main","env":[{"name":"SHAPE","value":"square"}]}]}}}}'
expect "both variables are there" field deployment/web '{.spec.template.spec.containers[0].env[*].name}' "COLOUR SHAPE"
expect "cordon" says "cordoned" k cordon gpu-4
expect "shows" says "Ready,SchedulingDisabled" k get node gpu-4
expect "uncordon" says "uncordoned" k uncordon gpu-4

# ---- server-side apply ----
expect "a conflict with what was scaled, named" fails 'conflict with "kubectl-patch" using apps/v1' k apply --server-side -f "$work/web.yaml"
expect "with the field" fails ".spec.replicas" k apply --server-side -f "$work/web.yaml"
expect "--force-conflicts takes it" says "serverside-applied" k apply --server-side --force-conflicts -f "$work/web.yaml"
expect "and again nothing happens" quiet k apply --server-side -f "$work/web.yaml"
cat >"$work/cm.yaml" <<'YAML'
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {a: "1", b: "2"}
YAML
expect "another manager's object" k apply --server-side --field-manager one -f "$work/cm.yaml"
sed -i 's/, b: "2"//' "$work/cm.yaml"
expect "with one field less" k apply --server-side --field-manager one -f "$work/cm.yaml"
expect "has lost it" field configmap/settings '{.data}' '{"a":"1"}'
sed -i 's/a: "1"/a: "3"/' "$work/cm.yaml"
expect "a third one conflicts" fails 'conflict with "one": .data.a' k apply --server-side --field-manager two -f "$work/cm.yaml"
expect "dry run" says "(server dry run)" k apply --server-side --force-conflicts --dry-run=server --field-manager two -f "$work/cm.yaml"
expect "has changed nothing" field configmap/settings '{.data.a}' 1
expect "strict validation names what it does not know" fails 'unknown field "spec.replica"' bash -c "sed 's/replicas: 2/replica: 2/' '$work/web.yaml' | '$kubectl' apply --server-side -f -"

# ---- creating ----
expect "create -f" says created bash -c "printf 'apiVersion: v1\nkind: Namespace\nmetadata: {name: media}\n' | '$kubectl' create -f -"
expect "create namespace" says "namespace/other created" k create namespace other
expect "create configmap" says "created" k create configmap -n other words --from-literal=a=b
expect "create secret" says "created" k create secret generic -n other login --from-literal=password=open
expect "which is kept in base64" says "b3Blbg==" k get secret -n other login -o yaml
expect "and described without its value" lacks open k describe secret -n other login
expect "create deployment" says "created" k create deployment -n other made --image=patchbay/thing:1
expect "run" says "created" k run -n other single --image=patchbay/thing:1 -- from run
expect "it runs" k wait -n other --for=condition=Ready pod/single --timeout=20s
expect "expose" says "exposed" k expose -n other deployment made --port=80
expect "twice is a conflict" fails "AlreadyExists" k create namespace other
expect "a namespace that is not there" fails 'namespaces "nowhere" not found' k create configmap -n nowhere x
expect "a bad name" fails "RFC 1123" k create configmap Bad_Name
expect "delete namespace waits until all is gone" k delete namespace other --timeout=30s
expect "and it is" fails 'namespaces "other" not found' k get namespace other

# ---- the doors ----
http() { curl -s -o /dev/null -w '%{http_code}' --cacert "$work/ca.pem" "$@"; }
code() { local wanted=$1; shift; local is; is=$(http "$@"); [ "$is" = "$wanted" ] || { echo "$is, not $wanted"; return 1; }; }
expect "without a token: 401" code 401 "$server/api/v1/pods"
expect "with a wrong one: 401" code 401 -H "Authorization: Bearer x$token" "$server/api/v1/pods"
expect "an unknown path: 404" code 404 -H "Authorization: Bearer $token" "$server/no/such/path"
expect "an unknown kind: 404" code 404 -H "Authorization: Bearer $token" "$server/api/v1/namespaces/default/unicorns"
expect "a wrong method: 405" code 405 -H "Authorization: Bearer $token" -X POST "$server/api/v1/namespaces/default/pods/x"
expect "a body that is none: 400" code 400 -H "Authorization: Bearer $token" -H "Content-Type: application/json" -d '{"a":' "$server/api/v1/namespaces/default/configmaps"
expect "an unknown patch: 415" code 415 -H "Authorization: Bearer $token" -X PATCH -H "Content-Type: text/plain" -d x "$server/api/v1/namespaces/default/configmaps/settings"
large() { head -c 3500000 /dev/zero | tr '\0' ' ' >"$work/large"; code 413 -H "Authorization: Bearer $token" -H "Content-Type: application/json" -H "Expect:" --data-binary "@$work/large" "$server/api/v1/namespaces/default/configmaps"; }
expect "a body that is too large: 413" large
elsewhere() { local addr; for addr in $(hostname -I 2>/dev/null); do ! curl -sk -m 2 "https://$addr:${server##*:}/readyz" >/dev/null 2>&1 || return 1; done; }
expect "it listens on this machine's loopback alone" elsewhere
expect "a service's proxy without pods that listen" bash -c "'$kubectl' get --raw /api/v1/namespaces/default/services/web:80/proxy/ 2>&1 | grep -q 'error trying to reach service'"

# ---- ends ----
cat >"$work/odd.yaml" <<'YAML'
apiVersion: v1
kind: Pod
metadata: {name: crash}
spec: {containers: [{name: c, image: "patchbay/thing:1", args: [crash]}]}
---
apiVersion: v1
kind: Pod
metadata: {name: deaf}
spec: {terminationGracePeriodSeconds: 2, containers: [{name: c, image: "patchbay/thing:1", args: [deaf]}]}
YAML
expect "two odd pods" k create -f "$work/odd.yaml"
expect "the one that fails is restarted, then held back" within 30 bash -c "'$kubectl' get pod crash | grep -q CrashLoopBackOff"
expect "its last words" says "about to fail" k logs -p crash
expect "the other one is up" k wait --for=condition=Ready pod/deaf --timeout=20s
started=$SECONDS
expect "it gets its grace, then it is killed" k delete pod deaf --timeout=20s
grace() { [ $((SECONDS - started)) -ge 1 ] && [ $((SECONDS - started)) -le 10 ]; }
expect "neither sooner nor much later" grace
expect "deleted by force" k delete pod crash --force --grace-period=0
expect "delete waits" k delete -f "$work/web.yaml" --timeout=30s
expect "its pods go, too" within 20 says "No resources found" k get pods
expect "and their processes" within 10 no_pods

# ---- two at once, and the end ----
expect "another edge beside it" start second
second=$edge
both() { [ "$(KUBECONFIG=$work/second.kubeconfig k get configmaps --no-headers 2>/dev/null | wc -l)" = 0 ] && [ "$(k get configmaps --no-headers | wc -l)" = 1 ]; }
expect "knows nothing of the first" both
expect "the first one's token does not open it" code 401 -k -H "Authorization: Bearer $token" "$(sed -n 's/^    server: //p' "$work/second.kubeconfig")/api/v1/pods"
expect "it runs pods" env KUBECONFIG="$work/second.kubeconfig" "$kubectl" create deployment lone --image=patchbay/thing:1 --replicas=3
expect "three of them" within 20 three_pods
{ kill -9 "$second" && wait "$second"; } 2>/dev/null
expect "killed, it leaves no process behind" within 10 no_pods
expect "nor its folder" within 10 bash -c "[ \$(ls '$work/state' | wc -l) = 1 ]"
expect "the first one goes on" k get nodes
expect "a port in use is told" fails "address already in use" "$edge_program" --state "$work/state" --port "${server##*:}"
touch "$work/mine"
echo "something of mine" >"$work/mine"
expect "a file that is not its own is left alone" fails "was not written by patchbay-edge" "$edge_program" --state "$work/state" --kubeconfig "$work/mine"
expect "wrong usage: 2" exits 2 "$edge_program" --colour red
ends() { kill "$main" && wait "$main" && [ "$(wc -l <"$work/main.out")" = 1 ] || { cat "$work/main.out"; return 1; }; }
expect "told to end, it ends well and has said nothing more" ends
tidy() { [ ! -e "$work/main.kubeconfig" ] && [ -z "$(ls "$work/state")" ]; }
expect "and leaves nothing" within 5 tidy

close_tests
