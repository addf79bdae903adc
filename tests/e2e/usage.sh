#!/usr/bin/env bash
# Wrong use and bad input: each a sentence that says what to do, the right exit status, nothing lost.
. "${abs_top_srcdir:-$PWD}/tests/e2e/lib.sh"
# fails STATUS TEXT COMMAND…: ends with STATUS and says TEXT.
fails() {
    local status=$1 text=$2 rc=0
    shift 2
    timeout 60 "$@" >"$work/said" 2>&1 </dev/null || rc=$?
    [ $rc = "$status" ] || { echo "exit $rc, not $status"; cat "$work/said"; return 1; }
    grep -qF -- "$text" "$work/said" || { echo "no '$text' in:"; cat "$work/said"; return 1; }
    ! grep -qE 'BUG|Sanitizer|Segmentation|Aborted' "$work/said"
}
graph() { cat >"$work/graph.yaml"; }

expect "a mistyped command" fails 2 "did you mean 'patchbay nodes'?" "$patchbay" nods
expect "a mistyped option" fails 2 "did you mean '--namespace'?" "$patchbay" pods --namespce x
expect "an option of another command" fails 2 "takes no '--sample'" "$patchbay" pods --sample lobby
expect "a missing value" fails 2 "needs a value" "$patchbay" pods -n
expect "a missing argument" fails 2 "needs more" "$patchbay" validate
expect "one argument too many" fails 2 "one word too many" "$patchbay" validate a b
expect "an unknown output format" fails 2 "table, wide, json, yaml, csv or name" "$patchbay" catalog -o xml
expect "an unknown sample" fails 2 "did you mean 'lobby'?" "$patchbay" new --sample loby
expect "an unknown media thing" fails 2 "did you mean 'ip-camera'?" "$patchbay" catalog ip-camra
expect "taking over a thing that is not there" fails 2 "did you mean 'camera'?" "$patchbay" deploy --edge "$abs_top_srcdir/assets/graphs/lobby.yaml" --take-over camra
for command in new catalog validate render place warm diff deploy status why timing history rollback delete nodes pods events logs tail record replay edge \
    restart stop start scale pause resume; do
    expect "$command has help" says "options:" "$patchbay" "$command" --help
done
expect "manual and config have help" says "options:" "$patchbay" manual --help
expect "a configuration's faults" fails 1 "c.yaml:2:3: there is no view 'podz'; did you mean 'pods'?" \
    sh -c "printf 'keys:\n  podz: {}\n' >'$work/c.yaml'; '$patchbay' config '$work/c.yaml'"
expect "a configuration that is not there" fails 2 "there is no such file" "$patchbay" config "$work/no.yaml"
completes() { "$patchbay" manual bash | bash -n && "$patchbay" manual bash | grep -q "^    deploy) words='.*--dry-run"; }
expect "bash completes commands and options" completes
expect "no terminal" fails 2 "needs a terminal" "$patchbay"
expect "no kubeconfig" fails 2 "no such file" "$patchbay" nodes --kubeconfig "$work/none"
echo ': [' >"$work/kubeconfig"
expect "a broken kubeconfig" fails 2 "$work/kubeconfig" "$patchbay" nodes --kubeconfig "$work/kubeconfig"
cat >"$work/kubeconfig" <<'Y'
apiVersion: v1
kind: Config
current-context: x
clusters: [{name: x, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: x, user: {token: t}}]
contexts: [{name: x, context: {cluster: x, user: x}}]
Y
expect "a cluster that is not there" fails 3 "connection refused" "$patchbay" nodes --kubeconfig "$work/kubeconfig"
expect "placing on a cluster that is not there" fails 3 "connection refused" \
    "$patchbay" place "$src/assets/graphs/lobby.yaml" --kubeconfig "$work/kubeconfig"
expect "an unknown context" fails 2 "x" "$patchbay" nodes --kubeconfig "$work/kubeconfig" --context y

