#!/usr/bin/env bash
# Outages under a running dashboard: an apiserver and an etcd that are killed, a network that goes silent, a watch whose past
# was compacted, a server that is dead at the start. What is old says so, in time and in words; rows stay; and when the
# server is back, what is shown is what kubectl gets.
. "$(dirname "$0")/../lib.sh"
. "$cluster_tests/talk.sh"
needs_ours

count=200
generation=0

# pods NAME FROM TO: manifests of fake pods NAME-001 ….
pods() {
    local i
    for ((i = $2; i <= $3; i++)); do
        cat <<TEXT
---
apiVersion: v1
kind: Pod
metadata: {name: $1-$(printf %03d "$i"), labels: {patchbay.dev/thing: camera}}
spec:
  nodeName: fake-$((i % 4 + 1))
  tolerations: [{key: kwok, operator: Exists}]
  containers: [{name: fake, image: none}]
TEXT
    done
}
# kubectl lists 200 pods while some of them still begin or go; it is asked until both agree.
listed() { k -n "$space" get pods --no-headers -o wide | awk '{ print $1, $2, $3, $(NF - 2) }'; }
shown() { ask "$1" screen | awk '$3 == "●" || $3 == "◐" || $3 == "○" { print $1, $2, $4, $7 }'; }
# the_same NAME: the rows on NAME's screen are the pods that kubectl gets: names, READY, STATUS, NODE.
the_same() {
    listed >"$work/listed"
    shown "$1" >"$work/shown"
    [ -s "$work/listed" ] && diff "$work/listed" "$work/shown"
}
all_run() { [ "$(listed | grep -c ' 1/1 Running ')" = $count ]; }
# The same with uids and all that is kept of a pod, in all namespaces.
mirrored() { k get pods -A -o json >"$work/pods.json" && ask "$1" compare "$work/pods.json"; }
# change: pods go, others come, one comes again under its name, one changes.
change() {
    generation=$((generation + 1))
    k -n "$space" delete --now pod "p-$(printf %03d $((generation * 10)))" "p-$(printf %03d $((generation * 10 + 1)))" "p-$(printf %03d $((generation * 10 + 2)))" >/dev/null &&
        { pods "new-$generation" 1 2; pods p $((generation * 10)) $((generation * 10)); } | k -n "$space" create -f - >/dev/null &&
        k -n "$space" label --overwrite pod p-001 "patchbay.dev/graph=g$generation" >/dev/null
}
# within BOUND MS of the event at SINCE, NAME's screen shows REGEX.
shows() {
    local name=$1 since=$2 bound=$3 regex=$4
    ask "$name" until "$((bound / 1000 + 20))" "$regex" && took "$since" "$bound" "$5"
}
rows_stay() { ask "$1" hold "Pods $count "; }
rows_stayed() { ask "$1" held; }
# Rows that come and go with a change: never fewer than those that stay.
nearly_all() { ask "$1" hold "Pods (19[5-9]|20[0-5])([^0-9]|$)"; }
server_ready() {
    until curl -sf --max-time 2 --cacert "$cluster/ca.crt" -H "@$cluster/admin.header" "$api/readyz" >/dev/null; do sleep 0.02; done
    at=$(now)
}

open_dashboard() {
    talk "$1" "${@:2}" -n "$space" && ask "$1" until 20 'live$' && ask "$1" keys 4 && ask "$1" until 10 "Pods $count "
}
# A server that was just started knows a namespace's account later than it shows it.
takes_pods() { pods p 1 1 | k -n "$space" create --dry-run=server -f - >/dev/null; }
prepare() {
    here kwok start 4 && wait_for takes_pods && pods p 1 $count | k -n "$space" create -f - >/dev/null && wait_for -t 60 all_run
}

server_killed() {
    local since
    rows_stay dash
    since=$(now)
    here part kill apiserver
    shows dash "$since" 1000 'STALE' "apiserver killed → STALE" && shows dash "$since" 1000 "^ .*(cannot|connection)" "its reason" && ask dash until 5 "connection refused" &&
        ask dash until 5 'STALE [1-9]' && rows_stayed dash
}
server_back() {
    local since
    here part start apiserver
    server_ready
    since=$at
    shows dash "$since" 1000 'live$' "apiserver answers → live" && ask mirror until 3 '^LIVE' && rows_stayed dash
}
# With controllers at work nodes are NotReady after an outage, and their pods for a while: both settle first.
changes_seen() {
    nearly_all dash && change && wait_for -t 60 the_same dash && wait_for -t 60 mirrored mirror && rows_stayed dash
}
# The server has all it needs in memory and cannot change anything: rows stay; nothing was missed afterwards.
etcd_killed() {
    rows_stay dash
    here part kill etcd
    sleep 20 # longer than it takes until silence is asked about
    ask dash screen >"$work/etcd.screen"
    figures+=("etcd dead for 20 s: $(head -1 "$work/etcd.screen" | grep -oE '(live|STALE|REFUSED|loading).*')")
    here part start etcd && here part ready etcd && server_ready && ask dash until 10 'live$' && rows_stayed dash
}

