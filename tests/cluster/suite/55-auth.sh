#!/usr/bin/env bash
# Who one is, and what one may: client certificates, a token file whose token is replaced, credential programs, the viewer's
# limits, acting as somebody else, contexts. By commands, and under a running dashboard.
. "$(dirname "$0")/../lib.sh"
. "$cluster_tests/talk.sh"
needs_ours

pod() {
    k -n "$space" get pod "$1" >/dev/null 2>&1 && return
    k -n "$space" create -f - >/dev/null <<TEXT
{apiVersion: v1, kind: Pod, metadata: {name: $1}, spec: {schedulingGates: [{name: example.com/never}], containers: [{name: c, image: none}]}}
TEXT
}
pods() { "$patchbay" pods -n "$space" "$@"; }
restart_server() { here part kill apiserver && here part start apiserver && here part ready apiserver; }
# Whatever a program says on its screen fits into its width.
dashboard() { talk "$1" "$watcher" 160x40 "$patchbay" -n "$2" && ask "$1" until 20 'live$'; }

# flat NAME: one of the harness's kubeconfigs with all files in it.
flat() {
    as "$1" "$kubectl" config view --raw --flatten >"$work/flat" && KUBECONFIG=$work/flat pods -o name
}
other_ca() {
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout "$work/ca.key" -subj /CN=stranger -days 1 -out "$work/ca.crt" 2>/dev/null
    sed "s|certificate-authority-data: .*|certificate-authority: $work/ca.crt|" "$cluster/kubeconfig" >"$work/stranger"
    KUBECONFIG=$work/stranger exits 3 pods
}
no_key() {
    sed '/client-key/d' "$cluster/certificate.kubeconfig" >"$cluster/nokey.kubeconfig"
    as nokey exits 2 pods
    local rc=$?
    rm "$cluster/nokey.kubeconfig"
    return $rc
}

# A token in a file, of an account that goes; the file gets another's token meanwhile.
account() {
    k -n "$space" create serviceaccount "$1" >/dev/null && k create clusterrolebinding "$space-$1" --clusterrole=cluster-admin --serviceaccount="$space:$1" >/dev/null
}
token_of() { k -n "$space" create token "$1" --duration=10m; }
rotation() {
    account first && account second && token_of first >"$work/token" || return 1
    sed "s|token: .*|tokenFile: $work/token|" "$cluster/kubeconfig" >"$work/rotated"
    (
        export KUBECONFIG=$work/rotated
        exec "$patchbay" pods -n "$space" -w
    ) >"$work/watched" 2>&1 &
    pids+=($!)
    KUBECONFIG=$work/rotated dashboard dash "$space" && ask dash keys 4 && ask dash until 5 ' first-pod ' && wait_for grep -q first-pod "$work/watched"
}
rotated() {
    token_of second >"$work/token.new" && mv "$work/token.new" "$work/token" && k -n "$space" delete serviceaccount first >/dev/null || return 1
    # what was let in stays in until it asks again
    restart_server && ask dash until 20 'live$' && pod second-pod && ask dash until 5 ' second-pod ' && wait_for -t 5 grep -q second-pod "$work/watched"
}
revoked() {
    k -n "$space" delete serviceaccount second >/dev/null
    restart_server
    ask dash until 20 'REFUSED|STALE' && ask dash until 5 'token' && KUBECONFIG=$work/rotated exits 3 pods
}
# The right token comes into the file again: nobody has to start anything anew.
mended() { token_of default >"$work/token" && k create clusterrolebinding "$space-default" --clusterrole=cluster-admin --serviceaccount="$space:default" >/dev/null && ask dash until 70 'live$'; }

# Credential programs.
runs() { wc -l <"$cluster/exec-plugin.runs"; }
one_run() {
    : >"$cluster/exec-plugin.runs"
    as exec dashboard dash "$space" && ask dash keys 4 && ask dash until 5 ' first-pod ' && ask dash keys 5 && ask dash keys 4 && counts 1 cat "$cluster/exec-plugin.runs"
}
# Its credentials end before their first use is a minute old; a request after that runs it again, one.
runs_again() {
    local seen
    date -u -d '+8 seconds' +%Y-%m-%dT%H:%M:%SZ >"$cluster/exec-plugin.expires"
    : >"$cluster/exec-plugin.runs"
    as exec dashboard dash "$space" && ask dash keys 4 && ask dash until 5 ' first-pod ' || return 1
    seen=$(runs)
    rm "$cluster/exec-plugin.expires"
    sleep 9
    ask dash keys y && ask dash until 10 'kind: Pod' || return 1
    [ "$seen" = 1 ] && [ "$(runs)" = 2 ] || { echo "it ran $seen times before, $(runs) after"; return 1; }
}
# A token that is refused is fetched anew, once.
refused_token() {
    echo none >"$cluster/exec-plugin.token"
    : >"$cluster/exec-plugin.runs"
    as exec says 'the credential program' exits 3 pods && counts 2 cat "$cluster/exec-plugin.runs"
    local rc=$?
    cp "$cluster/token/exec-admin" "$cluster/exec-plugin.token"
    return $rc
}
# program COMMAND: a kubeconfig whose credential program that is.
program() { sed "s|command: .*|command: $1\n      installHint: ask the people of the second floor|" "$cluster/exec.kubeconfig" >"$cluster/program.kubeconfig"; }
failing() {
    printf '#!/bin/sh\necho "your session is over, log in again" >&2\nexit 7\n' >"$work/fails"
    chmod +x "$work/fails"
    program "$work/fails" && as program exits 3 pods
}
failing_on_screen() {
    as program talk dash "$watcher" 160x40 "$patchbay" -n "$space" && ask dash until 10 'STALE|REFUSED' && ask dash until 5 'your session is over'
}
missing() { program "$work/nothing-here" && as program exits 3 pods; }

