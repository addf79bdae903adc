#!/usr/bin/env bash
# A part of a deployed graph on real nodes: restart ends that thing's pods and no others, and after each of restart, scale,
# stop and pause a deployment of the unchanged graph brings back what it says, without a conflict with ourselves, and
# restarts nothing that need not.
. "$(dirname "$0")/../lib.sh"

needs_ours

# A program that waits, and is not root: what patchbay deploys may not be.
push_idle() {
    mkdir -m 755 "$work/idle" && (umask 022 && cc -Os -static -o "$work/idle/idle" "$cluster_tests/pause.c") &&
        push_image test/idle:1 "$work/idle" '{"Entrypoint": ["/idle"], "User": "1000"}'
}

new_space partial
push_idle
export XDG_CONFIG_HOME=$work/config
mkdir -p "$XDG_CONFIG_HOME/patchbay/catalog"
for type in source sink store; do
    cat <<TEXT
---
apiVersion: patchbay.dev/v1
kind: MediaThing
metadata: {name: test-$type}
spec:
  class: MSensor
  title: A $type that does nothing
  image: test/idle:1
  port: 8080
TEXT
    [ $type != store ] || echo '  storage: {size: 1Mi, path: /store}'
done >"$XDG_CONFIG_HOME/patchbay/catalog/test.yaml"
graph=$work/pair.yaml
cat >"$graph" <<TEXT
apiVersion: patchbay.dev/v1
kind: ServiceGraph
metadata: {name: pair, namespace: $space}
spec:
  things:
    - {name: one, type: test-source}
    - {name: two, type: test-sink, replicas: 2}
    - {name: gate, external: {video: "rtsp://10.0.0.9/stream"}}
TEXT
act() { "$patchbay" "$@" -n "$space" --timeout 60s; }
deploy() { "$patchbay" deploy "$graph" "$@"; }
# The pods that stay, of a thing or of all: name and uid.
pods() {
    k -n "$space" get pods ${1:+-l "patchbay.dev/thing=$1"} -o 'jsonpath={range .items[*]}{.metadata.deletionTimestamp}{" "}{.metadata.name}{" "}{.metadata.uid}{"\n"}{end}' |
        awk 'NF == 2' | sort
}
same() { [ "$2" = "$3" ] || { printf '%s\nbefore:\n%s\nnow:\n%s\n' "$1" "$2" "$3"; return 1; }; }
different() { [ "$1" != "$2" ] || { echo "still $1"; return 1; }; }
deployment() { k -n "$space" get deployment "$1" -o "jsonpath=$2"; }
field() { local is; is=$(deployment "$1" "$2"); [ "$is" = "$3" ] || { echo "$1 $2 is '$is', not '$3'"; return 1; }; }
history() { k -n "$space" rollout history deployment/"$1" | grep -c '^[0-9]'; }
state() { "$patchbay" status "$space/pair" -o csv | awk -F, -v thing="$1" '$1 == thing { print $3 " " $4 }'; }
is() { [ "$(state "$1")" = "$2" ] || { echo "$1 is '$(state "$1")', not '$2'"; return 1; }; }
# tells TEXT COMMAND…: it succeeds, and says the text.
tells() { local text=$1; shift; "$@" >"$work/told" 2>&1 && grep -qF -- "$text" "$work/told" || { cat "$work/told"; return 1; }; }
manager() { deployment "$1" '{range .metadata.managedFields[*]}{.manager}/{.operation} {end}'; }

expect "a graph is deployed and ready" deploy --wait --timeout 60s
one=$(pods one) two=$(pods two)

# ---- restart ----
expect "a dry run of a restart says what it would do" tells "two: restarts 2 pods, by a rolling update (dry run" act restart pair/two --dry-run
expect "and does not do it" same pods "$two" "$(pods two)"
expect "restart, waited for" act restart pair/two --wait
expect "has made all its pods anew" different "$two" "$(pods two)"
expect "and no others" same one "$one" "$(pods one)"
expect "as kubectl shows it" eval '[ "$(history two)" = 2 ]'
two=$(pods two)
expect "the next deployment has no conflict and changes nothing" tells "0 created, 0 configured, 4 unchanged, 0 pruned" deploy --wait --timeout 60s
expect "and restarts nothing again" same pods "$one$two" "$(pods one)$(pods two)"
expect "the annotation is there still" different "" "$(deployment two '{.spec.template.metadata.annotations.kubectl\.kubernetes\.io/restartedAt}')"

