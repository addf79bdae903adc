#!/usr/bin/env bash
# exec and port-forward against a real kubelet, and beside kubectl on the same pods: exit codes, every byte of 100 MB both
# ways in little memory, the terminal's size, ten connections at once, and words for what cannot be.
. "$(dirname "$0")/../lib.sh"

new_space exec
[ $ours = no ] || push_busybox
pods() {
    cat <<TEXT
apiVersion: v1
kind: Pod
metadata: {name: box}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - name: main
    image: $busybox
    command: [sh, -c, "mkdir /tmp/w; cd /tmp/w; echo hello >index.html; dd if=/dev/urandom of=big bs=1M count=100; exec httpd -f -p 8080 -h /tmp/w"]
    ports: [{name: http, containerPort: 8080}]
    readinessProbe: {httpGet: {port: 8080, path: /}, periodSeconds: 1}
---
apiVersion: v1
kind: Pod
metadata: {name: two, annotations: {kubectl.kubernetes.io/default-container: b}}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - {name: a, image: $busybox, command: [sh, -c, "echo a >/tmp/which; exec sleep 100000"]}
  - {name: b, image: $busybox, command: [sh, -c, "echo b >/tmp/which; exec sleep 100000"]}
---
apiVersion: v1
kind: Pod
metadata: {name: ended}
spec:
  restartPolicy: Never
  containers: [{name: a, image: $busybox, command: ["true"]}]
TEXT
}
pods | k -n "$space" apply -f - >/dev/null
wait_for -t 120 k -n "$space" wait --for=condition=Ready pod/box pod/two --timeout=2s >/dev/null 2>&1
wait_for -t 60 pod_is ended Completed

run() { timeout 120 "$patchbay" exec -n "$space" "$@"; }

# same COMMAND…: patchbay and kubectl print the same and end with the same status.
same() {
    local ours_is theirs_is
    ours_is=$(run "$@" 2>"$work/err"; echo "status $?")
    theirs_is=$(k -n "$space" exec "$@" 2>/dev/null; echo "status $?")
    [ "$ours_is" = "$theirs_is" ] || { printf 'patchbay: %s\nkubectl: %s\n' "$ours_is" "$theirs_is"; cat "$work/err"; return 1; }
}
for code in 0 1 42 255; do
    expect "exit code $code comes through, as kubectl's" same box -- sh -c "echo out; echo err >&2; exit $code"
done
expect "a command killed by a signal, too" same box -- sh -c 'kill -9 $$'
expect "arguments arrive as they were" same box -- printf '%s\n' 'a b' '' '&=?%' "'\"" 'ä'
apart() { [ "$(run box -- sh -c 'echo out; echo err >&2' 2>&1 >/dev/null)" = err ]; }
expect "error output stays apart" apart
expect "the annotation chooses the container" same two -- cat /tmp/which
expect "-c chooses it" says a run two -c a -- cat /tmp/which
expect "a container that is not there is named" says "has no container 'x'; it has: a, b" exits 1 run two -c x -- true
expect "a pod that has ended" says "has ended (Succeeded)" exits 1 run ended -- true
expect "a command that is not there" says 'cannot start the command: exec: "nonesuch"' exits 1 run box -- nonesuch
viewer_may_not() {
    k -n media run "exec-$$" --image="$busybox" --restart=Never -- sleep 600 >/dev/null
    wait_for k -n media wait --for=condition=Ready "pod/exec-$$" --timeout=2s >/dev/null 2>&1
    says 'User "viewer" cannot' exits 1 as viewer "$patchbay" exec -n media "exec-$$" -- true
    local rc=$?
    k -n media delete pod "exec-$$" --now --wait=false >/dev/null
    return $rc
}
expect_here "the viewer may not" viewer_may_not

