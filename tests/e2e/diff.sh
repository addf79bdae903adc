#!/usr/bin/env bash
# What a deployment would change, said before it is done: in words and as YAML, with the exit status of kubectl diff.
. "${abs_top_srcdir:-$PWD}/tests/e2e/lib.sh"

lobby=$src/assets/graphs/lobby.yaml
export XDG_CONFIG_HOME=$work/config
mkdir -p "$XDG_CONFIG_HOME/patchbay/catalog"
# difference STATUS ARGUMENT…: it ends so, and says on standard output what stands on ours.
difference() {
    local wanted=$1 rc=0
    shift
    "$patchbay" diff "$@" >"$work/is" 2>"$work/notes" || rc=$?
    [ $rc = "$wanted" ] || { echo "exit $rc, not $wanted"; cat "$work/is" "$work/notes"; return 1; }
    diff -u - "$work/is"
}
# The lines of a unified difference that differ, of no matter which objects.
lines() { "$patchbay" diff "$@" 2>&1 | grep '^[-+]' | grep -v '^\(---\|+++\)'; }
shows() {
    local wanted=$1
    shift
    diff -u <(echo "$wanted") <(lines "$@")
}
# As kubectl would do it: by a PATCH of its own.
server() { sed -n 's/^ *server: //p' "$KUBECONFIG" | head -1; }
token() { sed -n 's/^ *token: //p' "$KUBECONFIG" | head -1; }
ca() { sed -n 's/^ *certificate-authority-data: //p' "$KUBECONFIG" | head -1 | base64 -d; }
patch() {
    ca >"$work/ca"
    curl -sSf --noproxy '*' --cacert "$work/ca" -X PATCH -H "Authorization: Bearer $(token)" \
        -H 'Content-Type: application/merge-patch+json' -d "$3" "$(server)$1?fieldManager=$2" >/dev/null
}

expect "the embedded cluster starts" start_edge
all_new() { difference 1 "$lobby" <<'X'; }
+ camera  ip-camera
+ monitoring  monitor
+ object-detect  people-detector, GPU 1
X
expect "without a namespace all is new" all_new
expect "which is said" says "the namespace media is not there yet" "$patchbay" diff "$lobby"
expect "as YAML, too: every line is added" bash -c "! '$patchbay' diff '$lobby' -o yaml 2>/dev/null | grep '^-[^-]'"
expect "nothing was made of it" says "no graph 'lobby' is deployed" "$patchbay" status lobby
expect "lobby is deployed" "$patchbay" deploy "$lobby"
same() { difference 0 "$lobby" </dev/null; }
expect "then nothing differs" same
expect "nor as YAML" exits 0 "$patchbay" diff "$lobby" -o yaml
expect "nor from standard input" exits 0 "$patchbay" diff -f - <"$lobby"
expect "in words it is said" says "media/lobby on edge: nothing would change" "$patchbay" diff "$lobby"

changed() { difference 1 "$lobby" --set camera.fps=15 --set monitoring.replicas=3 --set object-detect.gpu=2 <<'X'; }
~ camera  restarts 1 pod
    fps 10 → 15
~ monitoring  its pod runs on, 2 more
    replicas 1 → 3
~ object-detect  restarts 1 pod, a gap: no second GPU to roll on
    GPU 1 → 2
X
expect "what differs has the graph's words" changed
expect "and the cluster's as YAML" shows "-        - '10'
+        - '15'" "$lobby" --set camera.fps=15 -o yaml
json() { "$patchbay" diff "$lobby" --set camera.fps=15 -o json; }
expect "and JSON's" says '"name":"fps","before":"10","after":"15","words":"fps 10 → 15"' json
sed 's/monitoring/screen/g' "$lobby" >"$work/renamed.yaml"
renamed() { difference 1 "$work/renamed.yaml" <<'X'; }
+ screen  monitor, monitoring under another name
- monitoring  is deleted, with its pods and its service
X
expect "another name" renamed
gone() { "$patchbay" diff "$work/renamed.yaml" -o yaml | grep -qx -- '-  name: monitoring'; }
expect "what would go is shown whole" gone
cat >"$work/site.yaml" <<'Y'
kind: ServiceGraph
spec:
  things:
    - {name: camera, nodeSelector: {zone: east}}