expect "a file that is not there" fails 2 "no such file or directory" "$patchbay" validate "$work/none.yaml"
mkdir "$work/empty-dir"
expect "a folder without documents" fails 2 "holds no .yaml file" "$patchbay" validate "$work/empty-dir"
: >"$work/empty.yaml"
expect "an empty file" fails 1 "empty.yaml" "$patchbay" validate "$work/empty.yaml"
head -c 5000 /dev/urandom >"$work/binary.yaml"
expect "a binary file" fails 1 "UTF-8" "$patchbay" validate "$work/binary.yaml"
truncate -s 100M "$work/big.yaml"
expect "a file of 100 MB" fails 2 "more than" "$patchbay" validate "$work/big.yaml"
printf '%.0s[' $(seq 100000) >"$work/deep.yaml"
expect "a deeply nested file" fails 1 "deep.yaml:1:" "$patchbay" validate "$work/deep.yaml"
printf 'a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n' >"$work/bomb.yaml"
expect "an alias bomb" fails 1 "bomb.yaml:1:4: anchors" "$patchbay" validate "$work/bomb.yaml"
graph <<'Y'
apiVersion: patchbay.dev/v1
kind: ServiceGraph
metadata: {name: bad}
spec:
  things:
    - {name: camera, type: ip-camera, params: {fps: 900}}
    - {name: camera, type: ip-camera}
    - {name: object_detect, type: people-detector}
    - {name: x, type: ip-camra, colour: red}
    - {name: gate, external: {video: "rtsp://admin:hunter2@10.0.0.9/live"}}
  links:
    - {from: camra.video, to: object_detect.video}
Y
for text in "graph.yaml:6:" "graph.yaml:7:" "object-detect" "ip-camera" "colour" "camera"; do
    expect "a graph with many faults names '$text'" fails 1 "$text" "$patchbay" validate "$work/graph.yaml"
done
expect "a password is not repeated" bash -c "! '$patchbay' validate '$work/graph.yaml' 2>&1 | grep -q hunter2"
expect "an error says where" fails 1 "graph.yaml" "$patchbay" render "$work/graph.yaml"
expect "standard input" fails 1 "<stdin>" bash -c "'$patchbay' validate - <'$work/graph.yaml'"
expect "--set on a good graph" says "fps" "$patchbay" render "$src/assets/graphs/lobby.yaml" --set camera.fps=7
expect "--set without a value" fails 2 "--set takes THING.PARAM=VALUE, not 'camera.fps'" \
    "$patchbay" render "$src/assets/graphs/lobby.yaml" --set camera.fps
expect "--set out of its range" fails 1 "--set camera.fps=700" "$patchbay" render "$src/assets/graphs/lobby.yaml" --set camera.fps=700
expect "--set of replicas" says "replicas: 3" "$patchbay" render "$src/assets/graphs/lobby.yaml" --set camera.replicas=3
expect "--set of GPUs that are no number" fails 1 "--set camera.gpu=x: 'x' is not a whole number from 0 to 64" \
    "$patchbay" render "$src/assets/graphs/lobby.yaml" --set camera.gpu=x
mkdir "$work/two"
for name in one two; do sed "s/name: lobby/name: $name/" "$src/assets/graphs/lobby.yaml" >"$work/two/$name.yaml"; done
documents() { # between two of them there is a line
    "$patchbay" render "$1" | awk '/^kind:/ { kinds++ } /^---$/ { lines++ } END { print kinds, lines; exit kinds != 14 || lines != 13 }'
}
expect "the manifests of a folder's graphs are one stream" documents "$work/two"
mkdir "$work/site"
cat >"$work/site/graph.yaml" <<'Y'
apiVersion: patchbay.dev/v1
kind: ServiceGraph
metadata: {name: site}
spec:
  things:
    - {foreach: cameras.csv, name: "camera-${row.name}", type: ip-camera, params: {source: "${row.url}", fps: "${row.fps}"}}
    - {name: wall, type: monitor}
  links:
    - {foreach: cameras.csv, from: "camera-${row.name}.video", to: wall.video}
Y
printf 'name,url,fps\ndoor,rtsp://10.0.0.1/a,5\nyard,rtsp://10.0.0.2/b,\n' >"$work/site/cameras.csv"
expect "a row of a file each" says "3 things, 2 links" "$patchbay" validate "$work/site/graph.yaml"
expect "what is deployed is the stamped text" says 'name: "camera-yard", type: ip-camera, params: {source: "rtsp://10.0.0.2/b"}}' \
    "$patchbay" render "$work/site/graph.yaml"
