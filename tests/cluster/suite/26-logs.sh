#!/usr/bin/env bash
# Logs, followed: every line once and in order, over the node's log rotation, a server that is killed, connections that are
# cut and containers that begin again; and what the node had turned over before it could be read is said, never passed over.
. "$(dirname "$0")/../lib.sh"

new_space logs
[ $ours = no ] || push_busybox
logs() { timeout 240 "$patchbay" logs -n "$space" "$@"; }

# pod NAME COMMAND [MORE]: it runs once, unless MORE says otherwise
pod() {
    cat <<TEXT | k -n "$space" apply -f - >/dev/null
apiVersion: v1
kind: Pod
metadata: {name: $1}
spec:
  terminationGracePeriodSeconds: 0
  restartPolicy: ${3:-Never}
  volumes: [{name: v, emptyDir: {}}]
  containers:
  - {name: main, image: $busybox, volumeMounts: [{name: v, mountPath: /v}], command: [sh, -c, '$2']}
TEXT
}
# count LINES BURST: a shell's loop that prints numbered lines, BURST of them each hundredth of a second
count() { echo "i=0; while [ \$i -lt $1 ]; do echo line \$i of many; i=\$((i+1)); [ \$((i % $2)) != 0 ] || usleep 10000; done"; }

# whole FILE LINES: FILE.out, lines with times, holds "line 0" (or bare numbers) to the last, once each, in order; what is
# missing is said in FILE.err. With a third word the first may be any. A file of a log may begin within a line: then what
# comes behind something missing begins with a part of a number.
whole() {
    sed -n 's/.*lines may be missing between \([^ ]*\)Z and \([^:]*:[^:]*:[^:Z]*\|the end\).*/\1 \2/p' "$work/$1.err" |
        sed 's/the end/9/' >"$work/$1.said"
    awk -v last="$2" -v began="${3:-0}" '
        FILENAME ~ /said$/ { from[++n] = $1; to[n] = $2; next }
        { number = $2 == "line" ? $3 : $2 }
        FNR == 1 { next_one = began ? number : 0; before = "0"; part = began ? 2 : 0 }
        number + 0 != next_one {
            for (i = 1; i <= n && !(from[i] <= before && substr($1, 1, 23) <= to[i]); i++);
            if (i <= n) { said += number > next_one ? number - next_one : 0; part = 2 }
            else if (!part) {
                print "after " next_one - 1 " comes " $0 ", and nobody says so"
                bad = 1
            }
        }
        { next_one = number + 1; before = substr($1, 1, 23); part -= part > 0 }
        END {
            for (i = 1; i <= n && !(from[i] <= before && before <= to[i]); i++);
            if (last && next_one != last && i > n) { print "it ends at " next_one - 1; bad = 1 }
            print n + 0 " times lines were said to be missing; " said + 0 " were"
            exit bad
        }' "$work/$1.said" "$work/$1.out" || { cat "$work/$1.err"; return 1; }
}
nothing_missing() { whole "$@" | tee "$work/whole" && grep -q '; 0 were' "$work/whole"; }
follow() { # FILE WORDS…
    logs -f --timestamps "${@:2}" >"$work/$1.out" 2>"$work/$1.err"
}

pod long "$(count 200000 100)"
expect "a pod prints 200,000 lines, through the rotation of its log" follow long long
expect "each was there once, in order" nothing_missing long 200000

