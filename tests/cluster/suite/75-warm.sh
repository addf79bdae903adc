#!/usr/bin/env bash
# Images before they are needed: `warm` has them pulled where a graph may run and nowhere else, from a real registry by real
# kubelets; the deployment after it pulls nothing. What cannot be pulled, what a killed run leaves behind, what ^C leaves.
. "$(dirname "$0")/../lib.sh"
needs_ours

export XDG_CONFIG_HOME=$work/config
mkdir -p "$XDG_CONFIG_HOME/patchbay/catalog"
own=test/warm-$$ # nobody has it: each run is the first one

# make_image NAME MEGABYTES: a program that stays, and as much that no compression makes smaller.
make_image() {
    local folder=$work/image
    rm -rf "$folder" && mkdir "$folder" && chmod 755 "$folder" && cc -Os -static -o "$folder/pause" "$cluster_tests/pause.c" &&
        chmod 755 "$folder/pause" &&
        head -c "$2"M /dev/urandom >"$folder/ballast" &&
        push_image "$1" "$folder" '{"Entrypoint": ["/pause"], "User": "10001"}'
}
# entry TYPE IMAGE
entry() {
    cat >"$XDG_CONFIG_HOME/patchbay/catalog/$1.yaml" <<TEXT
apiVersion: patchbay.dev/v1
kind: MediaThing
metadata: {name: $1}
spec: {class: MSensor, title: $1, image: "$2", port: 8080, outputs: [{name: video, media: video/mjpeg, path: /video}]}
TEXT
}
# graph NAME TYPE…: a thing of each type, on the nodes with our label and a GPU.
graph() {
    local name=$1 type
    shift
    printf 'apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: %s, namespace: %s}\nspec:\n  things:\n' "$name" "$space"
    for type; do
        printf '    - {name: %s, type: %s, gpu: {count: 1}, nodeSelector: {pbtest-warm: "%s"}}\n' "$type" "$type" "$$"
    done
}
images_on() { ctr -a "$cluster/$1/containerd.sock" -n k8s.io images ls -q; }
holds() { images_on "$1" | grep -qxF "docker.io/$2"; }
says_it_holds() { k get node "$1" -o jsonpath='{.status.images[*].names}' | grep -qF "docker.io/$2"; }
ours() { k -n "$space" get pods -l patchbay.dev/warm -o name; }
nothing_left() { local left; left=$(ours) && [ -z "$left" ] || { echo "left: $left"; return 1; }; }
made() { k -n "$space" get events --field-selector reason=Scheduled -o name | grep -c patchbay-warm-; }
warm() { "$patchbay" warm "$@"; }
column() { awk -F, -v name="$1" 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) c = i } NR > 1 { print $c }' "$2"; }

free_nodes() { k uncordon gpu-3; k label node gpu-1 gpu-2 gpu-3 pbtest-warm-; } >/dev/null 2>&1
trap 'free_nodes; cluster_finish' EXIT

new_space warm
k label namespace "$space" pod-security.kubernetes.io/enforce=restricted >/dev/null
k label node gpu-1 gpu-2 gpu-3 pbtest-warm=$$ >/dev/null
k cordon gpu-3 >/dev/null
entry big "$own:1" && entry also-big "$own:1" && entry none "$own-nonesuch:1" && entry next "$own-next:1"
graph big big also-big >"$work/big.yaml"
graph none none big >"$work/none.yaml"
graph next next >"$work/next.yaml"

