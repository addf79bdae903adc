#!/usr/bin/env bash
# A recording answers every command as the cluster did then, without a cluster, a kubeconfig or a network.
. "${abs_top_srcdir:-$PWD}/tests/e2e/lib.sh"
night=$src/tests/unit/streams/night.ndjson
export KUBECONFIG=$work/none
at() { local when=$1; shift; timeout 20 "$patchbay" replay "$night" --at "$when" -- "$@"; }
fails() {
    local status=$1 text=$2 rc=0
    shift 2
    "$@" >"$work/said" 2>&1 </dev/null || rc=$?
    [ $rc = "$status" ] && grep -qF -- "$text" "$work/said" || { echo "exit $rc, not $status, or no '$text' in:"; cat "$work/said"; return 1; }
}

expect "before the trouble frames flow" says "flowing   10.0" at +3s status media/lobby
expect "while the camera stands still its wire is dead" fails 1 "NO FRAMES" at 13:01:50 status media/lobby
expect "what is behind it starves" fails 1 "starved" at 13:01:50 status media/lobby
expect "why says so" says "object-detect is Ready, but its input stopped" at 13:01:50 why media/lobby
expect "ages are those of then" says "18s" at 13:01:50 pods -A
expect "before it was killed the detector had not restarted" says "object-detect,people-detector,Running,1/1,0" at 13:01:58 status media/lobby -o csv
expect "afterwards it had" says "object-detect,people-detector,Running,1/1,1" at 13:02:02 status media/lobby -o csv
expect "its log is as long as it was" says "detector: listening on" at 13:02:02 logs -n media object-detect-9546c7599-zdmmv
expect "what went on is told to the end, and then it ends" says "Liveness probe failed" at first events -A -w
expect "what was not recorded is named" fails 1 "was not recorded" at first deploy "$src/assets/graphs/lobby.yaml"
expect "a time that is none" fails 2 "'25:00' is no time; write 02:14" at 25:00 pods
expect "a time that is not in it" fails 2 "is not in the record: it goes from 2026-12-01T13:01:37Z to 2026-12-01T13:02:06Z" at 14:00 pods
expect "a command that asks nobody" fails 2 "is no command that a record can answer" at first edge
expect "a mistyped command" fails 2 "is no command that a record can answer" at first nods
expect "without a terminal" fails 2 "needs a terminal" "$patchbay" replay "$night"
expect "no such file" fails 2 "cannot read '$work/none': no such file" "$patchbay" replay "$work/none"
echo 'apiVersion: v1' >"$work/other"
expect "another file" fails 2 "is no recording; 'patchbay record FILE' makes one" "$patchbay" replay "$work/other"
head -c 200000 "$night" >"$work/torn"
expect "one that was cut off says so" fails 0 "was cut off in line" "$patchbay" replay "$work/torn" --at +3s -- pods -A
sed 's/"recording":1/"recording":9/' "$night" >"$work/later"
expect "one of a later version" fails 2 "is of a later version of patchbay" "$patchbay" replay "$work/later"
close_tests
