#!/usr/bin/env bash
# Deploying: what is there already is not written, others' fields and objects are left alone, a kill at every single request of a
# deployment and then going on or taking it back, two operators at once, history and rollback.
. "$(dirname "$0")/../lib.sh"

new_space deploy || die "no namespace can be made"
patchbay=$abs_top_builddir/patchbay

thing() { printf '    - {name: %s, type: %s, replicas: 0, params: {%s}}\n' "$1" "$2" "${3:-}"; }
head_of() { printf 'apiVersion: patchbay.dev/v1\nkind: ServiceGraph\nmetadata: {name: lobby, namespace: %s}\nspec:\n  things:\n' "$space"; }
# Two graphs: from the first to the second a parameter changes, a thing goes, two come.
{
    head_of
    thing camera ip-camera "source: \"sample:vtest\""
    thing gone ip-camera "source: \"sample:vtest\""
    thing monitor monitor
    printf '  links:\n    - {from: camera.video, to: monitor.video}\n'
} >"$work/a.yaml"
{
    head_of
    thing camera ip-camera "source: \"sample:vtest\", fps: 12"
    thing monitor monitor
    thing new ip-camera "source: \"sample:vtest\""
    thing other people-detector
    printf '  links:\n    - {from: camera.video, to: monitor.video}\n    - {from: new.video, to: other.video}\n'
} >"$work/b.yaml"

deploy() { "$patchbay" deploy "$work/$1.yaml" "${@:2}"; }
version() { k -n "$space" get configmap patchbay-lobby -o 'jsonpath={.metadata.resourceVersion}'; }
kept() { k -n "$space" get configmap patchbay-lobby -o "jsonpath={.data.$1}"; }
# What is there of the graph, without what the server gives.
fields='{.kind} {.metadata.name} {.metadata.labels} {.spec.replicas} {.spec.strategy} {.spec.template} {.spec.ports} {.spec.selector}'
fields="$fields {.data.graph\\.yaml} {.data.members} {.data.deployment}"
state() {
    k -n "$space" get deployments,services,configmaps -l patchbay.dev/graph=lobby -o "jsonpath={range .items[*]}$fields{\"\\n\"}{end}"
}
is_state() { state >"$work/is" && cmp -s "$work/is" "$work/state.$1" || { diff "$work/is" "$work/state.$1" | cut -c1-200 | head -20; return 1; }; }

expect "the first graph is deployed" says "6 created, 0 configured, 0 unchanged, 0 pruned" deploy a
state >"$work/state.a"
expect "the second one replaces it" says "4 created, 1 configured, 3 unchanged, 2 pruned" deploy b
state >"$work/state.b"
expect "and back" says "2 created, 1 configured, 3 unchanged, 4 pruned" deploy a
expect "which is the same as before" is_state a

before=$(version)
expect "what is there already is unchanged" says "0 created, 0 configured, 6 unchanged, 0 pruned" deploy a
expect "and nothing was written" test "$before" = "$(version)"

# What the server owns whole: less of it is a difference.
sed '0,/params: {/s//nodeSelector: {a: "1", b: "2"}, params: {/' "$work/a.yaml" >"$work/both.yaml"
sed 's/, b: "2"//' "$work/both.yaml" >"$work/less.yaml"
selector() { k -n "$space" get deployment camera -o 'jsonpath={.spec.template.spec.nodeSelector}'; }
expect "two node selectors are added" says "1 configured" deploy both
expect "one of them is taken away" says "1 configured" deploy less
expect "and is gone" test "$(selector)" = '{"a":"1"}'
expect "both are" says "1 configured" deploy a
expect "as before" is_state a

# Some things alone.
only() { says "$1" deploy "${@:2}"; }
expect "one thing alone" only "1 configured, 5 unchanged, 0 pruned" b --only camera
{
    head_of
    thing camera ip-camera "source: \"sample:vtest\", fps: 12"
    thing gone ip-camera "source: \"sample:vtest\""
    thing monitor monitor
    printf '  links:\n    - {from: camera.video, to: monitor.video}\n'
} >"$work/mixed.yaml"
difference() { "$patchbay" diff "$work/$1.yaml" "${@:2}" 2>&1 >/dev/null; }
expect "the rest is as it was deployed" says "nothing would change" difference mixed
expect "what goes into it is needed, too" only "other.video takes what new gives, which is not deployed: deploy both, new and other" \
    b --only other
expect "what leaves the draft goes, what comes with it stays away" only "2 created, 0 configured, 4 unchanged, 2 pruned" b --only gone,new
expect "a name that is not there" only "did you mean 'monitor'?" b --only moniter
expect "what it would do is said" says "1 added, 0 changed, 0 removed" difference b --only other
expect "the last thing makes it whole" only "2 created" b --only other
expect "which is the whole of it" says "nothing would change" difference b
expect "and back" deploy a
expect "which is the same as before" is_state a

