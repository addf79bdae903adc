#!/usr/bin/env bash
# Pods and events on a real cluster: what filters let pass beside kubectl's selectors, marks, eviction that a budget refuses and
# then lets through, restart and deletion of what is marked, and events that stay when the server has none any more.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../talk.sh"

new_space pods
[ $ours = no ] || push_busybox
objects() {
    cat <<TEXT
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, tier: front}}
    spec:
      terminationGracePeriodSeconds: 0
      containers: [{name: main, image: $busybox, command: [sh, -c, "exec sleep 100000"]}]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {minAvailable: 3, selector: {matchLabels: {app: web}}}
---
apiVersion: v1
kind: Pod
metadata: {name: alone, labels: {app: alone}}
spec:
  terminationGracePeriodSeconds: 0
  containers: [{name: main, image: $busybox, command: [sh, -c, "exec sleep 100000"]}]
---
apiVersion: v1
kind: Pod
metadata: {name: nowhere, labels: {app: alone}}
spec:
  nodeSelector: {nobody: has-it}
  containers: [{name: main, image: $busybox}]
TEXT
}
objects | k -n "$space" apply -f - >/dev/null
wait_for -t 120 k -n "$space" rollout status deployment/web --timeout=2s >/dev/null 2>&1
wait_for -t 60 k -n "$space" wait --for=condition=Ready pod/alone --timeout=2s >/dev/null 2>&1

ours_of() { "$patchbay" pods -n "$space" -o name --filter "$1" | sort; }
theirs_of() { k -n "$space" get pods -o name "$@" | sort; }
same() { diff <(ours_of "$1") <(theirs_of "${@:2}"); }
budget_allows() { [ "$(k -n "$space" get pdb web -o 'jsonpath={.status.disruptionsAllowed}')" = "$1" ]; }
uids() { k -n "$space" get pods -l app=web -o 'jsonpath={range .items[*]}{.metadata.uid}{"\n"}{end}' | sort; }
# How many of the web pods of before are there still.
left_of() { comm -12 <(echo "$1") <(uids) | grep -c . ; }
test_left() { [ "$(left_of "$before")" = "$1" ]; }
all_there() { [ "$(uids | wc -l)" = 3 ] && k -n "$space" rollout status deployment/web --timeout=2s >/dev/null 2>&1; }

expect "a label" same label=app=web -l app=web
expect "a label and one that is not" same 'label=app,tier!=front' -l 'app,tier!=front'
expect "-l as kubectl has it" same '-l app=web,tier=front' -l app=web,tier=front
expect "a state" same status=Pending --field-selector status.phase=Pending
expect "the negation of a state" same '!status=Pending' --field-selector status.phase!=Pending
one_node() { local node; node=$(k -n "$space" get pod alone -o 'jsonpath={.spec.nodeName}'); same "node=$node" --field-selector "spec.nodeName=$node"; }
expect "a node" one_node
expect "an expression" test "$(ours_of '/^web-.*[a-z0-9]$/ restarts=0 age<1h' | wc -l)" = 3
unknown_column() { ! "$patchbay" pods -n "$space" --filter nodes=1 2>"$work/err" && grep -q "no column 'nodes' here; there are: name, ready, status" "$work/err"; }
expect "an unknown column is told with those that there are" unknown_column

dash() {
    talk dash "$watcher" 100x30 "$patchbay" -n "$space"
    ask dash until 20 'live *$' && ask dash keys 4 && ask dash until 10 "web-.*Running"
}
pending() { dash && ask dash until 10 'nowhere .*Pending.*0/[0-9]+ nodes:' ; }
expect "a pod that waits says why in its row" pending
only_web() { ask dash keys /label=app=web && ask dash keys '<Enter>' && ask dash until 5 'Pods 3/5' && ask dash gone 5 '^ alone'; }
expect "a filter by label" only_web

refused() {
    before=$(uids)
    wait_for budget_allows 0 && ask dash keys E && ask dash until 5 'Evict 1 pod' && ask dash until 5 "context " &&
        ask dash keys y && ask dash until 20 'budget web needs 3 healthy pods' && [ "$(left_of "$before")" = 3 ]
}
expect "a budget refuses an eviction, and is named" refused
declined() { ask dash keys E && ask dash until 5 'Evict 1 pod' && ask dash keys '<Enter>' && ask dash gone 5 'Evict 1 pod' && [ "$(left_of "$before")" = 3 ]; }
expect "No is the default" declined
evicted() {
    k -n "$space" patch pdb web --type merge -p '{"spec":{"minAvailable":1}}' >/dev/null && wait_for budget_allows 2 || return 1
    before=$(uids)
    ask dash keys g && ask dash keys '<Space>' && ask dash keys '<Space>' && ask dash until 5 '2 marked' && ask dash keys E &&
        ask dash until 5 'Evict 2 pods' && ask dash keys y && ask dash until 20 'evicted 2 pods' && within 30 test_left 1
}
expect "two that are marked are evicted" evicted
holds() { within 60 all_there && ask dash until 30 'Pods 3/5 /label=app=web' && ask dash gone 30 'marked'; }
expect "the filter holds while pods go and come; what is gone is marked no more" holds
restarted() {
    before=$(uids)
    ask dash keys g && ask dash keys R && ask dash until 5 'Restart 1 pod' && ask dash keys y && ask dash until 20 'restarted web-' &&
        within 30 test_left 2
}
expect "a restart gives one pod's place to another" restarted
alone() { ask dash keys '<Esc>' && ask dash keys g && ask dash keys R && ask dash until 5 'alone: belongs to no controller' && ask dash keys X && ask dash keys y && ask dash until 20 'deleted alone'; }
expect "what nothing would make again is not restarted, and can be deleted" alone

kept() {
    ask dash keys 5 && ask dash until 20 'Scheduled' && ask dash keys /reason=Scheduled && ask dash keys '<Enter>' && ask dash until 5 '/reason=Scheduled' || return 1
    k -n "$space" delete events --all >/dev/null && ask dash until 20 'kept here, the server has forgotten it' && ask dash until 5 'Scheduled .*web-'
}
expect "events stay when the server has forgotten them" kept
by_object() { ask dash keys '<Esc>' && ask dash keys '/object=pod/web-* reason=Scheduled first<1h' && ask dash keys '<Enter>' && ask dash until 5 'Scheduled .*web-' && ask dash gone 5 'pod/alone'; }
expect "events of an object" by_object
expect "the dashboard leaves as always" ask dash quit
hang_up dash
close_tests