# ---- scale ----
expect "scale, waited for" tells "one: scales from 1 to 3 pods" act scale pair/one --replicas 3 --wait
expect "there are three" field one '{.status.readyReplicas}' 3
expect "nobody else says so" eval '! manager one | grep -q patchbay/Update'
version=$(deployment one '{.metadata.resourceVersion}')
expect "scaled to what is there, it says so" tells "one: is scaled to 3 pods already" act scale pair/one --replicas 3
expect "and writes nothing" field one '{.metadata.resourceVersion}' "$version"
expect "deploy brings back what the graph says, without a conflict" tells "0 created, 1 configured, 3 unchanged, 0 pruned" deploy --wait --timeout 60s
expect "which is one pod, that was there before" wait_for same one "$one" "$(pods one)"
expect "the other thing was left alone" same two "$two" "$(pods two)"

# ---- stop, start ----
expect "stop, waited for" tells "two: stops 2 pods; start brings them back" act stop pair/two --wait
expect "none is left" eval '[ -z "$(pods two)" ]'
expect "it says that it is stopped" wait_for is two "Stopped 0/0"
expect "it is found by its label" says "two" k -n "$space" get deployments -l patchbay.dev/stopped-from=2 -o name
expect "start, waited for" tells "two: starts 2 pods, as many as there were" act start pair/two --wait
expect "they are there" field two '{.status.readyReplicas}' 2
expect "the label is gone" field two '{.metadata.labels.patchbay\.dev/stopped-from}' ""
expect "stopped again, whole" act stop pair --wait
expect "deploy brings back all of it, without a conflict" tells "0 created, 2 configured, 2 unchanged, 0 pruned" deploy --wait --timeout 60s
expect "with nothing remembered" field one '{.metadata.labels.patchbay\.dev/stopped-from}' ""
one=$(pods one) two=$(pods two)

# ---- pause, resume ----
expect "pause" tells "one: pauses its rollout; its pods run on" act pause pair/one --wait
expect "it says so" wait_for is one "Paused 1/1"
expect "a paused one is not restarted" exits 1 act restart pair/one
expect "kubectl knows it, too" says "paused" k -n "$space" rollout pause deployment/one
expect "resume" tells "one: resumes its rollout" act resume pair/one --wait
expect "it is resumed" field one '{.spec.paused}' ""
expect "what kubectl paused is resumed as well" eval 'k -n "$space" rollout pause deployment/one && act resume pair/one && field one "{.spec.paused}" ""'
expect "pause once more" act pause pair/one
expect "deploy ends the pause, without a conflict" tells "0 created, 1 configured, 3 unchanged, 0 pruned" deploy --wait --timeout 60s
expect "it is over" field one '{.spec.paused}' ""
expect "and no pod was begun anew by any of it" same pods "$one$two" "$(pods one)$(pods two)"

# ---- what is not ours ----
expect "an external thing is no pod" says "gate: is external: there is no pod of it to stop" act stop pair/gate
expect "a conflict with another is told" eval 'k -n "$space" scale deployment/one --replicas=2 && says "belongs to '"'kubectl'"'" act scale pair/one --replicas 3'
expect "and ended by force" act scale pair/one --replicas 3 --force-conflicts --wait
expect "after which deploy has no conflict" tells "1 configured" deploy --wait --timeout 60s
label() { k -n "$space" label deployment/one --overwrite patchbay.dev/graph="$1" >/dev/null; }
expect "what is no member is left alone" eval 'label other && says "is not one of graph pair, and is left alone" act restart pair/one'
expect "all of it goes" "$patchbay" delete "$space/pair" --yes
close_tests