# Others.
k -n "$space" scale deployment camera --replicas=1 >/dev/null
k -n "$space" set env deployment/monitor EXTRA=1 >/dev/null
expect "a field that kubectl set is named" says "cannot apply deployment camera: the field .spec.replicas belongs to 'kubectl'" deploy a
expect "what else others added is no conflict" bash -c "! '$patchbay' deploy '$work/a.yaml' 2>&1 | grep -q monitor:"
expect "a thing's fields are taken over" says "1 configured" deploy a --take-over camera
expect "what others added stays" says EXTRA k -n "$space" get deployment monitor -o 'jsonpath={.spec.template.spec.containers[0].env[*].name}'
k -n "$space" set env deployment/monitor EXTRA- >/dev/null
k -n "$space" create service clusterip new --tcp=80 >/dev/null
expect "another's object is not touched" says "service new is there already and is not of this set: nothing was changed" deploy b
expect "nor is anything else" is_state a
k -n "$space" delete service new >/dev/null
k -n "$space" annotate deployment camera argocd.argoproj.io/tracking-id=site:apps/Deployment:x/camera >/dev/null
expect "what Argo CD keeps is left to it" says "Argo CD (application site) keeps these objects as they are in git" deploy b
k -n "$space" annotate deployment camera argocd.argoproj.io/tracking-id- >/dev/null
quota() {
    k -n "$space" create quota tight --hard=count/deployments.apps=3 >/dev/null
    wait_for says 3 k -n "$space" get quota tight -o 'jsonpath={.status.used.count/deployments\.apps}'
}
expect "a quota is there" quota
expect "what the quota refuses is named" says "exceeded quota: tight" deploy b
expect "the history says that it was cut short" says "cut short" "$patchbay" history lobby -n "$space"
k -n "$space" delete quota tight >/dev/null
expect "the same deployment goes on" says "the deployment of admin on" deploy b
expect "to the end" is_state b
expect "and back" deploy a

# History and rollback.
expect "the history says who" says admin "$patchbay" history lobby -n "$space"
expect "and what changed" says "camera: fps 10 → 12; + new; + other; - gone" "$patchbay" history lobby -n "$space"
deploy b >/dev/null 2>&1
expect "a rollback goes to the one before" "$patchbay" rollback lobby -n "$space"
expect "exactly" is_state a
text_of() { "$patchbay" history lobby -n "$space" --revision "$1" | cmp - "$work/$2.yaml"; }
expect "a revision's text can be had" text_of 2 b
expect "and deployed" "$patchbay" rollback lobby -n "$space" --to 2
expect "exactly so" is_state b
expect "one that is not there is said" says "has no revision '99'" "$patchbay" rollback lobby -n "$space" --to 99

# A kill at every single request.
cc -shared -fPIC -o "$work/dying.so" "$cluster_tests/dying.c" -ldl || die "no shared object can be built"
dying() { ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 LD_PRELOAD=$work/dying.so DYING=$1 deploy b >/dev/null 2>&1; }
cut_short() { says "'patchbay rollback' takes it back" "$patchbay" history lobby -n "$space" >/dev/null; }
# killed HOW: at each request in turn; then on to the second graph, or back to the first.
killed() {
    local n status undone=0
    for n in $(seq 1 60); do
        deploy a >/dev/null 2>&1 && is_state a || { echo "request $n: no clean start"; return 1; }
        status=0
        dying "$1 $n" || status=$?
        if [ $status = 0 ]; then
            echo "$((n - 1)) kills by '$1', $undone taken back"
            [ $n -gt 10 ] && [ $undone -gt 5 ]
            return
        fi
        [ $status = 137 ] || { echo "request $n: ended with $status"; return 1; }
        deploy b >/dev/null 2>&1 && is_state b || { echo "request $n: it did not go on"; return 1; }
        deploy a >/dev/null 2>&1
        dying "$1 $n" && return 1
        cut_short || continue
        undone=$((undone + 1))
        "$patchbay" rollback lobby -n "$space" >/dev/null 2>&1 && is_state a || { echo "request $n: it was not taken back"; return 1; }
    done
}
expect "killed before each request, it goes on or is taken back" killed send
expect "killed after each answer, as well" killed answer