# The viewer.
media_pod() {
    local space=media
    pod seen
}
forbidden() { local words=$1; shift; says "$words" exits 1 as viewer "$@"; }
viewer_screen() {
    as viewer dashboard dash media && ask dash keys 4 && ask dash until 5 ' seen ' && ask dash keys 0 && ask dash until 5 'only namespace media: viewer may not list pods in all namespaces'
}
grey() {
    ask dash until 5 'X delete' && wait_for -t 5 is_grey X
}
is_grey() { ask dash cell "$1 delete" >"$work/cell" && grep -q fg243 "$work/cell" || { cat "$work/cell"; return 1; }; }
says_why() { ask dash keys X && ask dash until 5 'viewer may not delete pods in namespace media'; }
still_there() { k -n media get pod seen >/dev/null && ask dash quit; }
deployed_as_admin() { sed "s/replicas: .*//" "$abs_top_srcdir/assets/graphs/lobby.yaml" >"$work/lobby.yaml" && "$patchbay" deploy "$work/lobby.yaml"; }

# Contexts.
contexts() { sed "s/patchbay-$id/second/g" "$cluster/viewer.kubeconfig" >"$work/second" && export KUBECONFIG="$cluster/kubeconfig:$work/second"; }

new_space auth
expect "a pod to look at" wait_for pod first-pod
for user in certificate tokenfile exec; do
    expect "$user: pods are listed" says first-pod as "$user" pods
done
expect "a certificate and its key in the kubeconfig itself" says first-pod flat certificate
expect "a certificate by a stranger: no way on, in words" says "certificate" other_ca
expect "a certificate without its key: the sentence names the user" says "certificate-admin" no_key

expect "a token in a file: a dashboard and pods -w run" rotation
expect "the token is replaced and the old one revoked: both go on" rotated
expect "the new one is revoked too: both are told" revoked
expect "a token that works in the file again: it goes on by itself" mended
hang_up dash

expect "a credential program runs once for all that a dashboard asks" one_run
expect "and again when its credentials are over" runs_again
expect "a refused token is fetched anew, once, and said" refused_token
expect "a program that fails: its own words" says "your session is over, log in again" failing
expect "on the screen too" failing_on_screen
expect "a program that is not there: how to install it" says "second floor" missing
rm -f "$cluster/program.kubeconfig"

expect "a pod in media" wait_for media_pod
expect "the viewer lists media" says seen as viewer "$patchbay" pods -n media
expect "but not all namespaces, in words" forbidden 'User "viewer" cannot list resource "pods"' "$patchbay" pods -A
expect "nor nodes" forbidden 'User "viewer" cannot list resource "nodes"' "$patchbay" nodes
expect "nor deploys: the server's words" forbidden 'User "viewer" cannot create resource "configmaps"' "$patchbay" deploy "$abs_top_srcdir/assets/graphs/lobby.yaml"
expect "lobby is deployed by somebody who may" deployed_as_admin
expect "the viewer is told what it is looking at" says camera as viewer "$patchbay" status media/lobby
expect "the viewer does not delete it: the server's words" forbidden 'in the namespace "media"' "$patchbay" delete media/lobby --yes
expect "its dashboard shows media alone and says so" viewer_screen
expect "what it may not do is grey" grey
expect "and says why" says_why
expect "nothing was deleted" still_there
expect "acting as the viewer one sees what it sees" says seen "$patchbay" pods -n media --as viewer
expect "and no more" says 'User "viewer" cannot list' exits 1 "$patchbay" pods -n "$space" --as viewer
expect "acting in a group one may what it may" says first-pod "$patchbay" pods -n "$space" --as somebody --as-group system:masters
expect "who may not act as others is told" forbidden 'cannot impersonate resource "users"' "$patchbay" pods -n media --as admin
contexts
expect "--context goes to another user" says 'User "viewer" cannot list' exits 1 "$patchbay" pods -n "$space" --context second
expect "the current one is the first file's" says first-pod pods
expect "one that is not there: those that are" says "second" exits 2 pods --context third
export KUBECONFIG=$cluster/kubeconfig
hang_up dash
"$patchbay" delete media/lobby --yes >/dev/null 2>&1
k -n media delete --now pod seen >/dev/null
k delete clusterrolebinding "$space-first" "$space-second" "$space-default" >/dev/null
close_tests
