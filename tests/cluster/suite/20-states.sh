#!/usr/bin/env bash
# What a pod is called: NAME, READY, STATUS, RESTARTS, AGE and the wide columns, line by line as kubectl prints them for the
# same pods, in every state that real kubelets bring them into and, on a node that nobody runs, in those they hardly reach.
. "$(dirname "$0")/../lib.sh"

new_space states
[ $ours = no ] || expect "the registry takes an image" push_busybox
k -n "$space" create configmap here --from-literal=a=b >/dev/null

# pod NAME SPEC: restartPolicy Never and no grace, unless SPEC says otherwise; $main is a container that stays.
pod() {
    local grace='terminationGracePeriodSeconds: 0, ' policy='restartPolicy: Never, '
    case $2 in *terminationGrace*) grace= ;; esac
    case $2 in *'restartPolicy: Always, #pod'*) policy= ;; esac
    printf '%s\napiVersion: v1\nkind: Pod\nmetadata: {name: %s}\nspec: {%s%s%s}\n' --- "$1" "$grace" "$policy" "${2/'restartPolicy: Always, #pod'/}"
}
# box NAME COMMAND [MORE]: a container; COMMAND is for its shell.
box() { printf '{name: %s, image: %s, command: [sh, -c, "%s"]%s}' "$1" "$busybox" "$2" "${3:+, $3}"; }
again='restartPolicy: Always, #pod'
stays='exec sleep 100000'
main=$(box main "$stays")
odd=", image: registry.invalid/none:1"
never_ready='readinessProbe: {exec: {command: ["false"]}, periodSeconds: 1}'
ready='readinessProbe: {exec: {command: ["true"]}, periodSeconds: 1}'
mounted='volumeMounts: [{name: v, mountPath: /v}]'
sidecar=$(box side "$stays" 'restartPolicy: Always')