# The age that is shown, in seconds, to that which is true, since the last word that was heard.
true_age() {
    local shown true
    ask "$1" screen >"$work/screen"
    true=$((($(now) - $2) / 1000000))
    shown=$(sed -n '1s/.*STALE \([0-9]*\)s$/\1/p' "$work/screen")
    [ -n "$shown" ] && [ $((true - shown)) -le 2 ] && [ $((true - shown)) -ge -1 ] || { echo "shown: '$shown', true: $true"; head -1 "$work/screen"; return 1; }
}
# The last word before the silence is one that is seen to arrive.
silence() {
    new_host desk 101 && as bridge open_dashboard far on_host desk "$watcher" 150x230 "$patchbay" || return 1
    k -n "$space" delete --now pod p-199 >/dev/null && ask far gone 10 '^ p-199 ' || return 1
    pods p 199 199 | k -n "$space" create -f - >/dev/null && ask far until 10 '^ p-199 +1/1' || return 1
    last_word=$at
    rows_stay far
    here cable desk down
    shows far "$last_word" 30000 'STALE' "silent network → STALE" && true_age far "$last_word"
}
silence_goes_on() { ask far until 5 'STALE' && sleep 3 && true_age far "$last_word" && ask far until 1 'no answer|no word|timed? ?out|not answer|not heard|no route' && rows_stayed far; }
cable_back() {
    local since
    nearly_all far
    change || return 1
    since=$(now)
    here cable desk up
    shows far "$since" 5000 'live$' "cable back → live" && wait_for -t 5 the_same far && rows_stayed far
}

# While nobody hears the server its past is thrown away, in etcd and in its own memory.
revision() { curl -sf "$etcd/v3/kv/range" -d '{"key":"AA=="}' | sed 's/.*"revision":"\([0-9]*\)".*/\1/'; }
is_gone() { says '"code":410' curl -sk --max-time 10 -H "@$cluster/admin.header" "$api/api/v1/pods?watch=1&timeoutSeconds=1&resourceVersion=$1"; }
compacted() {
    local old since
    etcd=http://127.0.0.1:$etcd_port
    nearly_all far
    here cable desk down
    old=$(revision)
    change || return 1
    curl -sf "$etcd/v3/kv/compaction" -d "{\"revision\":\"$(revision)\",\"physical\":true}" >/dev/null || return 1
    here part restart apiserver
    server_ready
    is_gone "$old" || return 1
    ask far until 40 STALE || return 1
    since=$(now)
    here cable desk up
    shows far "$since" 5000 'live$' "cable back, the past compacted → live" && wait_for -t 5 the_same far && wait_for -t 10 mirrored mirror && rows_stayed far
}

# Starting.
dead_start() {
    local since
    here part kill apiserver
    since=$(now)
    talk late "$watcher" 150x50 "$patchbay" -n "$space" && shows late "$since" 1000 'patchbay-' "first screen, before a dead server" &&
        shows late "$since" 2000 'STALE' "STALE, before a dead server" && ask late until 2 'connection refused'
}
dead_awakes() {
    local since
    here part start apiserver
    server_ready
    since=$at
    shows late "$since" 1000 'live$' "the dead server answers → live" && ask late keys 4 && ask late until 5 "Pods $count " && ask late quit
}
# Two clusters, one of which is dead: refused, or silent.
two_contexts() {
    sed -e "s/patchbay-$id/other/g" -e "s|server: .*|server: $1|" "$cluster/kubeconfig" >"$work/other"
    printf '%s:%s' "$work/other" "$cluster/kubeconfig"
}
to_the_living() {
    local since KUBECONFIG
    KUBECONFIG=$(two_contexts "$1")
    export KUBECONFIG
    since=$(now)
    talk late "$watcher" 150x50 "$patchbay" -n "$space" && shows late "$since" 1000 'other' "first screen, the context is $2" || return 1
    ask late keys ":ctx patchbay-$id<Enter>" || return 1
    since=$at
    shows late "$since" 2000 "patchbay-$id.* live$" "from a context that is $2 to a living one" && ask late keys 4 && ask late keys ":ns $space<Enter>" &&
        ask late until 5 "Pods $count " && ask late quit
}
silent_host() {
    new_host deaf 102 && on_host deaf iptables -w -A INPUT -p tcp -j DROP && to_the_living "https://$net.102:6443" silent
}

new_space outage
expect "200 fake pods run" prepare
expect "the dashboard shows them" open_dashboard dash "$watcher" 150x230 "$patchbay"
expect "as kubectl gets them" wait_for -t 10 the_same dash
expect "a mirror holds them too" talk mirror "$mirror"
expect "object by object" wait_for mirrored mirror
expect "kill -9 of the apiserver: STALE within a second, the reason in words, every row stays" server_killed
expect "a second after it is back they are live" server_back
expect "and what changes from then on is seen, nothing lost, nothing phantom" changes_seen
expect "kill -9 of etcd: every row stays until it is back" etcd_killed
expect "and what changes from then on is seen, nothing lost, nothing phantom" changes_seen
hang_up dash
expect "a silent network: STALE within 30 s, with the true age" silence
expect "the age goes on, the reason is in words, every row stays" silence_goes_on
expect "with the cable back the rows are live within seconds, with all that changed meanwhile" cable_back
expect "a watch that cannot go on, its past compacted: the list again, without a flicker" compacted
hang_up far
expect "a dashboard before a dead server is there at once, STALE with the reason" dead_start
expect "and live when the server comes" dead_awakes
expect "from a context that refuses, :ctx leads to a living one" to_the_living "https://127.0.0.1:1" refusing
expect "and from one that is silent" silent_host
expect "all of it is still as kubectl has it" wait_for mirrored mirror
# However it went, the cluster is left whole.
here part start etcd && here part start apiserver && here part ready apiserver
here kwok stop >/dev/null
printf '      %s\n' "${figures[@]}"
close_tests
