#!/usr/bin/env bash
# Kinds of which patchbay knows nothing: a CRD with columns of its own, in the dashboard by the server's Table: made, watched, changed and
# deleted under the view; objects of it described; many clusters at once, one of them dead.
. "$(dirname "$0")/../lib.sh"
. "$cluster_tests/talk.sh"

new_space kinds
group=kinds-$$.example.com
crd() {
    k apply -f - >/dev/null <<END
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: cameras.$group}
spec:
  group: $group
  scope: Namespaced
  names: {plural: cameras, singular: camera, kind: Camera, shortNames: [cam$$]}
  versions:
    - name: v1
      served: true
      storage: true
      schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
      additionalPrinterColumns:
        - {name: Place, type: string, jsonPath: .spec.place}
        - {name: Fps, type: integer, jsonPath: .spec.fps}
        - {name: Lens, type: string, jsonPath: .spec.lens, priority: 1}
$1
        - {name: Age, type: date, jsonPath: .metadata.creationTimestamp}
END
}
camera() { # NAME PLACE FPS
    k -n "$space" apply -f - >/dev/null <<END
{"apiVersion": "$group/v1", "kind": "Camera", "metadata": {"name": "$1"}, "spec": {"place": "$2", "fps": $3, "lens": "wide-$1",
 "streams": [{"codec": "mjpeg", "height": 720}, {"codec": "h264", "height": 1080}]}}
END
}
crd_gone() { k delete crd "cameras.$group" --ignore-not-found >/dev/null; }
served() { k get --raw "/apis/$group/v1/namespaces/$space/cameras" >/dev/null 2>&1; }
trap 'crd_gone; cluster_finish' EXIT

expect "patchbay says of a kind that is not there that it is not" eval \
    '! "$patchbay" describe -n "$space" cameras.'"$group"' x >"$work/out" 2>&1 && grep -q "has no kind" "$work/out"'

expect "the dashboard comes up" talk dash "$watcher" 120x40 "$patchbay" -n "$space"
expect "it is live" ask dash until 20 ' live$'
ask dash keys ":cam$$<Enter>" >/dev/null
expect "a word that no kind has is no command" ask dash until 10 "there is no command 'cam$$'"

crd ""
wait_for served
expect "an object of the new kind is made" camera north gate 25
sleep 1.1 # discovery is asked again no sooner
ask dash keys ":cam$$<Enter>" >/dev/null
expect "its short name shows it, though it came after the dashboard" ask dash until 10 'Camera 1'
expect "in the columns of its own" ask dash until 10 'NAME +PLACE +FPS +AGE +LENS'
expect "with its cells" ask dash until 10 'north +gate +25 +[0-9]+s +wide-north'
expect "another one comes" camera south yard 5
expect "and is seen" ask dash until 5 'south +yard +5 '
expect "one changes" camera south roof 7
expect "and is seen to" ask dash until 5 'south +roof +7 '
expect "one is deleted" k -n "$space" delete "cameras.$group" north --wait=true
expect "and is gone" ask dash gone 5 'north +gate'

expect "Enter describes it" ask dash keys '<Enter>'
expect "in words" ask dash until 5 'Place: +roof'
expect "lists of alike things as tables" ask dash until 5 'CODEC +HEIGHT'
expect "while it is read it changes" camera south cellar 7
expect "and so does what is read" ask dash until 5 'Place: +cellar'
expect "back to the rows" ask dash keys '<Esc>'
expect "which are there" ask dash until 5 'south +cellar'

expect "the kind gets another column" crd '        - {name: Height, type: integer, jsonPath: ".spec.streams[1].height"}'
look_again() { ask dash keys ":cam$$<Enter>" >/dev/null && ask dash until 2 'south +cellar +7 +1080'; }
expect "which is there when the kind is asked for again" wait_for look_again

expect "the kind is deleted under the view" crd_gone
expect "the rows go" ask dash gone 20 'south +cellar'
expect "and the view says why there are none" ask dash until 90 'cannot (list|watch) cameras'
expect "the dashboard lives on" ask dash keys ':svc<Enter>'
expect "with other kinds" ask dash until 10 'Service [0-9]'
k -n "$space" create secret generic pass --from-literal=word=swordfish >/dev/null
ask dash keys ':secrets<Enter>' >/dev/null
expect "secrets are counted" ask dash until 10 'pass +Opaque +1 '
ask dash keys 'd' >/dev/null
expect "their values are not shown in words" ask dash until 10 'word: +\*\*\* \(9 bytes\)'
ask dash keys 'y' >/dev/null
expect "nor as YAML" ask dash until 10 "word: .*\*\*\* \(9 bytes\)"
expect "it leaves" ask dash quit