# Every byte, both ways, and what it took. MiB is the most memory the process ever had.
dd if=/dev/urandom of="$work/big" bs=1M count=100 2>/dev/null
sum=$(sha256sum <"$work/big")
through() {
    local is
    is=$("$@" | sha256sum)
    [ "$is" = "$sum" ] || { echo "the bytes differ: $is"; return 1; }
}
# A command that ends before its output is taken may lose the rest of it on the server's side, with the status 0 and from
# kubectl too (the API server pings a kubelet that has closed already); so ours stay a little.
back='cat; sleep 3'
from_file() { through run box -i -- sh -c "$back" <"$work/big"; }
from_pipe() { cat "$work/big" | through run box -i -- sh -c "$back"; }
expect "100 MB from a file through cat and back" from_file
expect "100 MB from a pipe" from_pipe
late() { [ "$(cat "$work/big" | run box -i -- sh -c 'sleep 35; wc -c')" = 104857600 ]; }
expect "a command that rests 35 s before it takes its input gets all of it" late
lean() { # while a slow reader holds it up, what it keeps is bounded
    local pid peak
    "$patchbay" exec -n "$space" box -- sh -c 'cat /tmp/w/big; sleep 3' > >(sleep 6; wc -c >"$work/count") &
    pid=$!
    sleep 4
    peak=$(awk '/VmHWM/ { print int($2 / 1024) }' "/proc/$pid/status")
    wait "$pid"
    within 10 test -s "$work/count"
    echo "$peak MiB, $(cat "$work/count") bytes"
    # sanitizers keep what was freed for a while
    [ "$(cat "$work/count")" = 104857600 ] && { [ "$peak" -lt 64 ] || grep -q __asan_init "$patchbay"; }
}
expect "100 MB to a slow reader in less than 64 MiB" lean

# On a terminal.
tty_run() { timeout 60 script -qec "$1" /dev/null </dev/null; }
sized() { tty_run "stty rows 21 cols 63; '$patchbay' exec -n $space box -it -- sh -c 'until [ \"\$(stty size)\" = \"21 63\" ]; do sleep 0.1; done; echo seen'"; }
resized() { tty_run "stty rows 21 cols 63; (sleep 2; stty rows 33 cols 77 </dev/tty) & '$patchbay' exec -n $space box -it -- sh -c 'until [ \"\$(stty size)\" = \"33 77\" ]; do sleep 0.1; done; echo seen'"; }
restored() { tty_run "sh -c '(sleep 2; kill -$1 \$\$) & exec \"$patchbay\" exec -n $space box -it -- sleep 4'; stty -a"; }
if command -v script >/dev/null; then
    expect "the command sees the terminal's size" says seen sized
    expect "and when it changes" says seen resized
    for signal in TERM HUP QUIT SEGV; do
        expect "the terminal is left in order by SIG$signal" says ' icanon' restored "$signal"
    done
fi
expect "no terminal is given where there is none" says 'not a tty' run box -it -- tty </dev/null

# forward POD PORTS…: the ports in $ports, in order
forward() {
    "$patchbay" port-forward -n "$space" "$@" >"$work/forward" 2>"$work/forward.err" &
    forwarder=$!
    within 15 counts_ports $(($# - 1))
    ports=($(sed -n 's/^Forwarding from 127.0.0.1:\([0-9]*\) -> .*/\1/p' "$work/forward"))
}
counts_ports() { [ "$(grep -c '^Forwarding from 127' "$work/forward")" = "$1" ]; }
get() { curl -sS --max-time 60 "http://127.0.0.1:$1/$2"; }
forward box 0:8080 :http 0:81
big=$(k -n "$space" exec box -- sha256sum /tmp/w/big | cut -c1-64)
expect "a port leads to the pod's" says hello get "${ports[0]}" index.html
expect "a port by its name" says hello get "${ports[1]}" index.html
whole() { [ "$(get "$1" big | sha256sum | cut -c1-64)" = "$big" ]; }
expect "100 MB come whole" whole "${ports[0]}"
ten() {
    local i pids=()
    for i in 1 2 3 4 5 6 7 8 9 10; do
        whole "${ports[0]}" &
        pids+=($!)
    done
    for i in "${pids[@]}"; do wait "$i" || return 1; done
}
expect "100 MB on each of ten connections at once" ten
expect "a port where nothing listens breaks that connection" exits 56 get "${ports[2]}" ''
expect "and says so" within 5 grep -q 'port 81 of pod box broke: nothing listens there' "$work/forward.err"
expect "the others go on" says hello get "${ports[0]}" index.html
expect "a port in use is said" says 'cannot listen on 127.0.0.1' exits 2 "$patchbay" port-forward -n "$space" box "${ports[0]}:8080"
expect "a port that is none is said" says "is no port of this pod" exits 2 "$patchbay" port-forward -n "$space" box 0:none
k -n "$space" delete pod box --wait=true >/dev/null
expect "a pod that went is said" within 10 sh -c "curl -s -m 3 http://127.0.0.1:${ports[0]}/ ; grep -q 'not found' '$work/forward.err'"
kill -INT $forwarder
ended() { ! kill -0 $forwarder 2>/dev/null; }
expect "it ends by an interrupt" within 5 ended
close_tests