# Two that follow the same pod: one whose connections are cut, one whose server is killed.
if [ $ours = yes ]; then
    faulty=$abs_top_builddir/tests/faulty
    mkfifo "$work/faulty.in"
    exec 9<>"$work/faulty.in"
    "$faulty" 0 "127.0.0.1:$api_port" <"$work/faulty.in" >"$work/faulty.out" 2>&1 9>&- &
    pids+=($!)
    within 5 test -s "$work/faulty.out"
    sed "s/127.0.0.1:$api_port/127.0.0.1:$(head -1 "$work/faulty.out")/" "$cluster/kubeconfig" >"$work/faulty.kubeconfig"
    chmod 600 "$work/faulty.kubeconfig"
    disturb() {
        local how followers=() rc=0
        pod slow "$(count 60000 20)"
        KUBECONFIG=$work/faulty.kubeconfig follow cut slow &
        followers+=($!)
        follow killed slow &
        followers+=($!)
        within 30 grep -q 'line 1000 ' "$work/cut.out" || return 1
        for how in cut reset 'cut down 3000' 'reset down 20011' half 'cut down 1' reset stall; do
            echo "$how" >&9
            sleep 1.5
        done
        echo pass >&9
        here part kill apiserver && here part start apiserver && here part ready apiserver || return 1
        for how in "${followers[@]}"; do wait "$how" || rc=1; done
        return $rc
    }
    expect "connections are cut, a server is killed and comes back" disturb
    expect "cut: each line once, in order" whole cut 60000
    expect "it took several connections" awk '/^connections/ { n = $2 } END { print n " connections"; exit n < 4 }' "$work/faulty.out"
    expect "killed: each line once, in order" whole killed 60000
fi

# A container that begins again and again, and prints half a line at its end.
pod again 'n=$(cat /v/n 2>/dev/null || echo 0); echo $((n+1)) >/v/n; i=0; while [ $i -lt 500 ]; do echo run $n line $i; i=$((i+1)); done; printf "the last of $n"; sleep 1; [ $n -lt 2 ] || sleep 100000; exit 1' Always
runs() {
    local n
    for n in 0 1; do
        seq -f "run $n line %g" 0 499
        echo "the last of $n"
    done
    seq -f "run 2 line %g" 0 499
}
restarts() {
    logs -f again >"$work/again.out" 2>"$work/again.err" &
    local follower=$!
    within 90 grep -q 'run 2 line 499' "$work/again.out"
    kill $follower
    wait $follower 2>/dev/null
    runs | diff - "$work/again.out"
}
expect "a container that begins again is followed through all its runs" restarts
expect "and nothing is said to be missing" exits 1 grep missing "$work/again.err"
same() { # as kubectl's, but that the last line has an end
    logs "$@" >"$work/is" 2>&1
    k -n "$space" logs "$@" 2>&1 | awk 1 >"$work/wanted"
    diff "$work/is" "$work/wanted"
}
expect "the run before the last, as kubectl's" same again --previous
expect "its last lines, too" same again --previous --tail=3
expect "half a line that has no end yet is not given by halves" same again --tail=2
pod half 'echo one; printf two'
wait_for -t 60 pod_is half Completed >/dev/null
expect "a container that ended in half a line" same half
expect "followed, it is there as well" says two logs -f half
tail_of() { [ "$(logs -f half --tail 1)" = two ]; }
expect "the last line alone" tail_of

# More than anybody can read, and a slow reader.
pod flood 'seq 0 4000000; sleep 20'
slow_reader() {
    local n
    for ((n = 0; n < 40; n++)); do
        head -c 300000
        sleep 0.3
    done
    cat
}
flood() {
    local pid reader peak=0 is
    wait_for -t 30 pod_is flood Running
    mkfifo "$work/flood.fifo"
    slow_reader <"$work/flood.fifo" >"$work/flood.out" &
    reader=$!
    "$patchbay" logs -n "$space" -f --timestamps flood >"$work/flood.fifo" 2>"$work/flood.err" &
    pid=$!
    while is=$(awk '/VmHWM/ { print int($2 / 1024) }' "/proc/$pid/status" 2>/dev/null) && [ -n "$is" ]; do
        peak=$is
        [ $SECONDS -lt $((began + 150)) ] || kill $pid
        sleep 0.5
    done
    wait $reader
    echo "$peak MiB, $(wc -c <"$work/flood.out") bytes of $(tail -1 "$work/flood.out" | cut -c1-60)"
    # sanitizers keep what was freed for a while
    [ "$peak" -lt 64 ] || grep -q __asan_init "$patchbay"
}
figure() { sed -n "s/^/    /; /$1/p" "$work/out" | head -1; }
began=$SECONDS
expect "a flood, to a slow reader, in less than 64 MiB" flood
figure MiB
expect "what is missing of it is said, and its end is there" whole flood 4000001 anywhere
figure 'times lines'
close_tests