printf 'kind: ServiceGraph\nspec:\n  things:\n    - {name: camera-door, params: {fps: 99}}\n' >"$work/overlay.yaml"
expect "an overlay's fault is told in the overlay" fails 1 "overlay.yaml:4:41: fps: '99' is not a number from 1 to 60 frames/s" \
    "$patchbay" validate "$work/site/graph.yaml" --overlay "$work/overlay.yaml"
printf 'kind: ServiceGraph\nmetadata: {namespace: west}\n' >"$work/overlay.yaml"
expect "an overlay" says "graph west/site is valid" "$patchbay" validate "$work/site/graph.yaml" --overlay "$work/overlay.yaml"
sed -i 's/,5$/,500/' "$work/site/cameras.csv"
expect "a row's fault names the row" fails 1 "graph.yaml:6:111: fps: '500' is not a number from 1 to 60 frames/s (row 2 of cameras.csv)" \
    "$patchbay" validate "$work/site/graph.yaml"
rm "$work/site/cameras.csv"
expect "rows that are not there" fails 1 "graph.yaml:6:17: cannot read '$work/site/cameras.csv'" "$patchbay" validate "$work/site/graph.yaml"
expect "an overlay that is not there" fails 2 "cannot read '$work/none.yaml'" \
    "$patchbay" render "$src/assets/graphs/lobby.yaml" --overlay "$work/none.yaml"
expect "a sample is what it says it is" bash -c "'$patchbay' new --sample lobby | '$patchbay' validate -"
expect "a full disk behind the output" fails 2 "cannot write to standard output" \
    bash -c "'$patchbay' render '$src/assets/graphs/lobby.yaml' >/dev/full"
expect "a reader that had enough" bash -c "set -o pipefail; '$patchbay' render '$src/assets/graphs/wall.yaml' | head -1"
expect "a new document is understood" says "is valid" bash -c "'$patchbay' new shop | '$patchbay' validate -"
cat >"$work/things.yaml" <<'Y'
apiVersion: patchbay.dev/v1
kind: MediaThing
metadata: {name: broken}
spec: {class: MSensr, image: x, prot: 8080}
Y
expect "the faults of a catalogue" fails 1 "things.yaml:4:" "$patchbay" catalog --check "$work/things.yaml"

expect "a closed output is an error" fails 2 "cannot write to standard output" \
    bash -c "'$patchbay' render '$src/assets/graphs/lobby.yaml' >&-"
expect "a watch ends with its reader" bash -c "
    '$patchbay' edge --kubeconfig '$work/reader' >'$work/reader.log' 2>&1 & edge=\$!
    until grep -q 'is up' '$work/reader.log'; do kill -0 \$edge || exit 1; sleep 0.05; done
    timeout 20 '$patchbay' pods -A -w --kubeconfig '$work/reader' | head -1 | grep -q NAME; rc=\${PIPESTATUS[0]}
    kill \$edge; wait \$edge
    [ \$rc = 0 ]"
# What a cluster keeps in ConfigMaps of a label: a thing with a file, and one that is broken.
clusters_entries() {
    local edge rc=0 c=$work/entries
    "$patchbay" edge --kubeconfig "$c" >"$c.log" 2>&1 & edge=$!
    pids+=($edge)
    until grep -q 'is up' "$c.log"; do kill -0 $edge || return 1; sleep 0.05; done
    awk '/certificate-authority-data/ { print $2 }' "$c" | base64 -d >"$c.pem"
    cat >"$c.json" <<'J'
{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "things", "labels": {"patchbay.dev/kind": "catalog"}}, "data": {
 "lens.yaml": "apiVersion: patchbay.dev/v1\nkind: MediaThing\nmetadata: {name: lens}\nspec:\n  class: MSensor\n  image: patchbay/thing:1\n  args: [camera]\n  port: 8080\n  params: [{name: note, default: hello}]\n  files: [{path: /etc/lens.conf, content: \"${param.note}\"}]\n",
 "bad.yaml": "apiVersion: patchbay.dev/v1\nkind: MediaThing\nmetadata: {name: bad}\nspec: {class: MSensor, image: x, prot: 1}\n"}}