real_pods() {
    pod gated "schedulingGates: [{name: example.com/wait}], containers: [$main]"
    pod unschedulable "nodeSelector: {nobody: has-it}, containers: [$main]"
    pod creating "containers: [$(box main "$stays" "$mounted")], volumes: [{name: v, configMap: {name: nonesuch}}]"
    pod creating-inits "initContainers: [$(box i "$stays" "$mounted")], containers: [$main], volumes: [{name: v, configMap: {name: nonesuch}}]"
    pod running "containers: [$main]"
    pod running-ready "containers: [$(box main "$stays" "$ready")]"
    pod not-ready "containers: [$(box main "$stays" "$never_ready"), $(box b "$stays")]"
    pod not-started "containers: [$(box main "$stays" 'startupProbe: {exec: {command: ["false"]}, failureThreshold: 1000}')]"
    pod gates "readinessGates: [{conditionType: example.com/a}, {conditionType: example.com/b}], containers: [$main]"
    pod init-first "initContainers: [$(box a "$stays"), $(box b true)], containers: [$main]"
    pod init-second "initContainers: [$(box a true), $(box b "$stays")], containers: [$main]"
    pod init-done "initContainers: [$(box a true), $(box b true)], containers: [$main]"
    pod init-failed "initContainers: [$(box a 'exit 3'), $(box b true)], containers: [$main]"
    pod init-crash "$again initContainers: [$(box a true), $(box b 'exit 3')], containers: [$main, $(box c "$stays")]"
    pod init-killed "hostPID: true, initContainers: [$(box a 'kill -9 $$$$')], containers: [$main]"
    pod init-image "initContainers: [{name: a$odd}], containers: [$main]"
    pod init-config "initContainers: [$(box a true 'envFrom: [{configMapRef: {name: nonesuch}}]')], containers: [$main]"
    pod sidecar "initContainers: [$sidecar], containers: [$main]"
    pod sidecar-not-ready "initContainers: [$(box side "$stays" "restartPolicy: Always, $never_ready")], containers: [$main]"
    pod sidecar-starting "initContainers: [$(box side "$stays" 'restartPolicy: Always, startupProbe: {exec: {command: ["false"]}, failureThreshold: 1000}'), $(box b true)], containers: [$main]"
    pod sidecar-before-init "initContainers: [$sidecar, $(box b "$stays")], containers: [$main]"
    pod sidecar-crash "initContainers: [$(box side 'exit 1' 'restartPolicy: Always')], containers: [$main]"
    pod sidecar-image "initContainers: [{name: side$odd, restartPolicy: Always}], containers: [$main]"
    pod sidecar-completed "initContainers: [$sidecar], containers: [$(box main true)]"
    pod crash "$again containers: [$(box main 'exit 1')]"
    pod crash-one-of-two "$again containers: [$(box a 'exit 1'), $(box b "$stays")]"
    pod restarted "$again containers: [$(box main '[ -e /v/2 ] && exec sleep 100000; [ ! -e /v/1 ] || touch /v/2; touch /v/1; exit 5' "$mounted")], volumes: [{name: v, emptyDir: {}}]"
    pod ends-and-ends "$again containers: [$(box main 'sleep 1')]"
    pod out-of-memory "containers: [$(box main 'tail /dev/zero' 'resources: {limits: {memory: 24Mi}}')]"
    pod out-of-memory-again "$again containers: [$(box main 'tail /dev/zero' 'resources: {limits: {memory: 24Mi}}')]"
    pod image "containers: [{name: main$odd}]"
    pod image-one-of-two "containers: [$main, {name: z$odd}]"
    pod image-name "containers: [{name: main, image: 'Not//A:Name'}]"
    pod image-never "containers: [{name: main, image: 'registry.invalid/none:2', imagePullPolicy: Never}]"
    pod config "containers: [$(box main true 'env: [{name: A, valueFrom: {configMapKeyRef: {name: nonesuch, key: a}}}]')]"
    pod config-key "containers: [$(box main true 'env: [{name: A, valueFrom: {configMapKeyRef: {name: here, key: nonesuch}}}]')]"
    pod not-root "containers: [$(box main true 'securityContext: {runAsNonRoot: true, runAsUser: 0}')]"
    pod no-program "containers: [{name: main, image: $busybox, command: [/nonesuch]}]"
    pod no-program-again "$again containers: [{name: main, image: $busybox, command: [/nonesuch]}]"
    pod hook "$again containers: [$(box main "$stays" 'lifecycle: {postStart: {exec: {command: ["false"]}}}')]"
    pod completed "containers: [$(box main true)]"
    pod exit-code "containers: [$(box main 'exit 42')]"
    pod signal "hostPID: true, containers: [$(box main 'kill -9 $$$$')]"
    pod segfault "hostPID: true, containers: [$(box main 'kill -11 $$$$')]"
    pod half-completed "containers: [$(box a true), $(box b "$stays")]"
    pod half-failed "containers: [$(box a 'exit 1'), $(box b "$stays")]"
    pod failed-behind "containers: [$(box a "$stays"), $(box b 'exit 1')]"
    pod deadline "activeDeadlineSeconds: 2, containers: [$main]"
    pod deaf "terminationGracePeriodSeconds: 3000, containers: [$(box main "trap : TERM; while :; do sleep 1000; done")]"
    pod evicted "containers: [$(box main 'dd if=/dev/zero of=/v/big bs=1M count=8; exec sleep 100000' "$mounted")], volumes: [{name: v, emptyDir: {sizeLimit: 1Mi}}]"
}

# is NAME WORDS…: kubectl's STATUS of the pod is one of them.
is() {
    local name=$1 word
    shift
    word=$(awk -v n="$name" '$1 == n { print $3 }' "$work/all")
    case " $* " in *" $word "*) [ -n "$word" ] ;; *) echo "$name is '$word', not one of: $*"; return 1 ;; esac
}
look() { k -n "$space" get pods --no-headers >"$work/all"; }

# every STATES: lines "name word…": kubectl says so of each; once all do, or whoever does not is named.
every() {
    local line rc=0
    look
    while read -r line; do
        # shellcheck disable=SC2086
        [ -z "$line" ] || is $line || rc=1
    done <<<"$1"
    return $rc
}

columns() { sed 's/ *$//; s/   */\t/g' | cut -f "$1"; }
kubectl_rows() { k -n "$space" get pods "${@:2}" | columns "$1"; }

