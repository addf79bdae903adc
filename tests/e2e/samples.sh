#!/usr/bin/env bash
# The sample graphs: each is valid and asks for no more than the edge has; those with the things that lobby has not run there.
. "${abs_top_srcdir:-$PWD}/tests/e2e/lib.sh"

samples=$(cd "$src/assets/graphs" && ls ./*.yaml | sed 's:^\./::; s:\.yaml$::')
gpus_fit() { awk '/gpu:/ { sub(/.*count: */, ""); n += $0 } END { exit n > 4 }' "$src/assets/graphs/$1.yaml"; }
is_its_file() { "$patchbay" new --sample "$1" | cmp - "$src/assets/graphs/$1.yaml"; }
named_as_its_file() { grep -q "^metadata: {name: $1, namespace: media}$" "$src/assets/graphs/$1.yaml"; }
in_short() { [ "$(wc -l <"$src/assets/graphs/$1.yaml")" -le 60 ] && ! grep -q '.\{131\}' "$src/assets/graphs/$1.yaml"; }
for sample in $samples; do
    expect "$sample is valid" says "graph media/$sample is valid" "$patchbay" validate "$src/assets/graphs/$sample.yaml"
    expect "it asks for at most four GPUs" gpus_fit "$sample"
    expect "it can be rendered" "$patchbay" render "$src/assets/graphs/$sample.yaml"
    expect "new prints it as it is" is_its_file "$sample"
    expect "it is named as its file" named_as_its_file "$sample"
    expect "it can be read on a screen" in_short "$sample"
done
for use in person-tracking dangerous-region firefighting security-alert digital-signs; do
    expect "the use case $use has a sample" says "name: $use" "$patchbay" new --sample "$use"
done
for thing in "$src"/assets/catalog/*.yaml; do
    expect "the media thing ${thing##*/} is sound" says "no fault" "$patchbay" catalog --check "$thing"
done

[ -x "$top/patchbay-thing" ] || { echo "skipped: the media things were not built (OpenCV is missing)"; close_tests; exit; }

# ask THING PATH: what the thing of the graph that is deployed answers.
address() { "$patchbay" pods -n media -o wide | awk -v thing="$1" '$NF == thing { for (i = 1; i < NF; i++) if ($i ~ /^127\./) print $i }' | head -1; }
ask() { curl -sf --noproxy '*' --max-time 5 "http://$(address "$1"):8080$2"; }
flows() { ! "$patchbay" status "media/$1" | grep -E 'NO FRAMES|unknown|starting|starved'; }
run() {
    expect "$1 is deployed and ready on the edge" "$patchbay" deploy "$src/assets/graphs/$1.yaml" --wait --timeout 60s
    expect "frames flow on every wire" within 20 flows "$1"
}
remove() {
    expect "$1 is deleted" "$patchbay" delete "$1" --yes
    expect "and nothing of it is left" says "No resources found" "$patchbay" pods -n media
}

expect "the embedded cluster starts" start_edge

run security-alert
expect "motion is detected" "$patchbay" tail media/security-alert --label motion --count 2 --timeout 60s
expect "the alarm is on" within 30 says '"state":"on"' ask alert /state
expect "and says who raised it" says '"by":"motion"' ask alert /state
recorded() { ask recorder /recordings | grep -Eq '"bytes":[1-9]'; }
expect "frames and detections are recorded" within 20 recorded
begin() { ask recorder /recordings | sed -n 's/.*"begin":"\([^"]*\)".*/\1/p' | head -1; }
first_frame() { ask recorder "/frames?at=$(begin)" >"$work/frame.jpg" && [ "$(head -c 2 "$work/frame.jpg" | od -An -tx1)" = " ff d8" ]; }
expect "the first frame can be had again" first_frame
expect "and the detections" within 20 says '"label":"motion"' ask recorder /lines
own_folder() { [ ! -e /data ] || ! find /data -maxdepth 1 -name '[0-9]*.rec' | grep -q .; }
expect "and they are in the pod's own folder, not at /data of this machine" own_folder
restarts() { "$patchbay" status media/security-alert -o csv | awk -F, '$1 == "recorder" { print $5 }'; }
recorder_pid() {
    local pid
    for pid in $(pgrep -f 'patchbay-thing storage'); do
        tr '\0' '\n' 2>/dev/null <"/proc/$pid/environ" | grep -qx "POD_IP=$(address recorder)" && echo "$pid"
    done
}
before=$(begin)
kill -9 "$(recorder_pid)"
restarted() { [ "$(restarts)" = 1 ] && [ "$(begin)" = "$before" ]; }
expect "killed, the recorder still has what it kept" within 30 restarted
remove security-alert

run dangerous-region
expect "people in the region are detected" "$patchbay" tail media/dangerous-region --label person --count 1 --timeout 60s
expect "the siren is on" within 60 says '"state":"on"' ask siren /state
remove dangerous-region

run digital-signs
three_signs() { [ "$("$patchbay" pods -n media -o wide | awk '$2 == "1/1" && ($NF == "entrance" || $NF == "platforms")' | wc -l)" = 3 ]; }
expect "three signs show the player's picture" within 20 three_signs
sign() { ask "$1" /snapshot >"$work/sign.jpg" && [ -s "$work/sign.jpg" ]; }
expect "one of which can be seen" sign platforms
remove digital-signs

kill "$edge"
edge_ends() { wait "$edge"; ! pgrep -f "patchbay-edge.*$KUBECONFIG"; }
expect "the edge ends when told" edge_ends
close_tests