Y
overlay() { difference 1 "$lobby" --overlay "$work/site.yaml" <<'X'; }
~ camera  restarts 1 pod
    nodeSelector zone (none) → east
X
expect "an overlay" overlay

printf 'apiVersion: patchbay.dev/v1\nkind: Images\nimages: [{name: patchbay/thing, newTag: "2"}]\n' >"$XDG_CONFIG_HOME/patchbay/catalog/images.yaml"
image() { difference 1 "$lobby" <<'X'; }
~ camera  restarts 1 pod
    image patchbay/thing:1 → patchbay/thing:2, from the catalogue
~ monitoring  restarts 1 pod
    image patchbay/thing:1 → patchbay/thing:2, from the catalogue
~ object-detect  restarts 1 pod, a gap: no second GPU to roll on
    image patchbay/thing:1 → patchbay/thing:2, from the catalogue
X
expect "another image in the catalogue is named as that" image
rm "$XDG_CONFIG_HOME/patchbay/catalog/images.yaml"

deployment=/apis/apps/v1/namespaces/media/deployments/monitoring
expect "somebody else changes the replicas" patch $deployment by-hand '{"spec":{"replicas":3}}'
drift() { difference 2 "$lobby" <<'X'; }
~ monitoring  its pod runs on, 2 end
    changed on the cluster: replicas 1 → 3 by by-hand
    ! cannot apply deployment monitoring: the field .spec.replicas belongs to 'by-hand'
X
expect "what was changed on the cluster says by whom, and that it is refused" drift
forced() { difference 1 "$lobby" --force-conflicts <<'X'; }
~ monitoring  its pod runs on, 2 end
    changed on the cluster: replicas 1 → 3 by by-hand
X
expect "unless it is forced" forced
expect "as YAML it is what would be undone" shows "-  replicas: 3
+  replicas: 1" "$lobby" --force-conflicts -o yaml
expect "a conflict is an error there, too" exits 2 "$patchbay" diff "$lobby" -o yaml
expect "the replicas are still the other's" says '"replicas 1 → 3 by by-hand' eval "'$patchbay' diff '$lobby' -o json | sed 's/changed on the cluster: //'"

sed 's/name: lobby, /name: hall, /' "$lobby" >"$work/hall.yaml"
expect "a second graph with things of these names" says "deployment camera is there already and not this graph's, but of graph lobby" \
    "$patchbay" diff "$work/hall.yaml" --force-conflicts
expect "is an error" exits 2 "$patchbay" diff "$work/hall.yaml" --force-conflicts
expect "in every form" exits 2 "$patchbay" diff "$work/hall.yaml" --force-conflicts -o json
expect "as it is for deploy, which leaves them alone" says "deployment camera is there already and is not of this set" \
    "$patchbay" deploy "$work/hall.yaml" --force-conflicts
expect "somebody lets Argo CD keep them" patch $deployment by-hand '{"metadata":{"annotations":{"argocd.argoproj.io/tracking-id":"site:x"}}}'
expect "which is said" says "Argo CD (application site) keeps these objects as they are in git" "$patchbay" diff "$lobby" --force-conflicts
expect "and is an error" exits 2 "$patchbay" diff "$lobby" --force-conflicts
expect "and no longer" patch $deployment by-hand '{"metadata":{"annotations":{"argocd.argoproj.io/tracking-id":null}}}'

mkdir "$work/both"
cp "$lobby" "$work/both/a.yaml"
sed 's/name: lobby, namespace: media/name: hall, namespace: other/; s/name: lobby$/name: hall/; s/namespace: media$/namespace: other/' "$lobby" >"$work/both/b.yaml"
expect "a folder: each graph is named" says "other/hall" "$patchbay" diff "$work/both" --force-conflicts
expect "a fault of the file is an error" exits 2 "$patchbay" diff "$lobby" --set camera.fps=900
expect "so is another format" exits 2 "$patchbay" diff "$lobby" -o csv
kill "$edge"
wait "$edge" 2>/dev/null
cat >"$work/none" <<'Y'
apiVersion: v1
kind: Config
current-context: x
clusters: [{name: x, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: x, user: {token: t}}]
contexts: [{name: x, context: {cluster: x, user: x}}]
Y
expect "a cluster that is not there is not reached" exits 3 "$patchbay" diff "$lobby" --kubeconfig "$work/none"
close_tests
