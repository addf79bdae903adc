#!/usr/bin/env bash
# Where things can run: random nodes, pods and graphs, and `patchbay place` asked what kube-scheduler is then asked, node by
# node: of each thing a pod pinned to each node is bound where patchbay lists the node, and refused for the reasons that
# patchbay gives elsewhere. Then all pods of all graphs at once.
#
# PLACE_CASES (300) cases from number PLACE_FIRST (1) of the seed PLACE_SEED; a case that went wrong is run alone by
# PLACE_FIRST=its number PLACE_CASES=1.
. "$(dirname "$0")/../lib.sh"
needs_ours

seed=${PLACE_SEED:-2026} first=${PLACE_FIRST:-1} cases=${PLACE_CASES:-300}
batch=40                      # cases at once: patchbay names no more than 250 nodes of a thing
placing=$top/tests/cluster/placing
epoch=0

about() { "$placing" "$1" "$seed" "$number" "$count" "$work/$number" "$space" "${@:2}"; }

# send FILE: its requests, all of them at once; each must be taken.
send() {
    [ -s "$1" ] || return 0
    requests <"$1" | sed 's|^output = .*|output = "/dev/null"\nfail|' >"$work/config"
    curl --no-progress-meter --parallel --parallel-max 40 --config "$work/config"
}
# take_away FILE: what its requests have made, at once.
take_away() {
    awk -F '\t' '{ match($4, /"name":"[^"]*"/); print "DELETE\t" $2 "/" substr($4, RSTART + 8, RLENGTH - 9) "\tapplication/json\t{\"gracePeriodSeconds\":0}" }' \
        "$1" >"$work/away"
    send "$work/away"
}
# The server answers curl in indented JSON, and others in half of it.
list() { ask "$1" -A patchbay-test --max-time 60; }
ask_pods() { list "/api/v1/namespaces/$space/pods?labelSelector=patchbay.dev/graph" >"$work/pods.json"; }

# The controllers do not wait for kubelets that are not there, nor with their taints; the scheduler does not hold itself back.
begin() {
    here part kill controllers && here part start controllers --node-monitor-grace-period=24h \
        --node-eviction-rate=1000 --secondary-node-eviction-rate=1000 || return 1
    here part kill scheduler && here part start scheduler --kube-api-qps=1000 --kube-api-burst=1000 || return 1
    new_space place
}
restore() {
    k delete nodes -l placing >/dev/null
    here part kill controllers && here part start controllers && here part kill scheduler && here part start scheduler
}

# The barrier is a node for one pod, which is taken by the last pod that is made: a pod that may come to it by a label that the
# node was given last, and is refused for want of room, was seen by a scheduler that has seen all before.
barrier() {
    cat <<TEXT
POST	/api/v1/nodes	application/json	{"apiVersion":"v1","kind":"Node","metadata":{"name":"barrier","labels":{"placing":"barrier"}},"status":{"allocatable":{"cpu":"1","memory":"1Gi","pods":"1"},"conditions":[{"type":"Ready","status":"True"}]}}
TEXT
}
barrier_pod() { # NAME SPEC
    printf 'POST\t/api/v1/namespaces/%s/pods\tapplication/json\t%s\n' "$space" \
        "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"$1\",\"labels\":{\"placing\":\"barrier\"}},\"spec\":{$2,\"containers\":[{\"name\":\"a\",\"image\":\"none\"}]}}"
}
asked_barrier() {
    barrier_pod asks "\"nodeSelector\":{\"epoch\":\"$epoch\"}" >"$work/asks"
    send "$work/asks" && wait_for barrier_decided || return 1
    grep -q 'Too many pods' "$work/barrier" && return 0
    take_away "$work/asks"
    return 1
}
barrier_decided() { ask "/api/v1/namespaces/$space/pods/asks" >"$work/barrier" && grep -Eq 'Too many pods|"nodeName"' "$work/barrier"; }
seen() {
    epoch=$((epoch + 1))
    printf 'PATCH\t/api/v1/nodes/barrier\tapplication/merge-patch+json\t{"metadata":{"labels":{"epoch":"%s"}}}\n' $epoch >"$work/label"
    barrier_pod last '"nodeName":"barrier","tolerations":[{"operator":"Exists"}]' >"$work/last"
    send "$work/last" && send "$work/label" && wait_for asked_barrier
}

node_settled() { list "/api/v1/nodes?labelSelector=placing" >"$work/nodes.json" && about settled <"$work/nodes.json"; }
world() {
    mkdir -p "$work/$number/graphs" && about make || return 1
    barrier >>"$work/$number/nodes"
    send "$work/$number/nodes" && send "$work/$number/pods" && send "$work/$number/states" && wait_for -t 60 node_settled && seen
}
# placed FILE: what patchbay says now; 1: something would stay Pending, as it usually does
placed() {
    local rc=0
    "$patchbay" place "$work/$number/graphs" -o json >"$work/$number/$1" || rc=$?
    [ $rc -le 1 ]
}
said_before() { "$patchbay" render "$work/$number/graphs" >"$work/$number/rendered.yaml" && placed placed.json; }

judged() { ask_pods && about judge "$1" <"$work/pods.json" >"$work/said"; }
round() {
    about probes "$1" >"$work/probes" && send "$work/probes" || return 1
    if ! within 60 judged "$1"; then
        cut -c1-400 "$work/said"
        return 1
    fi
    compared=$((compared + $(cat "$work/said")))
    take_away "$work/probes"
}
deployed() {
    ask_pods && about deployed <"$work/pods.json" >"$work/said" && tail -1 "$work/said" >"$work/count" && placed again.json &&
        about again <"$work/pods.json" >"$work/said"
}
deploy() {
    about deploy >"$work/probes" && send "$work/probes" || return 1
    if ! within 60 deployed; then
        cat "$work/said"
        return 1
    fi
    pods=$((pods + $(cat "$work/count")))
}
all_away() {
    take_away "$work/probes" && take_away "$work/asks" && take_away "$work/last" && take_away "$work/$number/pods" &&
        take_away "$work/$number/nodes"
}

echo "      seed $seed, $cases cases from number $first"
began=$SECONDS compared=0 pods=0
expect "the control plane is ready for nodes that are none" begin
sound() { [ $failed = 0 ]; }
for ((number = first; number < first + cases; number += batch)); do
    count=$((first + cases - number < batch ? first + cases - number : batch))
    which="cases $number to $((number + count - 1))"
    sound && expect "$which: their nodes and pods are there, and the scheduler has seen them" world
    sound && expect "$which: patchbay place says where their things could run" said_before
    for thing in 0 1 2 3; do
        sound && expect "$which: the scheduler says so of thing $((thing + 1)), node by node and in the same words" round $thing
    done
    sound && expect "$which: deployed, as many pods as patchbay says find room, and it says so afterwards" deploy
    sound && expect "$which: all of it goes away" all_away
done
expect "the control plane is as it was" restore
echo "      $compared verdicts of the scheduler, $pods pods deployed, $((SECONDS - began)) s"
close_tests
