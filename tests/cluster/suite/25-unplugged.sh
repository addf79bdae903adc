#!/usr/bin/env bash
# The moment that sells it, for real: a camera on the network behind a cable of its own, in front of lobby on several nodes. Its cable is
# pulled: Kubernetes goes on saying Running and Ready, and patchbay says which wire is dead and why. It is plugged in, and all flows.
. "$(dirname "$0")/../lib.sh"
. "$cluster_tests/talk.sh"
needs_ours

graph=$work/lobby.yaml
address=$net.103
status() { "$patchbay" status "$space/lobby" "$@"; }
flowing() { status >"$work/status" && grep -q flowing "$work/status" && ! grep -E 'NO FRAMES|unknown|starting|starved' "$work/status"; }
one_wire_is_dead() { # status itself says so, too, by its exit status
    status >"$work/status"
    [ "$(grep -c 'NO FRAMES' "$work/status")" = 1 ] && grep -q '^camera.video  *object-detect.video  *NO FRAMES' "$work/status" ||
        { cat "$work/status"; return 1; }
}
all_run() { # as Kubernetes sees it
    [ "$(k -n "$space" get pods --no-headers | awk '$2 == "1/1" && $3 == "Running" && $4 == "0"' | wc -l)" = 3 ] ||
        { k -n "$space" get pods; return 1; }
}
# The pods' own addresses are behind their nodes; the bridge alone does not lead back.
lead_back() {
    local n
    for n in 1 2 3 4; do ip -n "$prefix-lens" route add "$pods.$n.0/24" via "$(node_ip "$n")" || return 1; done
}
film() {
    env -u POD_IP nsenter "--net=/run/netns/$prefix-lens" "$abs_top_builddir/patchbay-thing" camera --address "$address" --fps 10 >"$work/lens" 2>&1 &
    lens=$!
    wait_for grep -q "listening on" "$work/lens" || { cat "$work/lens"; return 1; }
}

new_space unplugged
sed "s/namespace: media/namespace: $space/; s|sample:vtest|http://$address:8080/video|" "$abs_top_srcdir/assets/graphs/lobby.yaml" >"$graph"
expect "the image of the media things is in the registry" push_thing
expect "a camera is on the network" new_host lens 103
expect "from which answers find back" lead_back
film
expect "lobby is deployed before it, and gets ready" "$patchbay" deploy "$graph" --wait --timeout 3m
expect "frames flow on every wire" wait_for flowing
node=$(k -n "$space" get pods -l patchbay.dev/thing=object-detect -o 'jsonpath={.items[0].spec.nodeName}')
expect "the camera says what it looks at" says "showing http://$address:8080/video, 768 × 576" "$patchbay" logs -n "$space" camera

expect "it is unplugged" here cable lens down
expect "its wire is the one that says so" wait_for -t 20 one_wire_is_dead
expect "and says why" wait_for -t 20 says "object-detect is Ready, but its input stopped: camera's source timed out; a GPU on $node is held idle" \
    "$patchbay" why "$space/lobby"
expect "by its rule" says "input-stopped" "$patchbay" why "$space/lobby" -o json
expect "while all is Running for Kubernetes" all_run
expect "the camera's log says it as well" says "timed out: nothing came for 5 s" "$patchbay" logs -n "$space" camera

expect "it is plugged in" here cable lens up
expect "and frames flow again" wait_for -t 60 flowing
expect "people are found again" "$patchbay" tail "$space/lobby" --label person --count 3 --timeout 60s
expect "nothing was restarted" all_run
expect "nothing is wrong any more" "$patchbay" why "$space/lobby"

kill "$lens"
expect "its power fails" wait_for -t 20 says "camera's source refuses the connection; a GPU on $node is held idle" "$patchbay" why "$space/lobby"
film
expect "and comes back" wait_for -t 60 flowing
kill "$lens"
expect "delete takes all of it away" "$patchbay" delete "$space/lobby" --yes
close_tests
