# lib: what the end-to-end tests share. Sourced by bash. A case is a sentence; its commands must succeed.
set -u
top=${abs_top_builddir:-$PWD}
src=${abs_top_srcdir:-$PWD}
export PATCHBAY_ASSETS=$src/assets
patchbay=$top/patchbay
passed=0 failed=0
work=$(mktemp -d)
pids=()

finish() {
    local pid
    for pid in "${pids[@]:-}"; do
        [ -z "$pid" ] || { kill "$pid" 2>/dev/null; wait "$pid" 2>/dev/null; }
    done
    rm -rf "$work"
}
trap finish EXIT

# expect SENTENCE COMMAND…: one case.
expect() {
    local what=$1 rc=0
    shift
    "$@" >"$work/out" 2>&1 || rc=$?
    if [ $rc = 0 ]; then
        passed=$((passed + 1))
        echo "ok: $what"
    else
        failed=$((failed + 1))
        echo "FAILED: $what (exit $rc: $*)"
        sed 's/^/    /' "$work/out" | tail -40
    fi
}

# within SECONDS COMMAND…: again and again until it succeeds; fails when it has not by then.
within() {
    local until=$((SECONDS + $1 + 1)) rc
    shift
    while :; do
        rc=0
        "$@" || rc=$?
        [ $rc = 0 ] && return 0
        [ $SECONDS -lt $until ] || return $rc
        sleep 0.1
    done
}

# says TEXT COMMAND…: its output holds TEXT.
says() {
    local text=$1
    shift
    "$@" 2>&1 | tee "$work/said" | grep -qF -- "$text" || { cat "$work/said"; return 1; }
}

# exits STATUS COMMAND…
exits() {
    local wanted=$1 rc=0
    shift
    "$@" || rc=$?
    [ $rc = "$wanted" ] || { echo "exit $rc, not $wanted"; return 1; }
}

start_edge() {
    export KUBECONFIG=$work/kubeconfig
    "$patchbay" edge --kubeconfig "$KUBECONFIG" >"$work/edge.log" 2>&1 &
    pids+=($!)
    edge=$!
    within 20 grep -q 'is up' "$work/edge.log"
}

close_tests() {
    echo "$passed passed, $failed failed"
    [ $failed = 0 ]
}
