#!/usr/bin/env bash
# What a deployment would change, against a real API server: the lines that kubectl diff says, its refusals, and what others
# changed. The control plane alone is enough.
. "$(dirname "$0")/../lib.sh"
new_space diff || exit
graph=$work/graph.yaml
cat >"$graph" <<TEXT
apiVersion: patchbay.dev/v1
kind: ServiceGraph
metadata: {name: lobby, namespace: $space}
spec:
  things:
    - name: camera
      type: ip-camera
      params: {source: "sample:vtest", fps: 10}
      env: {EMPTY: ""}
      resources: {limits: {cpu: "0.5", memory: 1024Mi}}
    - name: object-detect
      type: people-detector
      gpu: {count: 1}
    - name: keep
      type: recorder
  links:
    - {from: camera.video, to: object-detect.video}
    - {from: camera.video, to: keep.video}
TEXT

# difference STATUS ARGUMENT…: as in tests/e2e/diff.sh.
difference() {
    local wanted=$1 rc=0
    shift
    "$patchbay" diff "$graph" "$@" >"$work/is" 2>"$work/notes" || rc=$?
    [ $rc = "$wanted" ] || { echo "exit $rc, not $wanted"; cat "$work/is" "$work/notes"; return 1; }
    diff -u - "$work/is"
}
# What of a unified difference differs; quotes are a matter of taste, and the generation counts by itself.
lines() { grep '^[-+]' | grep -v '^\(---\|+++\) ' | grep -v '^[-+]  generation: ' | tr -d "\"'" | sort; }
members() { "$patchbay" render "$graph" "$@" | awk 'BEGIN { RS = "---\n" } NR > 1 { print "---"; printf "%s", $0 }'; }
# as_kubectl STATUS ARGUMENT…: both say the same lines.
as_kubectl() {
    local wanted=$1 rc=0
    shift
    members "$@" >"$work/members.yaml"
    k diff --server-side --force-conflicts --field-manager=patchbay -f "$work/members.yaml" >"$work/theirs" 2>"$work/said" || rc=$?
    [ $rc = "$wanted" ] || { echo "kubectl diff ends with $rc, not $wanted"; cat "$work/said"; return 1; }
    rc=0
    "$patchbay" diff "$graph" --force-conflicts -o yaml "$@" >"$work/ours" 2>"$work/said" || rc=$?
    [ $rc = "$wanted" ] || { echo "patchbay diff ends with $rc, not $wanted"; cat "$work/said" "$work/ours"; return 1; }
    [ "$wanted" = 0 ] || [ -n "$(lines <"$work/ours")" ] || { echo "no line differs"; return 1; }
    diff -u <(lines <"$work/theirs") <(lines <"$work/ours")
}

expect "a first deployment is all new" exits 1 "$patchbay" diff "$graph"
expect "and changes nothing" counts 0 k -n "$space" get deployments,services -o name
expect "the graph is deployed" "$patchbay" deploy "$graph"
nothing() { difference 0 </dev/null; }
expect "quantities in the server's own form and an empty variable are no difference" nothing
expect "nor are they for kubectl" as_kubectl 0
expect "a parameter: the lines of kubectl diff" as_kubectl 1 --set camera.fps=15
cat >"$work/site.yaml" <<'Y'
kind: ServiceGraph
spec:
  things:
    - {name: camera, replicas: 2, nodeSelector: {zone: east}, env: {COLOUR: red}, resources: {limits: {cpu: 1}}}
    - {name: object-detect, gpu: null, tolerations: [{key: gpu, operator: Exists, effect: NoSchedule}]}
Y
site() { difference 1 --overlay "$work/site.yaml" <<'X'; }
~ camera  restarts 1 pod, 1 more
    replicas 1 → 2
    env COLOUR (none) → red
    cpu limit 500m → 1
    nodeSelector zone (none) → east
~ object-detect  restarts 1 pod
    GPU 1 → 0
    tolerations (none) → gpu:NoSchedule
    strategy Recreate → RollingUpdate