# agree: patchbay's rows are kubectl's, of a moment before or a moment after: ages go on meanwhile. On a busy machine the
# moments are seconds apart: an age between the two is right, but not known to be, and all is looked at once more.
agree() {
    local fields=1-5 try
    [ $# = 0 ] || fields=1-9
    for try in 1 2 3 4 5 6; do
        kubectl_rows $fields "$@" >"$work/before"
        "$patchbay" pods -n "$space" "$@" | columns $fields >"$work/is"
        kubectl_rows $fields "$@" >"$work/after"
        awk -F '\t' -v OFS='\t' '
            FILENAME ~ /before$/ { before[$1] = $0; next }
            FILENAME ~ /after$/ { after[$1] = $0; if (before[$1] != "") want[$1]; next }
            { delete want[$1]; n++ }
            $0 != before[$1] && $0 != after[$1] { print "patchbay: " $0; print "kubectl:  " before[$1]; bad = 1 }
            END { for (name in want) { print "patchbay does not show " name; bad = 1 } exit bad || n < 2 }' \
            "$work/before" "$work/after" "$work/is" && return 0
        echo "-- try $try"
    done
    return 1
}
rows() { expect "$1: the same rows as kubectl's" agree; expect "$1: wide, too" agree -o wide; }

real_pods >"$work/real.yaml"
"$patchbay" pods -n "$space" -w >"$work/watched" 2>&1 &
watcher=$!
pids+=($watcher)
expect "pods of all sorts are taken" k -n "$space" create -f "$work/real.yaml"
expect "while they come up: the same rows" agree

expect "those that wait, run or have ended do so" wait_for -t 90 every '
gated SchedulingGated
unschedulable Pending
creating ContainerCreating
creating-inits Init:0/1
running Running
running-ready Running
not-ready Running
not-started Running
gates Running
init-first Init:0/2
init-second Init:1/2
init-done Running
init-failed Init:Error
init-crash Init:Error Init:CrashLoopBackOff
init-killed Init:Error
init-image Init:ErrImagePull Init:ImagePullBackOff
init-config Init:CreateContainerConfigError
sidecar Running
sidecar-not-ready Running
sidecar-starting Init:0/2
sidecar-before-init Init:1/2
sidecar-image Init:ErrImagePull Init:ImagePullBackOff
sidecar-completed Completed
crash-one-of-two Error CrashLoopBackOff
image ErrImagePull ImagePullBackOff
image-one-of-two ErrImagePull ImagePullBackOff
image-name InvalidImageName
image-never ErrImageNeverPull
config CreateContainerConfigError
config-key CreateContainerConfigError
not-root CreateContainerConfigError
no-program StartError
no-program-again RunContainerError CrashLoopBackOff
completed Completed
exit-code Error
signal Error
segfault Error
half-completed NotReady
half-failed Error
failed-behind Error
deadline DeadlineExceeded Error
deaf Running'
rows "real kubelets' pods"
expect_here "one is killed for want of memory" wait_for -t 60 every '
out-of-memory OOMKilled
out-of-memory-again OOMKilled CrashLoopBackOff'

# Conditions for readiness gates come from controllers; here they are ours.
gate() {
    k -n "$space" patch pod gates --subresource=status --type=json \
        -p '[{"op": "add", "path": "/status/conditions/-", "value": {"type": "example.com/a", "status": "True"}}]' >/dev/null &&
        says 1/2 k -n "$space" get pod gates -o wide
}
expect "one of two readiness gates is open" gate
# Deleted, but it stays: by a finalizer, or because it does not hear.
for name in running completed gated image init-second creating; do
    k -n "$space" patch pod $name -p '{"metadata": {"finalizers": ["example.com/stay"]}}' >/dev/null
done
k -n "$space" delete pod --wait=false running completed gated image init-second creating deaf >/dev/null
expect "pods that are deleted and stay" wait_for -t 60 every '
running Completed Error Terminating
completed Completed
gated Terminating SchedulingGated
deaf Terminating'
rows "deleted pods"

if [ $ours = yes ]; then
    # Kubelets refuse what does not fit.
    {
        pod refused "nodeName: gpu-1, nodeSelector: {nobody: has-it}, containers: [$main]"
        pod too-big "nodeName: gpu-1, containers: [$(box main "$stays" 'resources: {requests: {cpu: "1000"}}')]"
    } >"$work/refused.yaml"
    k -n "$space" create -f "$work/refused.yaml" >/dev/null
    expect "pods that a kubelet refuses" wait_for -t 30 every '
refused NodeAffinity
too-big OutOfcpu'
fi
expect "what crashes is let wait" wait_for -t 120 every '
init-crash Init:CrashLoopBackOff
init-image Init:ImagePullBackOff
sidecar-image Init:ImagePullBackOff
sidecar-crash Init:Error Init:CrashLoopBackOff CrashLoopBackOff
crash CrashLoopBackOff
crash-one-of-two CrashLoopBackOff
ends-and-ends CrashLoopBackOff
no-program-again CrashLoopBackOff
image-one-of-two ImagePullBackOff
restarted Running'
expect_here "one is evicted: it wrote more than it may" wait_for -t 90 every 'evicted Evicted Error ContainerStatusUnknown'
expect "restarts are counted, with the time since the last" says ' ago)' k -n "$space" get pod restarted
rows "pods that restart"

# The dashboard's store, which has seen all of it as changes, ends with the same words.
watched() {
    awk 'NR > 1 { row[$1] = $2 " " $3 } END { for (name in row) print name, row[name] }' "$work/watched" | sort >"$work/watched.rows"
    k -n "$space" get pods --no-headers | awk '{ print $1, $2, $3 }' | sort >"$work/all.rows"
    diff "$work/watched.rows" "$work/all.rows"
}
expect "who watched all the time has the same words at last" wait_for -t 20 watched
kill $watcher

# States on a node that nobody runs: the API server takes any status.
moment() { date -u -d "-$1" +%Y-%m-%dT%H:%M:%SZ; }
status() { k -n "$space" patch pod "$1" --subresource=status --type=merge -p "{\"status\": $2}" >/dev/null; }
containers='[{"name":"main","image":"x"},{"name":"second","image":"x"}]'
# made NAME STATUS [SPEC]: pod NAME, two containers and what SPEC adds, gets STATUS.
made() {
    printf '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"%s"%s},"spec":{"terminationGracePeriodSeconds":3000,"nodeName":"%s","tolerations":[{"operator":"Exists"}],"containers":%s%s}}' \
        "$1" "${4:-}" "$nobody" "$containers" "${3:+,$3}" | k -n "$space" create -f - >/dev/null && status "$1" "$2"
}
# of NAME STATE [MORE]: a container's status
of() {
    local more=${3:-}
    case $more in *'"ready"'*) ;; *) more=$more${more:+,}'"ready":false' ;; esac
    case $more in *'"restartCount"'*) ;; *) more=$more,'"restartCount":0' ;; esac
    printf '{"name":"%s","image":"x","imageID":"","state":{%s},%s}' "$1" "$2" "$more"
}
ended() { printf '"terminated":{"exitCode":%s%s,"startedAt":"%s","finishedAt":"%s"}' "$1" "${2:+,$2}" "$(moment '2 hours')" "$(moment '1 hour')"; }
ran='"running":{}'
waits() { printf '"waiting":{"reason":"%s"}' "$1"; }
last() { printf '"restartCount":%s,"lastState":{"terminated":{"exitCode":1,"finishedAt":"%s"}}' "$1" "$(moment "$2")"; }
inits='"initContainers":[{"name":"one","image":"x"},{"name":"side","image":"x","restartPolicy":"Always"},{"name":"two","image":"x"}]'
yes='"ready":true,"started":true'
conditions() { printf '"conditions":[{"type":"Initialized","status":"%s"},{"type":"Ready","status":"%s"}]' "$1" "$2"; }

