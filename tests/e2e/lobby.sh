#!/usr/bin/env bash
# The main job, end to end, by commands: the edge, the sample graph on real video, detections, a killed detector, a frozen
# camera, and nothing left.
. "${abs_top_srcdir:-$PWD}/tests/e2e/lib.sh"
[ -x "$top/patchbay-thing" ] || { echo "skipped: the media things were not built (OpenCV is missing)"; exit 77; }

lobby=$src/assets/graphs/lobby.yaml
status() { "$patchbay" status media/lobby "$@"; }
things_ready() { status -o csv | awk -F, 'NR > 1 && $4 == "1/1" { n++ } END { exit n != 3 }'; }
# The state column of the wire from A to B.
wire() { status | awk -v from="$1" -v to="$2" '$1 == from && $2 == to { $1 = $2 = ""; print }'; }
pod_of() { "$patchbay" pods -n media -o wide | awk -v thing="$1" '{ for (i = 1; i <= NF; i++) if ($i == thing) print $1 }'; }
restarts() { status -o csv | awk -F, -v thing="$1" '$1 == thing { print $5 }'; }
# The process of a pod: the one of our things whose environment names it.
process_of_pod() {
    local pid
    for pid in $(pgrep -f 'patchbay-thing (camera|detector|monitor)'); do
        tr '\0' '\n' 2>/dev/null <"/proc/$pid/environ" | grep -qx "POD_NAME=$1" && { echo "$pid"; return 0; }
    done
    return 1
}
process_of() { process_of_pod "$(pod_of "$1")"; }

expect "the embedded cluster starts" start_edge
expect "it has four nodes with a simulated GPU each" says "4 alloc, 0 used, 4 free (simulated" "$patchbay" nodes
expect "nothing is deployed yet" says "no graph 'lobby' is deployed" "$patchbay" status lobby
expect "any node could run its detector" says "1 nvidia.com/gpu, 50m, 64Mi   gpu-1, gpu-2, gpu-3 or gpu-4   1/1" "$patchbay" place "$lobby"
expect "the GPUs asked for and free are said" says "nvidia.com/gpu: asks 1, free 4 of 4 (simulated)" "$patchbay" place "$lobby"
expect "no image has to be pulled, and warm says so" says "nothing has to be pulled" "$patchbay" warm "$lobby"
expect "each node says that it holds the image" says "0 pulled, 4 present" "$patchbay" warm "$lobby"
expect "and no pod was made for it" says "No resources found" "$patchbay" pods -A
foreign() {
    local config=$work/foreign graph=$work/foreign.yaml
    mkdir -p "$config/patchbay/catalog" && echo 'apiVersion: patchbay.dev/v1
kind: MediaThing
metadata: {name: foreign}
spec: {class: MSensor, title: F, image: "example.com/foreign:1", port: 8080, outputs: [{name: video, media: video/mjpeg, path: /v}]}' >"$config/patchbay/catalog/foreign.yaml" &&
        printf '%s\n' 'apiVersion: patchbay.dev/v1' 'kind: ServiceGraph' 'metadata: {name: foreign, namespace: new}' \
            'spec: {things: [{name: a, type: foreign}]}' >"$graph" && XDG_CONFIG_HOME=$config "$patchbay" warm "$graph"
}
expect "an image that it cannot run is told as it is" says "the embedded cluster pulls no images, it runs only patchbay/thing:1" foreign
expect "and is a fault" exits 1 foreign
expect "and no pod is left of it" says "No resources found" "$patchbay" pods -A
greedy() { sed 's/gpu: {count: 1}/gpu: {count: 2}/' "$lobby" | "$patchbay" place -; }
expect "what would stay Pending says so before it is deployed" says "0/4 nodes: 4 Insufficient nvidia.com/gpu" greedy
expect "and is a fault" exits 1 greedy
expect "with all that keeps it from each node" says "  gpu-1, gpu-2, gpu-3, gpu-4: it has 1 GPU, 2 asked for" greedy
expect "lobby is deployed and ready" "$patchbay" deploy "$lobby" --wait --timeout 60s
expect "its timing is kept in the history" says "object-detect" "$patchbay" timing media/lobby --revision 1
expect "and can be put beside what is there" says "=" "$patchbay" timing media/lobby --compare 1
expect "a second deployment changes nothing" says "0 created, 0 configured, 6 unchanged, 0 pruned" "$patchbay" deploy "$lobby"
expect "one GPU is held, by the detector" says "4 alloc, 1 used, 3 free" "$patchbay" nodes
expect "the detector is not in its own way" says "gpu-1, gpu-2, gpu-3 or gpu-4" "$patchbay" place "$lobby"
five() { sed 's/^\( *\)gpu: {count: 1}.*/&\n\1replicas: 5/' "$lobby" | "$patchbay" place - -o csv; }
expect "of five detectors the fifth would find no GPU" says "4/5,0/4 nodes: 4 Insufficient nvidia.com/gpu" five
expect "its three things are ready" within 20 things_ready
expect "people are detected in the real video" "$patchbay" tail media/lobby --label person --count 3 --timeout 60s
first_person() { "$patchbay" tail media/lobby --label person --count 1 --timeout 60s -o json; }
expect "a detection is NDJSON with a person" says '"label":"person"' first_person
as_csv() { "$patchbay" tail media/lobby --thing object-detect --label person --count 1 --timeout 60s -o csv; }
expect "as CSV a line is an object, below the columns' names" says "utc,analysed,thing,pod" as_csv
expect "with its label" says ",person,0." as_csv
"$patchbay" tail media/lobby --timeout 90s >/dev/null 2>"$work/gaps" & following=$!
expect "a thing without detections says so at once" says "no output of detections" "$patchbay" tail media/lobby/camera
expect "frames flow on every wire" within 20 bash -c "! '$patchbay' status media/lobby | grep -E 'NO FRAMES|unknown|starting|starved'"
expect "nothing is the matter, and why says so" within 10 says "all is well" "$patchbay" why media/lobby
expect "timing knows every phase" bash -c "'$patchbay' timing media/lobby >'$work/timing' && ! grep -F '?' '$work/timing'"
expect "the logs of a graph are one, with names" within 30 says 'camera camera: listening' "$patchbay" logs lobby
expect "and only lines that fit are asked for" within 30 says '"thing":"object-detect","line":"{' "$patchbay" logs lobby --grep 'from=detect & /"objects": ?\[/' --tail 50 -o json
expect "the log of a thing can be read" within 30 says '"objects":' "$patchbay" logs -n media object-detect
recording=$work/lobby.ndjson
expect "what the cluster says is recorded until the bound" says "has reached 100000 bytes" \
    timeout 60 "$patchbay" record "$recording" lobby --limit 100k