X
expect "much at once: in words" site
expect "and the lines of kubectl diff" as_kubectl 1 --overlay "$work/site.yaml"

k -n "$space" scale deployment camera --replicas=3 >/dev/null
k -n "$space" set image deployment/keep keep=other:1 >/dev/null
k -n "$space" set env deployment/camera INPUT=theirs >/dev/null # theirs alone: a deployment leaves it
by_hand() { difference 1 --force-conflicts --set camera.fps=15 <<'X'; }
~ camera  restarts 1 pod, 2 end
    fps 10 → 15
    changed on the cluster: replicas 1 → 3 by kubectl (scale)
~ keep  restarts 1 pod, a gap: strategy Recreate
    changed on the cluster: image patchbay/thing:1 → other:1 by kubectl-set
X
expect "what was changed by hand, and by what" by_hand
expect "as YAML it is undone, by the lines of kubectl diff" as_kubectl 1 --set camera.fps=15
conflict() { difference 2 <<'X'; }
~ camera  its pod runs on, 2 end
    changed on the cluster: replicas 1 → 3 by kubectl (scale)
    ! cannot apply deployment camera: the field .spec.replicas belongs to 'kubectl'
~ keep  restarts 1 pod, a gap: strategy Recreate
    changed on the cluster: image patchbay/thing:1 → other:1 by kubectl-set
    ! cannot apply deployment keep: the field .spec.template.spec.containers[name="keep"].image belongs to 'kubectl-set'
X
expect "without force the conflicts are named, with manager and field" conflict
expect "the graph is deployed again, by force" "$patchbay" deploy "$graph" --force-conflicts
expect "and nothing differs" nothing
k -n "$space" delete service camera >/dev/null
deleted() { difference 1 <<'X'; }
~ camera  changes, its pod runs on
    changed on the cluster: its service is not there
X
expect "a service that somebody deleted" deleted

larger() { "$patchbay" diff "$graph" --set keep.storage=2Gi; }
expect "a volume that cannot grow: the refusal is at its thing" says "    ! cannot apply persistentvolumeclaim keep: " larger
expect "and an error" exits 2 larger
expect "as YAML, too" exits 2 "$patchbay" diff "$graph" --set keep.storage=2Gi -o yaml
new_space taken
k -n "$space" create deployment camera --image=stranger >/dev/null
k -n "$space" create quota few --hard=count/services=1 >/dev/null
sed -i "s/namespace: pbtest-diff-[0-9]*/namespace: $space/" "$graph"
wait_for k -n "$space" get quota few -o jsonpath='{.status.hard}' >/dev/null
refused() { "$patchbay" diff "$graph" --force-conflicts >"$work/is" 2>&1; }
expect "another's deployment of that name" exits 2 refused
expect "is named" grep -qx '    ! deployment camera is there already and not this graph.s' "$work/is"
expect "and cannot be taken over: its selector is another" grep -q '! cannot apply deployment camera: .*immutable' "$work/is"
exhausted() {
    k -n "$space" create service clusterip one --tcp=80 >/dev/null
    wait_for bash -c "'$kubectl' -n '$space' get quota few -o jsonpath='{.status.used}' | grep -q '\"1\"'" &&
        says '! cannot apply service camera: services "camera" is forbidden: exceeded quota' "$patchbay" diff "$graph"
}
expect "a quota's refusal is said of the thing" exhausted

new_space viewer
sed -i "s/namespace: pbtest-taken-[0-9]*/namespace: $space/" "$graph"
k -n "$space" create rolebinding viewer --clusterrole=view --user=viewer >/dev/null 2>&1
may_not() { as viewer exits 2 "$patchbay" diff "$graph" >"$work/is"; }
expect_here "who may only look is told what would be refused" may_not
expect_here "and sees what would change all the same" grep -qx '+ camera  ip-camera' "$work/is"
close_tests