# As kubectl has them.
agree() { # KIND NAME WORDS…
    "$patchbay" describe -n "$space" "$1" "$2" >"$work/ours" || return 1
    k -n "$space" describe "$1" "$2" >"$work/theirs" || return 1
    for word in "${@:3}"; do
        grep -q -- "$word" "$work/theirs" || { echo "kubectl itself does not say '$word'"; return 1; }
        grep -q -- "$word" "$work/ours" || { echo "patchbay describe $1 $2 does not say '$word'"; cat "$work/ours"; return 1; }
    done
}
k -n "$space" create deployment web --image="$busybox" --replicas=1 >/dev/null
k -n "$space" expose deployment web --port=80 >/dev/null
replica_set() { k -n "$space" get rs -o name | grep -q .; }
wait_for replica_set
expect "a deployment is told as kubectl tells it" agree deployment web "ScalingReplicaSet" "1 desired | 1 updated" "app=web" "$busybox" "NewReplicaSet\|REVISION\|Progressing"
expect "a service is" agree svc web "app=web" "ClusterIP" "80/TCP"
expect "a config map is" agree cm kube-root-ca.crt "BEGIN CERTIFICATE"
described_everything() {
    local kind name bad=0
    for kind in $(k api-resources --verbs=list,get -o name | grep -v '^events'); do
        name=$(k get "$kind" -A -o 'jsonpath={.items[0].metadata.namespace} {.items[0].metadata.name}' 2>/dev/null)
        [ -n "${name// /}" ] || continue
            "$patchbay" describe "$kind" "${name#* }" -n "${name%% *}" >"$work/ours" 2>&1 || { echo "$kind $name: $(tail -1 "$work/ours")"; bad=1; }
    done
    return $bad
}
expect "every kind that the server has can be described" described_everything
same_rows() { # KIND…: the same words as kubectl prints, but for ages
    local kind bad=0
    for kind in "$@"; do
        diff <(k get "$kind" -A 2>/dev/null | sed -E 's/ +/ /g; s/ $//; s/ [0-9]+[smhd][0-9smh]*//g') <("$patchbay" get "$kind" -A 2>/dev/null | sed -E 's/ +/ /g; s/ $//; s/ [0-9]+[smhd][0-9smh]*//g') || { echo "$kind differs"; bad=1; }
    done
    return $bad
}
expect "rows are those of kubectl get" same_rows crd svc cm secrets deploy rs namespaces priorityclasses clusterroles apiservices serviceaccounts

# Many clusters.
fleet() {
    server=$(k config view --raw --minify -o 'jsonpath={.clusters[0].cluster.server}')
    k config view --raw --minify --flatten >"$work/fleet"
    export KUBECONFIG=$work/fleet
    k config rename-context "$(k config current-context)" shop-here >/dev/null &&
        k config set-cluster dead --server=https://127.0.0.1:1 >/dev/null &&
        k config set-context shop-dead --cluster=dead --user="$(k config view -o 'jsonpath={.users[0].name}')" >/dev/null &&
        k config set-credentials wrong --token=wrong >/dev/null &&
        k config set-context shop-wrong --cluster="$(k config view -o 'jsonpath={.contexts[?(@.name=="shop-here")].context.cluster}')" --user=wrong >/dev/null
}
expect "a kubeconfig of three clusters" fleet
rows() {
    local began=$SECONDS
    "$patchbay" status --contexts 'shop-*' >"$work/out"
    [ $? = 1 ] || { echo "it should exit 1"; return 1; }
    [ $((SECONDS - began)) -le 4 ] || { echo "it took $((SECONDS - began)) s"; return 1; }
    grep -Eq '^shop-here +v[0-9]' "$work/out" && grep -Eq '^shop-dead .*(refused|connect)' "$work/out" && grep -Eq '^shop-wrong .*nauthorized' "$work/out" || { cat "$work/out"; return 1; }
}
expect "each has its row, and the dead one holds none up" rows
expect "none that answers is exit 3" exits 3 "$patchbay" status --contexts 'shop-dead'

close_tests