expect "an image of 200 MB that no node has" make_image "$own:1" 200
# The GPU of one of its nodes is taken: that is no reason not to pull.
expect "another one" make_image "$own-holder:1" 1
cat >"$work/holder.yaml" <<TEXT
apiVersion: v1
kind: Pod
metadata: {name: holder}
spec:
  terminationGracePeriodSeconds: 0
  nodeSelector: {kubernetes.io/hostname: gpu-1}
  securityContext: {runAsNonRoot: true, runAsUser: 10001, seccompProfile: {type: RuntimeDefault}}
  containers:
    - name: holder
      image: $own-holder:1
      securityContext: {allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
      resources: {limits: {nvidia.com/gpu: 1}}
TEXT
k -n "$space" create -f "$work/holder.yaml" >/dev/null
expect "a GPU that is taken" wait_for pod_is holder Running
expect "the image is pulled, where only restricted pods may run" warm "$work/big.yaml" -o csv --timeout 3m
cp "$work/out" "$work/first"
first_says() { grep -E "$1" "$work/first" || { cat "$work/first"; return 1; }; }
expect "on one node" first_says "gpu-1: $own:1 pulled in [0-9.]+m?s, 2[01][0-9] MB"
expect "on the other" first_says "gpu-2: $own:1 pulled in [0-9.]+m?s, 2[01][0-9] MB"
expect "it says when it begins" first_says "gpu-[12]: pulling $own:1"
expect "the table says what the time is worth" first_says "^big.*|gpu-1,$own:1,pulled,[0-9.]+,0.001,event text,2[01][0-9]{7},"
expect "both have it" eval 'holds gpu-1 "$own:1" && holds gpu-2 "$own:1"'
expect "no other has" eval '! holds gpu-3 "$own:1" && ! holds gpu-4 "$own:1"'
expect "none of the pods is left" nothing_left
k -n "$space" delete pod holder >/dev/null
expect "the graph is deployed and ready" "$patchbay" deploy "$work/big.yaml" --wait --timeout 2m
cp "$work/out" "$work/deployed"
twice_present() { [ "$(grep -c ' present ' "$work/deployed")" = 2 ] || { cat "$work/deployed"; return 1; }; }
expect "and nothing was pulled" twice_present
expect "away with it" "$patchbay" delete "$space/big" --yes

expect "the nodes say that they have the image" wait_for -t 90 eval 'says_it_holds gpu-1 "$own:1" && says_it_holds gpu-2 "$own:1"'
before=$(made)
expect "then a second run finds it there" says "0 pulled, 2 present" warm "$work/big.yaml"
expect "and made no pod" eval '[ "$(made)" = "$before" ]'

expect "an image that is nowhere is a fault" exits 1 warm "$work/none.yaml"
cp "$work/out" "$work/second"
expect "with its reason" grep -F "$own-nonesuch:1 is not there: there is no such image" "$work/second"
once() { [ "$(grep -c 'failed to resolve reference' "$work/second")" = 1 ] || { cat "$work/second"; return 1; }; }
expect "and the kubelet's own words once" once
expect "while the other is not forgotten" grep -F "0 pulled, 2 present, 2 not there" "$work/second"
expect "none of the pods is left" nothing_left

expect "another image" make_image "$own-next:1" 200
"$patchbay" warm "$work/next.yaml" >"$work/killed" 2>&1 &
killed=$!
expect "a run is under way" wait_for counts 2 ours
kill -9 $killed
wait $killed 2>/dev/null
expect "killed, it leaves its pods behind" counts 2 ours
expect "the next one removes them first" says "2 pods that an earlier run left behind are removed" warm "$work/next.yaml"
expect "and the image is there" eval 'holds gpu-1 "$own-next:1" && holds gpu-2 "$own-next:1"'
expect "none of the pods is left" nothing_left

expect "one more image" make_image "$own-third:1" 100
entry third "$own-third:1"
graph third third >"$work/third.yaml"
"$patchbay" warm "$work/third.yaml" >"$work/stopped" 2>&1 &
stopped=$!
pids+=($stopped)
expect "a run is under way" wait_for counts 2 ours
kill -INT $stopped
interrupted() { local rc=0; wait $stopped || rc=$?; [ $rc = 130 ] || { cat "$work/stopped"; echo "exit $rc"; return 1; }; }
expect "^C ends it as ^C does" interrupted
expect "and leaves nothing" nothing_left

expect "an image for two runs" make_image "$own-both:1" 100
entry both "$own-both:1"
graph both both >"$work/both.yaml"
"$patchbay" warm "$work/both.yaml" >"$work/one" 2>&1 &
one=$!
pids+=($one)
expect "the first one is under way" wait_for counts 2 ours
kill -STOP $one # and takes its time, yet is not silent for long
mine=$(ours | sort)
expect "the second one is told of it" says "the pods of that run are left alone" warm "$work/both.yaml"
still() { [ "$(ours | sort)" = "$mine" ] || { ours; return 1; }; }
expect "it has done its own and left those of the first" still
kill -CONT $one
expect "which ends well" wait $one
expect "and leaves nothing" nothing_left
close_tests
