# lib: what the cases of the cluster suite share: the words of the end-to-end tests (expect, within, says, exits) and those
# for clusters. Sourced by bash. A case runs on the harness's cluster, or on any other: then what needs the harness is
# skipped in words.
cluster_tests=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
export abs_top_srcdir=${abs_top_srcdir:-$(cd "$cluster_tests/../.." && pwd)}
export abs_top_builddir=${abs_top_builddir:-$abs_top_srcdir}
. "$abs_top_srcdir/tests/e2e/lib.sh"

spaces=()
skipped=0
if [ "${PATCHBAY_TEST_CLUSTER:-}" = 1 ]; then
    ours=no
    busybox=${PATCHBAY_TEST_IMAGE:-docker.io/library/busybox:1}
    kubectl=$(command -v kubectl || echo "${PATCHBAY_KUBE_BIN:-/usr/bin}/kubectl")
else
    ours=yes
    busybox=test/busybox:1
    for file in setup parts network image; do . "$cluster_tests/$file.sh"; done
    setup
    [ -r "$dir/env" ] || die "no cluster is up in $dir: tests/cluster/up, or tests/cluster/run, which sees to that itself"
    cluster=$dir
    kubectl=$bin/kubectl
    export KUBECONFIG=$cluster/kubeconfig
fi
export KUBECACHEDIR=$work/kubectl

k() { timeout 90 "$kubectl" "$@"; }

# as NAME COMMAND…: with another of the harness's kubeconfigs: viewer, nobody, certificate, tokenfile, exec, bridge
as() {
    local KUBECONFIG=$cluster/$1.kubeconfig
    export KUBECONFIG
    shift
    "$@"
}

# wait_for [-t SECONDS] COMMAND…: until it succeeds; a failure when it has not within 30 s, or the seconds told.
wait_for() {
    local seconds=30
    [ "$1" != -t ] || { seconds=$2; shift 2; }
    within "$seconds" "$@"
}

# new_space WORD: a namespace of this test's own in $space; it goes when the test ends.
new_space() {
    space=pbtest-$1-$$
    k create namespace "$space" >/dev/null || return 1
    spaces+=("$space")
    wait_for k -n "$space" get serviceaccount default >/dev/null 2>&1
}

# skip SENTENCE WHY: a case that is not run, in words.
skip() {
    skipped=$((skipped + 1))
    echo "skipped: $1: $2"
    [ "${PATCHBAY_NEVER_SKIP:-}" != 1 ] || [ $ours = no ] || { failed=$((failed + 1)); echo "FAILED: $1 (nothing is to be skipped here)"; }
}

# expect_here SENTENCE COMMAND…: a case that needs the harness's own machines, programs or kubeconfigs.
expect_here() {
    if [ $ours = yes ]; then
        expect "$@"
    else
        skip "$1" "it needs the nodes and programs of tests/cluster/up"
    fi
}

# needs_ours: for a file whose every case does.
needs_ours() {
    [ $ours = yes ] && return 0
    skip "$(basename "$0" .sh)" "all of it needs the nodes and programs of tests/cluster/up"
    close_tests
    exit
}

# here COMMAND…: a program of the harness: here part kill etcd, here cable gpu-1 down, here kwok start 20
here() { PATCHBAY_CLUSTER_DIR=$cluster "$cluster_tests/$1" "${@:2}"; }

# new_host NAME NUMBER: a machine on the cluster's bridge (the namespace $prefix-NAME, the address $net.NUMBER, 101 and
# on), to run a program behind a cable of its own; from there bridge.kubeconfig leads to the API server.
hosts=()
new_host() {
    add_host "$1" "$prefix-$1" "$net.$2" && hosts+=("$1")
}
# on_host NAME COMMAND…
on_host() { nsenter "--net=/run/netns/$prefix-$1" "${@:2}"; }

# requests: METHOD PATH TYPE BODY a line on the standard input, as a configuration of curl's that sends them to our cluster.
requests() {
    awk -v api="$api" -v header="$cluster/admin.header" -v ca="$cluster/ca.crt" -F '\t' '{
        if (NR > 1) print "next"
        gsub(/"/, "\\\"", $4)
        printf "url = \"%s%s\"\nrequest = \"%s\"\nheader = \"@%s\"\ncacert = \"%s\"\noutput = \"/dev/null\"\nmax-time = 20\n", api, $2, $1, header, ca
        if ($4 != "") printf "header = \"Content-Type: %s\"\ndata = \"%s\"\n", $3, $4
    }'
}

# push_thing: patchbay/thing, the media things of the catalogue, built (minutes, the first time) and put into the registry.
push_thing() { (cd "$work" && REGISTRY=127.0.0.1:$registry_port "$abs_top_srcdir/assets/images/build"); }

# pod_is NAME WANTED: kubectl's word for it, in $space
pod_is() {
    local is
    is=$(k -n "$space" get pod "$1" --no-headers 2>&1 | awk '{ print $3 }')
    [ "$is" = "$2" ] || { echo "$1 is '$is', not '$2'"; return 1; }
}

# counts NUMBER COMMAND…: it prints so many lines.
counts() {
    local wanted=$1 is
    shift
    is=$("$@" | wc -l)
    [ "$is" = "$wanted" ] || { echo "$is lines, not $wanted: $*"; return 1; }
}

cluster_finish() {
    local name pid
    finish
    for name in "${hosts[@]:-}"; do
        for pid in $([ -z "$name" ] || ip netns pids "$prefix-$name" 2>/dev/null); do kill -KILL "$pid" 2>/dev/null; done
        [ -z "$name" ] || { ip link del "$prefix-$name"; ip netns del "$prefix-$name"; } 2>/dev/null
    done
    [ ${#spaces[@]} = 0 ] || k delete namespace --wait="$([ $ours = yes ] && echo false || echo true)" "${spaces[@]}" >/dev/null 2>&1
}
trap cluster_finish EXIT

# close_tests: the count, to the suite's runner or to whoever started this file alone.
close_tests() {
    if [ -n "${PATCHBAY_CLUSTER_TALLY:-}" ]; then
        echo "$passed $failed $skipped" >>"$PATCHBAY_CLUSTER_TALLY"
    else
        echo "$passed passed, $failed failed"
    fi
    [ $failed = 0 ]
}