J
    curl -fsS --noproxy '*' --cacert "$c.pem" -H "Authorization: Bearer $(awk '/token:/ { print $2 }' "$c")" -H 'Content-Type: application/json' \
        -d "@$c.json" "$(awk '/server:/ { print $2 }' "$c")/api/v1/namespaces/default/configmaps" >/dev/null || return 1
    printf 'apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: lens}\nspec: {things: [{name: a, type: lens}]}\n' >"$c.yaml"
    fails 1 "the catalogue has no type 'lens'" "$patchbay" validate "$c.yaml" &&
        fails 0 "configmap default/things:lens.yaml" "$patchbay" catalog lens --kubeconfig "$c" &&
        fails 0 "configmap default/things:bad.yaml:4:34: spec has no key 'prot'" "$patchbay" deploy "$c.yaml" --kubeconfig "$c" &&
        fails 0 "created configmap a.files-" "$patchbay" deploy "$c.yaml" --set a.note=other --kubeconfig "$c" &&
        fails 0 "pruned configmap a.files-" "$patchbay" deploy "$c.yaml" --kubeconfig "$c" &&
        fails 0 "lens" "$patchbay" status lens --kubeconfig "$c" || rc=1
    kill $edge; wait $edge
    return $rc
}
expect "a cluster's own entries are known there, and their files go with the graph" clusters_entries
expect "a cluster that dies during a deployment" bash -c "
    sed 's/count: 1/count: 64/' '$src/assets/graphs/lobby.yaml' >'$work/never.yaml'
    '$patchbay' edge --kubeconfig '$work/dies' >'$work/dies.log' 2>&1 & edge=\$!
    until grep -q 'is up' '$work/dies.log'; do kill -0 \$edge || exit 1; sleep 0.05; done
    timeout 40 '$patchbay' deploy '$work/never.yaml' --wait --timeout 6s --kubeconfig '$work/dies' >'$work/deploy.log' 2>&1 & deploy=\$!
    until grep -q 'Insufficient' '$work/deploy.log'; do kill -0 \$deploy || exit 1; sleep 0.05; done
    kill -9 \$(ps -o pid= --ppid \$edge)
    wait \$deploy; rc=\$?
    wait \$edge
    cat '$work/deploy.log'
    [ \$rc = 3 ] && grep -q 'is not known: cannot ' '$work/deploy.log'"
expect "an edge on a port in use" bash -c "
    exec 3<>/dev/null
    '$patchbay' edge --kubeconfig '$work/first' >'$work/first.log' 2>&1 & first=\$!
    until grep -q 'is up' '$work/first.log'; do kill -0 \$first || exit 1; sleep 0.05; done
    port=\$(sed -n 's/.*https:\/\/127.0.0.1:\([0-9]*\).*/\1/p' '$work/first' | head -1)
    timeout 20 '$patchbay' edge --port \$port >'$work/second.log' 2>&1; rc=\$?
    sed \"s/token: .*/token: wrong/\" '$work/first' >'$work/wrong'
    timeout 20 '$patchbay' nodes --kubeconfig '$work/wrong' >'$work/wrong.log' 2>&1; wrong=\$?
    kill \$first; wait \$first
    cat '$work/second.log' '$work/wrong.log'
    [ \$rc = 2 ] && grep -q 'in use' '$work/second.log' && [ \$wrong != 0 ] && grep -qi 'unauthorized' '$work/wrong.log'"
insistent() {
    local dir=$work/insistent pid rc=0
    mkdir "$dir"
    "$top/patchbay-edge" --kubeconfig "$dir/kubeconfig" --state "$dir/state" >"$dir/log" 2>&1 &
    pid=$!
    until grep -q ready "$dir/log"; do kill -0 $pid || return 1; sleep 0.05; done
    while kill -TERM $pid 2>/dev/null; do :; done
    wait $pid || rc=$?
    echo "exit $rc"; ls -R "$dir"
    [ $rc = 0 ] && [ ! -e "$dir/kubeconfig" ] && [ -z "$(ls "$dir/state")" ]
}
expect "an edge that is told to end again and again still takes its files along" insistent
close_tests
