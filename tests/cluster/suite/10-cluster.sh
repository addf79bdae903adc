#!/usr/bin/env bash
# The harness itself: what it promises of its nodes, their GPUs, pods, Services and kubeconfigs, of its programs' ends and
# cables, and that nothing is left of a cluster that is down.
. "$(dirname "$0")/../lib.sh"

ready_nodes() { k get nodes -o 'jsonpath={range .items[*]}{.metadata.name}{" "}{.status.conditions[?(@.type=="Ready")].status}{" "}{.status.allocatable.nvidia\.com/gpu}{"\n"}{end}'; }
all_ready() { [ "$(ready_nodes)" = "$(for n in 1 2 3 4; do echo "gpu-$n True 1"; done)" ] || { ready_nodes; return 1; }; }

# A web server a pod, each saying its own name; with a GPU each.
servers() {
    local gpu=
    [ $ours = no ] || gpu="resources: {limits: {nvidia.com/gpu: 1}}"
    cat <<TEXT
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: $1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
      - name: web
        image: $busybox
        command: [sh, -c, "hostname >/tmp/index.html; echo serving; exec httpd -f -p 8080 -h /tmp"]
        readinessProbe: {httpGet: {port: 8080, path: /}, periodSeconds: 1}
        $gpu
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
TEXT
}
running() { k -n "$space" get pods --no-headers | awk '$2 == "1/1" && $3 == "Running" { print $1 }'; }
pending() { k -n "$space" get pods --no-headers | awk '$3 == "Pending" { print $1 }'; }
spread() { [ "$(k -n "$space" get pods -o 'jsonpath={range .items[*]}{.spec.nodeName}{"\n"}{end}' | grep . | sort -u | wc -l)" = 4 ]; }
in_pod() { k -n "$space" exec "$(running | head -1)" -- "$@"; }
# every_name: asked through the Service again and again, each of the pods has answered.
every_name() {
    in_pod wget -qO- "http://web.$space.svc.cluster.local/" >>"$work/names"
    [ "$(sort -u "$work/names" | wc -l)" = 4 ]
}
by_proxy() { k get --raw "/api/v1/namespaces/$space/services/web:80/proxy/" | grep -q '^web-'; }
service_account() {
    in_pod sh -c 'wget --no-check-certificate -qO- https://kubernetes.default.svc/version' | grep -q gitVersion
}

expect_here "four nodes are Ready, with a GPU each" wait_for all_ready
[ $ours = no ] || expect "the registry takes an image" push_busybox
new_space cluster
servers 5 >"$work/web.yaml"
expect "a deployment of five pods is taken" k -n "$space" apply -f "$work/web.yaml"
if [ $ours = yes ]; then
    expect "four of them run" wait_for -t 60 counts 4 running
    expect "they run on four nodes" spread
    expect "the fifth waits for a GPU" counts 1 pending
    expect "and says so" wait_for says "Insufficient nvidia.com/gpu" k -n "$space" get events
else
    expect "they run" wait_for -t 180 counts 5 running
    k -n "$space" scale deployment web --replicas 4 >/dev/null
    wait_for -t 60 counts 4 running
fi
expect "a pod reaches all of them by the Service's name" wait_for every_name
expect "a pod reaches the API server" service_account
expect "logs" says serving k -n "$space" logs "$(running | head -1)"
expect "exec" says uid=0 in_pod id
expect "exec's exit status" exits 7 in_pod sh -c 'exit 7'
expect "a Service is read through the API server" wait_for by_proxy

for user in certificate tokenfile exec; do
    expect_here "who logs in by $user is known" says "$user-admin" as "$user" k auth whoami
done
expect_here "each login by exec ran the plugin" grep -q . "${cluster:-}/exec-plugin.runs"
expect_here "the viewer sees media" as viewer k -n media get pods
expect_here "the viewer sees no other namespace" says Forbidden exits 1 as viewer k -n default get pods
expect_here "the viewer changes nothing" says forbidden exits 1 as viewer k -n media create configmap x

