#!/usr/bin/env bash
# The paper's experiment, for real: lobby deployed from a registry into containers on several nodes, wired by the cluster's
# DNS names, its detections read through the API server, people found; a node whose cable is pulled, and all of it away.
. "$(dirname "$0")/../lib.sh"

graph=$work/lobby.yaml
status() { "$patchbay" status "$space/lobby" "$@"; }
pods() { k -n "$space" get pods -o "$@"; }
node_of() { pods 'jsonpath={range .items[*]}{.metadata.labels.patchbay\.dev/thing}{" "}{.spec.nodeName}{"\n"}{end}' | awk -v thing="$1" '$1 == thing { print $2 }'; }
several_nodes() { [ "$(pods 'jsonpath={range .items[*]}{.spec.nodeName}{"\n"}{end}' | sort -u | wc -l)" -ge 2 ]; }
flowing() { ! status | grep -E 'NO FRAMES|unknown|starting|starved'; }
wired_by_name() { pods 'jsonpath={..env[?(@.name=="INPUT_VIDEO")].value}' | grep -q "http://camera\(\.$space\.svc[^:]*\)\?:8080/video"; }
pulled() { "$patchbay" timing "$space/lobby" -o csv >"$work/timing" && [ "$(grep -c ',pull,[^,]*,[0-9.]*,[0-9.]*,event' "$work/timing")" = 3 ] || { cat "$work/timing"; return 1; }; }
page() {
    local port pid bad=1
    "$patchbay" port-forward -n "$space" lobby/monitoring 0:8080 >"$work/forward" 2>&1 &
    pid=$! # it ends here: this may run in a shell of its own, whose pids nobody sees
    if wait_for grep -q 'Forwarding from 127' "$work/forward"; then
        port=$(sed -n 's/.*127.0.0.1:\([0-9]*\).*/\1/p' "$work/forward" | head -1)
        curl -fsS --noproxy '*' -m 10 "http://127.0.0.1:$port/" && bad=0
    fi
    kill "$pid"
    return $bad
}
gone() { [ -z "$(k -n "$space" get deployments,services,pods,configmaps -l patchbay.dev/graph=lobby -o name)" ]; }

new_space lobby
k label namespace "$space" pod-security.kubernetes.io/enforce=restricted >/dev/null
sed "s/namespace: media/namespace: $space/" "$abs_top_srcdir/assets/graphs/lobby.yaml" >"$graph"
[ $ours = no ] || expect "the image of the media things is in the registry" push_thing
expect "lobby is deployed, where only restricted pods may run, and gets ready" "$patchbay" deploy "$graph" --wait --timeout 3m
expect "on several nodes" several_nodes
expect "wired by the cluster's DNS names" wired_by_name
expect "people are found" "$patchbay" tail "$space/lobby" --label person --count 3 --timeout 60s
expect "frames flow on every wire" wait_for flowing
expect "the timing says how long each image took" pulled
expect_here "who holds the GPU is known" says "4 alloc, 1 used, 3 free" "$patchbay" nodes
expect "a second deployment changes nothing" says "0 created, 0 configured, 6 unchanged, 0 pruned" "$patchbay" deploy "$graph"
expect "the log of a thing can be read" wait_for says '"objects":' "$patchbay" logs -n "$space" object-detect --tail 20
expect "the monitor's page is reached by a forwarded port" says "<html" page

if [ $ours = yes ]; then
    node=$(node_of camera)
    other=$(node_of object-detect)
    dead() { status | awk '$1 == "camera.video" && $2 == "object-detect.video"' | grep -q 'NO FRAMES'; }
    not_ready() { "$patchbay" nodes | awk -v n="$node" '$1 == n { print $2 }' | grep -q NotReady; }
    ready() { "$patchbay" nodes | awk -v n="$node" '$1 == n { print $2 }' | grep -qx Ready; }
    expect "the cable of the camera's node is pulled" here cable "$node" down
    [ "$node" = "$other" ] || expect "the wire from it is dead within seconds" wait_for -t 20 dead
    expect "the node is NotReady" wait_for -t 90 not_ready
    expect "the cable is back" here cable "$node" up
    expect "the node is Ready again" wait_for -t 60 ready
    expect "and frames flow again" wait_for -t 90 flowing
    expect "people are found again" "$patchbay" tail "$space/lobby" --label person --count 3 --timeout 60s
fi
expect "delete takes all of it away" "$patchbay" delete "$space/lobby" --yes
expect "nothing is left" wait_for -t 60 gone
close_tests