# Two at once: the end is one of the two, whole, and who lost is told.
told() { grep -qE "is deploying|has just deployed" "$1" || { cat "$1"; return 1; }; }
together() {
    local n word
    for n in $(seq 1 8); do
        deploy a >"$work/one" 2>&1 & local one=$!
        deploy b >"$work/two" 2>&1 & local two=$!
        for word in one two; do
            wait "${!word}" || told "$work/$word" || return 1
        done
        is_state a >/dev/null || is_state b || return 1
    done
}
expect "of two at once one wins whole" together
# While one is at it, and takes its time.
second() {
    deploy a >/dev/null 2>&1
    ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 LD_PRELOAD=$work/dying.so DYING="slow 300" deploy b >"$work/first" 2>&1 &
    local first=$!
    wait_for says '"beats"' kept deployment >/dev/null || return 1
    deploy a >"$work/second" 2>&1 && return 1
    told "$work/second" && wait $first && is_state b
}
expect "who comes second is told, and the first one wins whole" second
frozen() {
    deploy a >/dev/null 2>&1
    ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 LD_PRELOAD=$work/dying.so DYING="stop 12" deploy b >"$work/frozen" 2>&1 &
    local pid=$!
    wait_for says '"beats"' kept deployment >/dev/null || return 1
    sed 's/fps: 12/fps: 13/' "$work/b.yaml" >"$work/c.yaml"
    deploy c || return 1
    state >"$work/state.c"
    pkill -CONT -P $pid patchbay || kill -CONT $pid
    wait $pid && return 1
    cat "$work/frozen"
    grep -q "took over the deployment of" "$work/frozen"
}
expect "one that was frozen is told that another took over" frozen
expect "what it wrote last goes with the next deployment" deploy c
expect "wholly" is_state c

interrupted() {
    deploy a >/dev/null 2>&1
    ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 LD_PRELOAD=$work/dying.so DYING="stop 12" deploy b >"$work/interrupted" 2>&1 &
    local pid=$!
    wait_for says '"beats"' kept deployment >/dev/null || return 1
    pkill -INT -P $pid patchbay || kill -INT $pid
    pkill -CONT -P $pid patchbay || kill -CONT $pid
    wait $pid
    [ $? = 130 ] && grep -q "stopped; what was applied stays" "$work/interrupted" && says '"over":true' kept deployment
}
expect "Ctrl-C lets what is under way end, and says how to go on" interrupted
expect "it goes on" deploy b
expect "to the end" is_state b

# A deletion, killed at each request in turn: it says so, goes on or is taken back. Of a deletion and a deployment one wins whole.
gone() { [ -z "$(k -n "$space" get deployments,services -o name)" ] && ! k -n "$space" get configmap patchbay-lobby >/dev/null 2>&1; }
preload() { ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0 LD_PRELOAD=$work/dying.so DYING="$1" "${@:2}"; }
delete() { "$patchbay" delete lobby -n "$space" --yes; }
deletion_killed() {
    local n status said=0
    for n in $(seq 1 60); do
        deploy a >/dev/null 2>&1 && is_state a || { echo "request $n: no clean start"; return 1; }
        status=0
        preload "$1 $n" "$patchbay" delete lobby -n "$space" --yes >/dev/null 2>&1 || status=$?
        if [ $status = 0 ]; then
            echo "$((n - 1)) kills by '$1', $said said so"
            [ $said -gt 5 ]
            return
        fi
        [ $status = 137 ] || { echo "request $n: ended with $status"; return 1; }
        if says "'patchbay delete' goes on with it" "$patchbay" history lobby -n "$space" >/dev/null; then
            said=$((said + 1))
            "$patchbay" rollback lobby -n "$space" >/dev/null 2>&1 && is_state a || { echo "request $n: it was not taken back"; return 1; }
            preload "$1 $n" "$patchbay" delete lobby -n "$space" --yes >/dev/null 2>&1 && return 1
        fi
        ! k -n "$space" get configmap patchbay-lobby >/dev/null 2>&1 || delete >/dev/null 2>&1 || { echo "request $n: it did not go on"; return 1; }
        gone || { echo "request $n: something is left"; return 1; }
    done
}
expect "a deletion killed before each request goes on or is taken back" deletion_killed send
expect "killed after each answer, as well" deletion_killed answer
against() { # SLOW THEN: the second one comes while the first, which takes its time, is at it
    deploy a >/dev/null 2>&1
    preload "slow 300" "$1" >"$work/first" 2>&1 &
    local first=$!
    wait_for says '"beats"' kept deployment >/dev/null || return 1
    "$2" >"$work/second" 2>&1 && { cat "$work/second"; return 1; }
    grep -qE "is (deploying|deleting)|has just (deployed|deleted)" "$work/second" && wait $first
}
deploy_b() { deploy b; }
expect "who deploys while another one deletes is told" against delete deploy_b
expect "and nothing is left" wait_for gone
expect "who deletes while another one deploys is told" against deploy_b delete
expect "which wins whole" is_state b

expect "the graph is deleted" "$patchbay" delete lobby -n "$space" --yes
expect "nothing is left" wait_for gone

close_tests