# Programs that are killed and come back.
kubelet_again() {
    here part kill kubelet-1 && here part start kubelet-1 && here part ready kubelet-1 && wait_for all_ready && counts 4 running
}
server_again() {
    here part kill apiserver && exits 1 k get --raw /readyz && here part start apiserver && here part ready apiserver
}
etcd_again() {
    here part kill etcd && here part start etcd && here part ready etcd && wait_for counts 4 running
}
answers() { curl -sk --max-time 1 -o /dev/null "https://$(node_ip 2):10250/healthz"; }
desk() {
    new_host desk 101 && as bridge on_host desk "$kubectl" get --raw /readyz || return 1
    here cable desk down
    exits 28 on_host desk curl -sk --connect-timeout 1 -o /dev/null "https://$gateway:$api_port/readyz" || return 1
    here cable desk up
    as bridge wait_for on_host desk "$kubectl" get --raw /readyz
}
cable() {
    answers || return 1
    here cable gpu-2 down
    ! answers || return 1
    here cable gpu-2 up
    wait_for answers
}
# Kubelets like to change the kernel's settings; theirs are files of the cluster's.
own_settings() {
    local path
    for path in vm/overcommit_memory kernel/panic kernel/panic_on_oops; do
        [ "$(nsenter "--mount=$cluster/ns/gpu-1" stat -f -c %T "/proc/sys/$path")" != proc ] || { echo "$path is the machine's"; return 1; }
    done
}
expect_here "the machine's kernel settings are not the kubelets' to change" own_settings
expect_here "a kubelet that was killed comes back, its pod and GPU have stayed" kubelet_again
expect_here "an apiserver that was killed comes back" server_again
expect_here "etcd that was killed comes back and has kept all" etcd_again
expect_here "a node without its cable is not reached" cable
expect_here "nor does a host without its cable reach the API server" desk

# Fake nodes.
fakes() {
    cat <<TEXT
apiVersion: apps/v1
kind: Deployment
metadata: {name: fake}
spec:
  replicas: 100
  selector: {matchLabels: {app: fake}}
  template:
    metadata: {labels: {app: fake}}
    spec:
      nodeSelector: {type: kwok}
      tolerations: [{key: kwok, operator: Exists}]
      containers: [{name: fake, image: none}]
TEXT
}
fake_pods() { running | grep ^fake-; }
hundred() {
    fakes >"$work/fake.yaml"
    here kwok start 5 && k -n "$space" apply -f "$work/fake.yaml" && wait_for -t 60 counts 100 fake_pods &&
        k -n "$space" delete deployment fake && wait_for -t 60 counts 0 fake_pods && here kwok stop
}
expect_here "a hundred pods run on five fake nodes" hundred

# A second cluster beside this one, ended the hard way, leaves the machine as it was.
# traces: what there is of it on the machine.
traces() {
    {
        ip -o link show
        ip netns list
        ip -4 route
        cat /proc/self/mountinfo
        iptables -S
        find /sys/fs/cgroup -maxdepth 2 -type d -name 'pb*'
        grep -zhs ^PATCHBAY_CLUSTER_PART= /proc/[0-9]*/environ | tr '\0' '\n'
        ls "${TMPDIR:-/tmp}"
    } | grep -E "pb$other([^0-9]|\$)|patchbay-cluster-$other([^0-9]|\$)|10\.200\.$other\."
}
second() { PATCHBAY_CLUSTER_DIR='' PATCHBAY_CLUSTER_ID=$other "$cluster_tests/$1" "${@:2}"; }
leaves_nothing() {
    local pid other=9
    while [ -e "${TMPDIR:-/tmp}/patchbay-cluster-$other" ]; do other=$((other - 1)); done
    second up 1 || return 1
    [ "$(traces | wc -l)" -gt 10 ] || { echo "a running cluster left too few traces to compare:"; traces; return 1; }
    for pid in containerd-1 kubelet-1 etcd; do second part kill $pid; done
    rm "${TMPDIR:-/tmp}/patchbay-cluster-$other"/pid/*
    second down && second down || return 1
    ! traces
}
no_programs() { local other=8; PATCHBAY_NEVER_SKIP='' PATCHBAY_KUBE_BIN=$work/none second up 0; }
expect_here "a second cluster, its programs killed and their ids lost, leaves nothing behind" leaves_nothing
expect_here "without its programs it is skipped with a sentence" says "there is no etcd in" exits 77 no_programs
close_tests
