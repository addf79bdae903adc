#!/usr/bin/env bash
# A part of a deployed graph, by commands: restarted, stopped, started, scaled, paused, resumed; what deploy then brings back,
# without a conflict with ourselves, and what it leaves running.
. "${abs_top_srcdir:-$PWD}/tests/e2e/lib.sh"
[ -x "$top/patchbay-thing" ] || { echo "skipped: the media things were not built (OpenCV is missing)"; exit 77; }

lobby=$src/assets/graphs/lobby.yaml
deploy() { "$patchbay" deploy "$lobby" "$@"; }
# state THING: "Running 1/1"
state() { "$patchbay" status media/lobby -o csv | awk -F, -v thing="$1" '$1 == thing { print $3 " " $4 }'; }
is() { [ "$(state "$1")" = "$2" ] || { echo "$1 is '$(state "$1")', not '$2'"; return 1; }; }
# The names of the pods that are wanted: of a thing, or of all.
pods() { "$patchbay" pods -n media -o csv | awk -F, -v thing="${1:-}" 'NR > 1 && index($1, thing) && !/Terminating/ { print $1 }' | sort; }
same_pods() { "$patchbay" pods -n media -o csv | awk -F, -v thing="${1:-}" 'NR > 1 && index($1, thing) && !/Terminating/ { print $1 }' | sort; }
others() { pods | grep -v object-detect; }
same_others() { diff <(echo "$before" | grep -v monitoring) <(pods | grep -v monitoring); }

# tells TEXT COMMAND…: it succeeds, and says the text.
tells() { local text=$1; shift; "$@" >"$work/told" 2>&1 && grep -qF -- "$text" "$work/told" || { cat "$work/told"; return 1; }; }

expect "the embedded cluster starts" start_edge
expect "lobby is deployed and ready" deploy --wait --timeout 60s

others_before=$(others)
detector_before=$(pods object-detect)
expect "restart says what it does" says "object-detect: restarts 1 pod; it has a GPU, so there is a gap" "$patchbay" restart lobby/object-detect --dry-run
expect "a dry run restarts nothing" test "$(pods object-detect)" = "$detector_before"
expect "restart, waited for" "$patchbay" restart lobby/object-detect --wait --timeout 60s
expect "has made another pod" test "$(pods object-detect)" != "$detector_before"
expect "of that thing alone" test "$(others)" = "$others_before"
before=$(pods)
expect "the next deployment has no conflict and changes nothing" tells "0 created, 0 configured, 6 unchanged, 0 pruned" deploy
expect "and restarts nothing again" same_pods
expect "a near name is named" says "graph lobby has no thing 'object-detct'; did you mean 'object-detect'?" "$patchbay" restart lobby/object-detct
expect "also the graph's" says "did you mean 'lobby'?" "$patchbay" restart loby/camera

expect "scale needs a number" exits 2 "$patchbay" scale lobby/monitoring
expect "that is one" exits 2 "$patchbay" scale lobby/monitoring --replicas many
expect "and one thing" says "scale wants one thing" "$patchbay" scale lobby --replicas 2
expect "scale" tells "monitoring: scales from 1 to 2 pods" "$patchbay" scale lobby/monitoring --replicas 2 --wait --timeout 60s
expect "has two" within 20 is monitoring "Running 2/2"
expect "again, it says that it is so already" tells "monitoring: is scaled to 2 pods already" "$patchbay" scale lobby/monitoring --replicas 2
expect "deploy brings back what the graph says, without a conflict" tells "0 created, 1 configured, 5 unchanged" deploy --wait --timeout 60s
expect "which is one" within 20 is monitoring "Running 1/1"
expect "no other pod was touched" same_others

expect "stop, waited for" tells "camera: stops 1 pod; start brings it back" "$patchbay" stop lobby/camera --wait --timeout 60s
expect "it is stopped" within 20 is camera "Stopped 0/0"
expect "again, it says so" tells "camera: is stopped already" "$patchbay" stop lobby/camera
expect "there is nothing to restart" exits 1 "$patchbay" restart lobby/camera
expect "which it says" says "camera: is stopped: there is no pod to restart; start it instead" "$patchbay" restart lobby/camera
expect "start" tells "camera: starts 1 pod, as many as there were" "$patchbay" start lobby/camera --wait --timeout 60s
expect "it runs" within 20 is camera "Running 1/1"
expect "of a stopped graph" "$patchbay" stop lobby --wait --timeout 60s
expect "no pod is left" test -z "$(pods)"
expect "deploy brings back all of it, without a conflict" tells "0 created, 3 configured, 3 unchanged" deploy --wait --timeout 60s
for thing in camera object-detect monitoring; do expect "$thing runs" is $thing "Running 1/1"; done

before=$(pods)
expect "pause" tells "object-detect: pauses its rollout; its pods run on" "$patchbay" pause lobby/object-detect
expect "it is paused" is object-detect "Paused 1/1"
expect "a paused one is not restarted" says "object-detect: is paused, and cannot be restarted until it is resumed" "$patchbay" restart lobby/object-detect
expect "resume" tells "object-detect: resumes its rollout" "$patchbay" resume lobby/object-detect --wait --timeout 60s
expect "it is no longer" is object-detect "Running 1/1"
expect "resume of what is not paused" tells "camera: is not paused" "$patchbay" resume lobby/camera
expect "pause again" "$patchbay" pause lobby/object-detect
expect "deploy ends the pause, without a conflict" tells "0 created, 1 configured, 5 unchanged" deploy --wait --timeout 60s
expect "it is no longer paused" is object-detect "Running 1/1"
expect "none of it has restarted a pod" same_pods
expect "the last deployment changes nothing" tells "0 created, 0 configured, 6 unchanged, 0 pruned" deploy
expect "delete" "$patchbay" delete media/lobby --yes
close_tests