made_pods() {
    local age n=0 state word
    made bare '{}' && made phase-unknown '{"phase":"Unknown"}' && made reason '{"phase":"Failed","reason":"Preempting","message":"x"}'
    made evicted-there '{"phase":"Failed","reason":"Evicted"}' && made node-lost '{"phase":"Running","reason":"NodeLost"}'
    made shutdown '{"phase":"Failed","reason":"Terminated"}'
    made waiting "{\"phase\":\"Pending\",\"containerStatuses\":[$(of main '"waiting":{}'),$(of second "$(waits ContainerCreating)")]}"
    made one-status "{\"phase\":\"Running\",\"containerStatuses\":[$(of second "$ran" "$yes")]}"
    made turned "{\"phase\":\"Running\",\"containerStatuses\":[$(of second "$(waits CreateContainerError)"),$(of main "$ran" "$yes")]}"
    made reason-less "{\"phase\":\"Failed\",\"containerStatuses\":[$(of main "$(ended 0)"),$(of second "$(ended 1)")]}"
    made exit-then-signal "{\"phase\":\"Failed\",\"containerStatuses\":[$(of main "$(ended 137 '"signal":9')"),$(of second "$(ended 4)")]}"
    made stateless "{\"phase\":\"Running\",\"containerStatuses\":[$(of main ''),$(of second '')]}"
    for word in True False; do
        made "half-completed-$(tr TF tf <<<$word)" "{\"phase\":\"Running\",$(conditions True $word),\"containerStatuses\":[$(of main "$(ended 0 '"reason":"Completed"')"),$(of second "$ran" "$yes")]}"
    done
    for state in "$(ended 3)" "$(ended 3 '"signal":15')" "$(ended 3 '"reason":"OOMKilled"')" "$(waits PodInitializing)" "$(waits '')" "$(waits SomethingNew)" "$ran"; do
        n=$((n + 1))
        made "init-one-$n" "{\"phase\":\"Pending\",\"initContainerStatuses\":[$(of one "$state"),$(of side "$(waits PodInitializing)"),$(of two "$(waits PodInitializing)")]}" "$inits"
        made "init-side-$n" "{\"phase\":\"Pending\",\"initContainerStatuses\":[$(of one "$(ended 0)"),$(of side "$state"),$(of two "$(waits PodInitializing)")]}" "$inits"
        made "init-two-$n" "{\"phase\":\"Pending\",\"initContainerStatuses\":[$(of one "$(ended 0)" "$(last 2 5minutes)"),$(of side "$ran" "$yes,$(last 3 3minutes)"),$(of two "$state")]}" "$inits"
        made "init-over-$n" "{\"phase\":\"Running\",$(conditions True True),\"initContainerStatuses\":[$(of one "$(ended 0)" "$(last 2 5minutes)"),$(of side "$state" "$(last 1 3minutes)"),$(of two "$(ended 0)")],\"containerStatuses\":[$(of main "$ran" "$yes,$(last 4 7hours)"),$(of second "$ran" "$yes")]}" "$inits"
    done
    n=0
    for age in 1second 110seconds 121seconds 9minutes 599seconds 10minutes 3hours '3 hours 59 minutes' 8hours 47hours 49hours 7days '7 days 5 hours' 8days 400days 729days 731days 1200days 3300days; do
        n=$((n + 1))
        made "age-$n" "{\"phase\":\"Running\",\"containerStatuses\":[$(of main "$ran" "$yes,$(last $n "$age")"),$(of second "$ran" "$yes,$(last 1 '10 years')")]}"
    done
    made restarts-unknown "{\"phase\":\"Running\",\"containerStatuses\":[$(of main "$ran" '"restartCount":12345')]}"
    made nominated '{"phase":"Pending","nominatedNodeName":"gpu-1"}'
    made addresses '{"phase":"Running","podIP":"10.9.8.7","podIPs":[{"ip":"10.9.8.7"},{"ip":"fd00::7"}]}'
    made gate-states '{"phase":"Running","conditions":[{"type":"a","status":"True"},{"type":"b","status":"Unknown"}]}' '"readinessGates":[{"conditionType":"a"},{"conditionType":"b"},{"conditionType":"c"}]'
    for word in phase-unknown:Unknown node-lost:Running failed:Failed succeeded:Succeeded; do
        made "deleted-${word%:*}" "{\"phase\":\"${word#*:}\"$([ "$word" != node-lost:Running ] || printf ',"reason":"NodeLost"')}"
    done
    k -n "$space" delete pod --wait=false deleted-phase-unknown deleted-node-lost deleted-failed deleted-succeeded >/dev/null
}
if [ $ours = yes ]; then
    nobody=nobody-$$
    printf '{"apiVersion":"v1","kind":"Node","metadata":{"name":"%s"}}' "$nobody" | k create -f - >/dev/null
    k -n "$space" delete --wait=false -f "$work/real.yaml" >/dev/null 2>&1
    made_pods >"$work/made" 2>&1
    expect "any status can be given" diff "$work/made" /dev/null
    rows "pods that nobody runs"
    k delete node "$nobody" >/dev/null
