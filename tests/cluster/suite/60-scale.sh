#!/usr/bin/env bash
# Scale: 5,000 fake pods, and a minute in which pods come, go, are labelled and change their state, some 50 times a second,
# with a restart of the apiserver in the middle; watched by the dashboard, by `pods -A -w`, and by a mirror of the store,
# which is compared with kubectl at the end, object by object.
. "$(dirname "$0")/../lib.sh"
. "$cluster_tests/talk.sh"
needs_ours

total=${PATCHBAY_SCALE_PODS:-5000}
seconds=${PATCHBAY_SCALE_SECONDS:-60}
rate=50 # changes a second
parts=5 # namespaces

pod_lines() {
    awk -v space="$space" -v from="$1" -v to="$2" -v word="$3" -v parts="$parts" 'BEGIN { for (i = from; i <= to; i++) printf \
        "POST\t/api/v1/namespaces/%s-%d/pods\tapplication/json\t{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"%s-%05d\",\"labels\":{\"app\":\"fake\"}},\"spec\":{\"nodeName\":\"fake-%d\",\"tolerations\":[{\"key\":\"kwok\",\"operator\":\"Exists\"}],\"containers\":[{\"name\":\"fake\",\"image\":\"none\"}]}}\n",
        space, i % parts, word, i, i % 20 + 1 }'
}
# By turns: one comes, one goes, one is labelled, one fails, one comes again under the name of one that went.
churn_lines() {
    local type=application/merge-patch+json
    awk -v space="$space" -v count=$((seconds * rate)) -v total="$total" -v parts="$parts" -v type="$type" 'BEGIN {
        for (i = 0; i < count; i++) {
            turn = i % 5
            n = int(i / 5) + 1
            if (turn == 0) print "new", n
            else if (turn == 1) print "DELETE", n
            else if (turn == 2) print "label", total - n
            else if (turn == 3) print "state", total - n - 100
            else print "again", (n > 50 ? n - 50 : 0)
        }
    }' | while read -r what n; do
        local at="/api/v1/namespaces/$space-$((n % parts))/pods/p-$(printf %05d "$n")"
        case $what in
        new) pod_lines "$n" "$n" new ;;
        DELETE) printf 'DELETE\t%s?gracePeriodSeconds=0\t\t\n' "$at" ;;
        label) printf 'PATCH\t%s\t%s\t{"metadata":{"labels":{"patchbay.dev/thing":"t%s"}}}\n' "$at" $type "$n" ;;
        state) printf 'PATCH\t%s/status\t%s\t{"status":{"phase":"Failed","reason":"Evicted","message":"number %s"}}\n' "$at" $type "$n" ;;
        again) pod_lines "$n" "$n" p ;;
        esac
    done
}
create_all() {
    pod_lines 1 "$total" p | requests >"$work/create"
    curl --silent --parallel --parallel-max 30 --config "$work/create"
    wait_for -t 120 running "$total"
}
of_test() { k get pods -A --no-headers -l app=fake; }
running() { [ "$(of_test | grep -c Running)" = "$1" ]; }

prepare() {
    local i
    for ((i = 0; i < parts; i++)); do
        k create namespace "$space-$i" >/dev/null || return 1
        spaces+=("$space-$i")
    done
    here kwok start 20 || return 1
    for ((i = 0; i < parts; i++)); do wait_for k -n "$space-$i" get serviceaccount default >/dev/null; done
    create_all
}
opened() {
    talk mirror "$mirror" && ask mirror until 30 '^LIVE' && ask mirror changes >/dev/null &&
        talk dash "$watcher" 150x50 "$patchbay" && ask dash until 30 'live$' && ask dash keys 40 && ask dash until 20 'Pods [0-9]+ ' || return 1
    "$patchbay" pods -A -w -o csv >"$work/watched.csv" 2>"$work/watched.err" &
    watched=$!
    pids+=($watched)
    wait_for grep -q . "$work/watched.csv"
}
# The minute. What is sent while the server is away is lost, and nobody minds.
churn() {
    local half=$((seconds / 2)) pid
    churn_lines | requests >"$work/churn"
    # whatever comes and goes and restarts, no screen counts fewer digits' worth of rows
    ask dash hold "Pods [0-9]{${#total},} " || return 1
    curl --silent --rate "$((rate * 60))/m" --config "$work/churn" &
    pid=$!
    sleep $half
    here part kill apiserver
    ask mirror until 5 '^STALE' && ask dash until 5 STALE || return 1
    here part start apiserver && here part ready apiserver || return 1
    ask mirror until 20 '^LIVE' || return 1
    wait $pid
    ask mirror changes >"$work/changes"
    figures+=("changes seen (new, gone, changed): $(cat "$work/changes")")
    [ "$(awk '{ print $1 + $2 + $3 }' "$work/changes")" -ge $((seconds * rate / 2)) ]
}
still() { # nothing changes any more: two lists with the same version of every object
    k get pods -A -o 'jsonpath={range .items[*]}{.metadata.uid} {.metadata.resourceVersion}{"\n"}{end}' >"$work/now"
    cmp -s "$work/now" "$work/before" && return 0
    mv "$work/now" "$work/before"
    return 1
}
mirrored() { k get pods -A -o json >"$work/pods.json" && ask mirror compare "$work/pods.json"; }
# Each pod's last line is the pod as it is now.
watch_is_right() {
    kill -0 $watched || { cat "$work/watched.err"; return 1; }
    "$patchbay" pods -A -o csv >"$work/now.csv" || return 1
    awk -F, 'NR == FNR { last[$1 FS $2] = $1 FS $2 FS $3 FS $4 FS $7; next }
        FNR > 1 && last[$1 FS $2] != $1 FS $2 FS $3 FS $4 FS $7 { print "watched:", last[$1 FS $2]; print "is:     ", $0; bad++ }
        END { exit bad > 0 }' "$work/watched.csv" "$work/now.csv" | head -20
    return "${PIPESTATUS[0]}"
}
dashboard_is_right() {
    local count
    count=$(k get pods -A --no-headers | wc -l)
    ask dash until 5 "Pods $count .*live$" && ask dash keys 'g' || return 1
    ask dash screen | awk '$4 == "●" || $4 == "✗" { print $1, $2, $3, $5 }' >"$work/top"
    k get pods -A --no-headers | awk '{ print $1, $2, $3, $4 }' | LC_ALL=C sort -k1,1 -k2,2 >"$work/all"
    [ "$(wc -l <"$work/top")" -ge 40 ] && ! grep -vxFf "$work/all" "$work/top"
}
resident() { awk '/VmHWM|VmRSS/ { printf "%s %d MiB ", $1, $2 / 1024 }' "/proc/$1/status"; }

space=pbtest-scale-$$
began=$SECONDS
expect "$total fake pods run" prepare
figures+=("$total pods run after $((SECONDS - began)) s")
expect "the dashboard, pods -A -w and a mirror watch them" opened
expect "a minute of changes, the apiserver killed and started in its middle" churn
expect "it gets quiet" wait_for -t 60 still
figures+=("mirror: $(resident "${talker[mirror]}")")
figures+=("pods -w: $(resident $watched)")
expect "what the store holds is what kubectl gets, object by object" wait_for -t 10 mirrored
expect "the last line of pods -w about each pod is the pod as it is" wait_for -t 10 watch_is_right
expect "the dashboard shows them" wait_for -t 10 dashboard_is_right
expect "and never lost its rows meanwhile" ask dash held
# However it went, the cluster is left whole.
here part start apiserver && here part ready apiserver
here kwok stop >/dev/null
printf '      %s\n' "${figures[@]}"
close_tests