said() { [ "$(head -1 "$recording" | cut -c1-14)" = '{"recording":1' ] && grep -q "$1" "$recording"; }
expect "with the pods, a watch, detections and the log" eval 'said "\"item\":.*\"name\":\"object-detect" &&
    said "\"get\":\"/api/v1/pods?watch=1" && said "\"line\":\".*person" && said "\"get\":.*/log?"'
expect "and no environment" eval '! said "INPUT_VIDEO"'
expect "one that is there is not overwritten" exits 2 "$patchbay" record "$recording" lobby --timeout 1s

detector=$(process_of object-detect)
expect "the detector is a process of this machine" test -n "$detector"
kill -9 "$detector"
expect "killed, it is restarted" within 20 bash -c "$(declare -f restarts status); patchbay='$patchbay'; [ \"\$(restarts object-detect)\" = 1 ]"
expect "and detects again" "$patchbay" tail media/lobby --label person --count 1 --timeout 60s
expect "who follows is told of the gap" within 20 grep -E "^patchbay: object-detect: silent [0-9.]+m?s.*it began anew before 20" "$work/gaps"
kill $following
expect "and all are ready again" within 30 things_ready

camera=$(process_of camera)
expect "the camera is a process of this machine" test -n "$camera"
kill -STOP "$camera"
no_frames() { wire camera.video object-detect.video | grep -q 'NO FRAMES [0-9]'; }
expect "a frozen camera: the dead wire says so within seconds" within 6 no_frames
all_running() { [ "$(status -o csv | awk -F, 'NR > 1 && $3 == "Running"' | wc -l)" = 3 ]; }
expect "while every pod still says Running" all_running
only_one() { [ "$(status | grep -c 'NO FRAMES')" = 1 ]; }
expect "and no other wire is blamed" within 5 only_one
expect "why names the input that stopped, and the GPU held idle" within 5 says "its input stopped: no frames from camera" "$patchbay" why media/lobby
expect "and is a fault" exits 1 "$patchbay" why media/lobby
expect "also of the pod by its name" says "its input stopped: no frames from camera" "$patchbay" why "$("$patchbay" pods -n media -o name | grep object-detect)" -n media
expect "and of the deployment" says "its input stopped: no frames from camera" "$patchbay" why deployment/object-detect -n media
kill -CONT "$camera"
expect "it recovers" within 20 bash -c "! '$patchbay' status media/lobby | grep -E 'NO FRAMES|starved'"

ours=$("$patchbay" pods -n media -o name | sed 's:.*/::')
expect "delete asks, and without a terminal does not" exits 2 "$patchbay" delete lobby </dev/null
expect "delete takes all of it away" "$patchbay" delete lobby --yes
expect "no pod is left" says "No resources found" "$patchbay" pods -n media
expect "no GPU is held" says "4 alloc, 0 used, 4 free" "$patchbay" nodes
no_things() { local pod; for pod in $ours; do ! process_of_pod "$pod" || return 1; done; }
expect "no process is left" within 5 no_things
kill "$edge"
edge_ends() { wait "$edge"; echo "exit $?"; cat "$work/edge.log"; ! pgrep -af "patchbay-edge.*$KUBECONFIG" && ! ls "$KUBECONFIG"; }
expect "the edge ends when told" edge_ends
expect "and takes its kubeconfig along" exits 2 timeout 20 "$patchbay" nodes
close_tests
