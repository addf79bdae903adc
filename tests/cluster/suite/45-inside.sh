#!/usr/bin/env bash
# What leads from the dashboard into a pod, against a real kubelet: a shell (its size, its exit code, an image without one, a
# pod that dies, a dashboard that is ended) after which the dashboard is whole; ports, which go on to a thing's next pod.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../talk.sh"

new_space inside
[ $ours = no ] || push_busybox
things() {
    cat <<TEXT
apiVersion: v1
kind: Pod
metadata: {name: two}
spec:
  terminationGracePeriodSeconds: 0
  containers:
  - {name: a, image: $busybox, command: [sh, -c, "exec sleep 100000"]}
  - {name: b, image: $busybox, command: [sh, -c, "exec sleep 100000"]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
      - name: main
        image: $busybox
        command: [sh, -c, "mkdir /tmp/w; cd /tmp/w; hostname >index.html; exec httpd -f -p 8080 -h /tmp/w"]
        ports: [{containerPort: 8080}]
        readinessProbe: {httpGet: {port: 8080, path: /}, periodSeconds: 1}
TEXT
}
things | k -n "$space" apply -f - >/dev/null
wait_for -t 120 k -n "$space" wait --for=condition=Ready pod/two --timeout=2s >/dev/null 2>&1
wait_for -t 120 k -n "$space" rollout status deployment/web --timeout=2s >/dev/null 2>&1

dash() {
    talk dash "$watcher" 100x30 "$patchbay" -n "$space"
    ask dash until 20 'live *$' && ask dash keys 4 && ask dash until 10 "web-.*Running"
}
on_pod() { ask dash keys "/$1" && ask dash keys "<Enter>" && ask dash gone 5 "$2"; }

one_container() {
    dash && on_pod web- '^ two' && ask dash keys s && ask dash until 20 "a shell in container 'main'" &&
        ask dash until 10 '[#$] *$' && ask dash keys 'stty size' && ask dash keys "<Enter>" && ask dash until 10 '^30 100' &&
        ask dash keys 'exit 3' && ask dash keys "<Enter>" && ask dash until 10 'ended with exit code 3' &&
        ask dash until 5 'Pods 1/2' && ask dash until 5 'NAME .*READY'
}
expect "s opens a shell as wide as the terminal; its exit code is said, and the dashboard is whole" one_container

several() {
    ask dash keys "<Esc>" && on_pod two '^ web' && ask dash keys s && ask dash until 5 'Shell in which container' &&
        ask dash keys b && ask dash keys "<Enter>" && ask dash until 20 "a shell in container 'b' of two"
}
expect "where there are several containers it asks which" several

dies() {
    k -n "$space" delete pod two --now >/dev/null &&
        ask dash until 20 'Pods ' && ask dash until 5 "container 'b' of two|ended with exit code 137"
}
expect "a pod that dies takes the shell with it, not the dashboard" dies

no_shell() {
    k -n "$space" run bare --image=patchbay/pause:1 --restart=Never >/dev/null &&
        ask dash keys "<Esc>" && ask dash until 30 'bare .*Running' && on_pod bare '^ web' && ask dash keys s &&
        ask dash until 20 "container 'bare' of bare has no shell" && ask dash keys "<Esc>"
}
expect_here "an image without a shell is told so" no_shell

protected() {
    mkdir -p "$work/config/patchbay" && echo 'protected: "*"' >"$work/config/patchbay/config.yaml"
    XDG_CONFIG_HOME=$work/config talk safe "$watcher" 100x30 "$patchbay" -n "$space"
    ask safe until 20 'protected *live *$' && ask safe keys 4 && ask safe until 10 'web-.*Running' && ask safe keys s &&
        ask safe until 5 "is protected: nothing is written there; ':write' allows it" && ask safe keys ':write' && ask safe keys "<Enter>" &&
        ask safe until 5 'WRITABLE *live' && ask safe keys '/web' && ask safe keys "<Enter>" && ask safe keys s &&
        ask safe until 20 "a shell in container 'main'" && ask safe until 10 '[#$] *$' && ask safe keys 'exit' && ask safe keys "<Enter>" &&
        ask safe until 10 'ended with exit code 0' && ask safe quit
}
expect "a protected context is entered only after :write" protected
hang_up safe

ports() {
    local port
    ask dash keys 4 && ask dash keys "<Esc>" && ask dash until 10 'web-.*Running' && on_pod web- '^ two' &&
        ask dash keys ':forward :8080' && ask dash keys "<Enter>" && ask dash until 5 'localhost:[0-9]* leads to port 8080' || return 1
    ask dash keys ':forwards' && ask dash keys "<Enter>" && ask dash until 5 'listening' || return 1
    port=$(ask dash screen | grep -o 'localhost:[0-9]*' | head -1)
    [ "$(curl -s -m 10 "http://$port/")" = "$(k -n "$space" get pods -l app=web -o name | sed 's,pod/,,')" ] || return 1
    ask dash until 5 ' [1-9][0-9]* B' || return 1
    k -n "$space" delete pod -l app=web --now >/dev/null
    wait_for -t 60 k -n "$space" rollout status deployment/web --timeout=2s >/dev/null 2>&1
    within 20 served "$port" && ask dash keys X && ask dash until 5 'is closed' && ! curl -s -m 5 "http://$port/" >/dev/null
}
served() { [ "$(curl -s -m 10 "http://$1/")" = "$(k -n "$space" get pods -l app=web -o name | sed 's,pod/,,')" ]; }
expect "a forwarded port goes on to the thing's next pod, and closes by X" ports
server_goes() {
    ask dash keys 4 && ask dash keys "<Esc>" && on_pod web- '^ bare' && ask dash keys s && ask dash until 20 "a shell in container" &&
        ask dash until 10 '[#$] *$' && here part kill apiserver || return 1
    ask dash until 20 'the server ended the connection' && ask dash until 10 'STALE' && ask dash until 5 'NAME .*READY'
    local rc=$?
    here part start apiserver && here part ready apiserver && ask dash until 30 'live *$' && return $rc
}
expect_here "a server that goes takes the shell with it, not the dashboard" server_goes
expect "the dashboard leaves as always" ask dash quit
hang_up dash
close_tests