fi

# A node whose kubelet is gone: its pods are said to run, until somebody deletes them.
lost() {
    k get node gpu-1 --no-headers | grep -q NotReady || return 1
}
if [ $ours = yes ]; then
    k -n "$space" delete pods --all --wait=false --force >/dev/null 2>&1
    {
        pod on-lost "nodeName: gpu-1, tolerations: [{operator: Exists}], containers: [$(box main "$stays" "$ready")]"
        pod on-lost-deleted "terminationGracePeriodSeconds: 30, nodeName: gpu-1, tolerations: [{operator: Exists}], containers: [$main]"
    } >"$work/lost.yaml"
    k -n "$space" create -f "$work/lost.yaml" >/dev/null
    expect "pods on a node" wait_for -t 60 every '
on-lost Running
on-lost-deleted Running'
    here part kill kubelet-1
    expect "whose kubelet is killed: the node is lost" wait_for -t 120 lost
    k -n "$space" delete pod on-lost-deleted --wait=false >/dev/null
    expect "one of them is deleted, and nobody ends it" wait_for every 'on-lost-deleted Terminating'
    rows "pods of a lost node"
    here part start kubelet-1
    expect "the kubelet comes back, and the deleted pod goes" wait_for -t 90 exits 1 k -n "$space" get pod on-lost-deleted
    rows "afterwards"
fi
close_tests
