#!/usr/bin/env bash
# Why a pod is not well: states that real kubelets, schedulers and controllers bring about, and the cause that `patchbay why` names
# first, by its rule.
. "$(dirname "$0")/../lib.sh"

new_space why
[ $ours = no ] || expect "the registry takes an image" push_busybox
k -n "$space" create -f - >/dev/null <<'EOF'
{"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "unbound"}, "spec": {"accessModes": ["ReadWriteOnce"],
 "resources": {"requests": {"storage": "1Gi"}}}}
EOF
k -n "$space" create configmap here --from-literal=a=b >/dev/null

# pod NAME SPEC: no grace, restarted as pods are.
pod() { printf '%s\napiVersion: v1\nkind: Pod\nmetadata: {name: %s}\nspec: {terminationGracePeriodSeconds: 0, %s}\n' --- "$1" "$2"; }
# box COMMAND [MORE]: a container; COMMAND is for its shell.
box() { printf '{name: main, image: %s, command: [sh, -c, "%s"]%s}' "$busybox" "$1" "${2:+, $2}"; }
stays='exec sleep 100000'
probe() { printf '{name: main, image: %s, command: [sh, -c, "%s"], %s}' "$busybox" "$stays" "$1"; }

pods() {
    pod scheduling-gate "schedulingGates: [{name: example.com/wait}], containers: [$(box "$stays")]"
    pod selector "nodeSelector: {nobody: has-it}, containers: [$(box "$stays")]"
    pod cpu-short "containers: [$(box "$stays" 'resources: {requests: {cpu: "1000"}}')]"
    pod memory-short "containers: [$(box "$stays" 'resources: {requests: {memory: 1000Ti}}')]"
    pod gpu-nowhere "containers: [$(box "$stays" 'resources: {limits: {amd.com/gpu: 1}}')]"
    pod claim-missing "containers: [$(box "$stays")], volumes: [{name: v, persistentVolumeClaim: {claimName: nonesuch}}]"
    pod configmap-missing "containers: [$(box "$stays" 'envFrom: [{configMapRef: {name: nonesuch}}]')]"
    pod secret-missing "containers: [$(box "$stays" 'envFrom: [{secretRef: {name: nonesuch}}]')]"
    pod key-missing "containers: [$(box "$stays" 'env: [{name: A, valueFrom: {configMapKeyRef: {name: here, key: nonesuch}}}]')]"
    pod runs-as-root "containers: [$(box "$stays" 'securityContext: {runAsNonRoot: true, runAsUser: 0}')]"
    pod image-name "containers: [{name: main, image: 'Not//A:Name'}]"
    pod image-never "containers: [{name: main, image: 'registry.invalid/none:2', imagePullPolicy: Never}]"
    pod image-missing "containers: [{name: main, image: '${busybox%:*}:nonesuch'}]"
    pod program-missing "containers: [{name: main, image: $busybox, command: [/nonesuch]}]"
    pod program-forbidden "containers: [{name: main, image: $busybox, command: [/etc]}]"
    pod out-of-memory "containers: [$(box 'tail /dev/zero' 'resources: {limits: {memory: 24Mi}}')]"
    pod exits "containers: [$(box true)]"
    pod fails "containers: [$(box 'exit 42')]"
    pod segmentation-fault "containers: [$(box 'exit 139')]"
    pod terminated "containers: [$(box 'exit 143')]"
    pod command-unknown "containers: [$(box nonesuch-command)]"
    pod not-executable "containers: [$(box 'exit 126')]"
    pod read-only "containers: [$(box 'touch /x' 'securityContext: {readOnlyRootFilesystem: true}')]"
    pod name-unknown "containers: [$(box 'echo bad address camera9; exit 1')]"
    pod port-taken "containers: [$(box 'nc -l -p 7777 & sleep 1; nc -l -p 7777')]"
    pod wrong-architecture "containers: [$(box 'echo exec /bin/thing: exec format error; exit 255')]"
    pod init-fails "initContainers: [{name: first, image: $busybox, command: [sh, -c, exit 3]}], containers: [$(box "$stays")]"
    pod liveness "containers: [$(probe 'livenessProbe: {exec: {command: ["false"]}, periodSeconds: 1, failureThreshold: 1}')]"
    pod probe-refused "containers: [$(probe 'readinessProbe: {tcpSocket: {port: 7777}, periodSeconds: 1}')]"
    pod probe-fails "containers: [$(probe 'readinessProbe: {exec: {command: ["false"]}, periodSeconds: 1}')]"
    pod readiness-gate "readinessGates: [{conditionType: example.com/a}], containers: [$(box "$stays")]"
    pod deadline "activeDeadlineSeconds: 2, containers: [$(box "$stays")]"
    pod evicted-limit "containers: [$(box 'dd if=/dev/zero of=/v/big bs=1M count=8; exec sleep 100000' 'volumeMounts: [{name: v, mountPath: /v}]')], volumes: [{name: v, emptyDir: {sizeLimit: 1Mi}}]"
    pod claim-unbound "containers: [$(box "$stays")], volumes: [{name: v, persistentVolumeClaim: {claimName: unbound}}]"
    pod well "containers: [$(box "$stays")]"
}

# cause NAME RULE: the first cause that is told.
cause() {
    local told
    told=$("$patchbay" why -n "$space" "$1" -o name 2>&1 | head -1)
    [ "$told" = "cause/$2" ] || { echo "$1 is '$told', not $2"; "$patchbay" why -n "$space" "$1"; return 1; }
}

pods >"$work/pods.yaml"
expect "pods with a fault each are taken" k -n "$space" create -f "$work/pods.yaml"
for rule in $(pods | sed -n 's/^metadata: {name: \(.*\)}$/\1/p'); do
    [ "$rule" = well ] || expect "$rule is named" wait_for -t 60 cause "$rule" "$rule"
done
k -n "$space" patch pod not-executable -p '{"metadata": {"finalizers": ["example.com/stay"]}}' >/dev/null
k -n "$space" delete --wait=false pod not-executable >/dev/null
expect "one that a finalizer holds" wait_for -t 60 cause not-executable finalizer
k -n "$space" patch pod not-executable --type=merge -p '{"metadata": {"finalizers": []}}' >/dev/null
expect "one that is well has none" "$patchbay" why -n "$space" well
expect "one that is not is a fault" exits 1 "$patchbay" why -n "$space" fails
expect "the log of the run before is evidence" says "Read-only file system" "$patchbay" why -n "$space" read-only -o json

# Deployments whose pods nobody may make.
deployment() {
    k -n "$2" create -f - >/dev/null <<EOF
{"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "$1"}, "spec": {"selector": {"matchLabels": {"a": "$1"}},
 "template": {"metadata": {"labels": {"a": "$1"}}, "spec": {$3"containers": [{"name": "main", "image": "$busybox"$4}]}}}}
EOF
}
deployment runtime-class "$space" '"runtimeClassName": "nonesuch", ' ''
deployment service-account "$space" '"serviceAccountName": "nonesuch", ' ''
expect "a runtime class that is missing" wait_for cause runtime-class runtime-class
expect "a service account that is missing" wait_for cause service-account service-account
k -n "$space" create quota small --hard=pods=0 >/dev/null
deployment quota "$space" '' ''
expect "a quota that is exhausted" wait_for cause quota quota
k -n "$space" delete quota small >/dev/null
k -n "$space" create -f - >/dev/null <<'EOF'
{"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "range"}, "spec": {"limits": [{"type": "Container", "max": {"memory": "16Mi"}}]}}
EOF
deployment limit-range "$space" '' ', "resources": {"limits": {"memory": "1Gi"}}'
expect "a limit range that is passed" wait_for cause limit-range limit-range
k -n "$space" scale deployment quota --replicas=0 >/dev/null
expect "one that was stopped" wait_for cause quota stopped
k label namespace "$space" pod-security.kubernetes.io/enforce=restricted >/dev/null
k -n "$space" delete limitrange range >/dev/null
deployment pod-security "$space" '' ''
expect "a Pod Security Standard that refuses" wait_for cause pod-security pod-security
k label namespace "$space" pod-security.kubernetes.io/enforce- >/dev/null

k create -f - >/dev/null <<EOF
{"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration", "metadata": {"name": "$space"}, "webhooks": [{"name":
 "nobody.example.com", "sideEffects": "None", "admissionReviewVersions": ["v1"], "clientConfig": {"service": {"name": "nobody", "namespace":
 "$space"}}, "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "$space"}}, "rules": [{"apiGroups": [""], "apiVersions":
 ["v1"], "operations": ["CREATE"], "resources": ["pods"]}]}]}
EOF
deployment webhook-down "$space" '' ''
expect "an admission webhook that is down" wait_for cause webhook-down webhook-down
k delete validatingwebhookconfiguration "$space" >/dev/null

# GPUs: a rolling update waits for one that its own old pods hold.
gpus() { k get nodes -o jsonpath='{range .items[*]}{.status.allocatable.nvidia\.com/gpu}{"\n"}{end}' | awk '{ n += $1 } END { print n + 0 }'; }
if [ $ours = yes ] && [ "$(gpus)" -gt 0 ]; then
    deployment holder "$space" '"terminationGracePeriodSeconds": 0, ' ', "command": ["sleep", "100000"], "resources": {"limits": {"nvidia.com/gpu": 1}}'
    k -n "$space" scale deployment holder --replicas="$(gpus)" >/dev/null
    expect "all GPUs are held" wait_for -t 60 k -n "$space" rollout status deployment holder --timeout=1s
    pod gpu-short "containers: [$(box "$stays" 'resources: {limits: {nvidia.com/gpu: 1}}')]" | k -n "$space" create -f - >/dev/null
    expect "one waits for a GPU of others" wait_for cause gpu-short gpu-short
    expect "and it is said who holds them" says "held by $space/holder-" "$patchbay" why -n "$space" gpu-short
    pod gpu-too-many "containers: [$(box "$stays" 'resources: {limits: {nvidia.com/gpu: 1000}}')]" | k -n "$space" create -f - >/dev/null
    expect "one asks for more GPUs than any node has" wait_for cause gpu-too-many gpu-too-many
    k -n "$space" set env deployment holder A=b >/dev/null
    expect "an update waits for a GPU that its old pod holds" wait_for -t 60 says "held by an old pod of the same thing" \
        "$patchbay" why -n "$space" deployment/holder
    k taint node --all gpu=only:NoSchedule >/dev/null
    # another pod: the update may have left gpu-short its GPU
    pod gpu-tainted "containers: [$(box "$stays" 'resources: {limits: {nvidia.com/gpu: 1}}')]" | k -n "$space" create -f - >/dev/null
    expect "GPU nodes get a taint" wait_for -t 60 says '"gpu-taint"' "$patchbay" why -n "$space" gpu-tainted -o json
    k taint node --all gpu- >/dev/null
fi

k cordon gpu-1 >/dev/null 2>&1
expect_here "a node that is cordoned" wait_for says "node-cordoned" "$patchbay" why node/gpu-1 -o name
k uncordon gpu-1 >/dev/null 2>&1
if [ $ours = yes ]; then
    pod on-lost "nodeName: gpu-1, tolerations: [{operator: Exists}], containers: [$(box "$stays")]" | k -n "$space" create -f - >/dev/null
    expect "a pod on a node" wait_for -t 60 "$patchbay" why -n "$space" on-lost
    here part kill kubelet-1
    expect "whose kubelet is killed" wait_for -t 120 says "kubelet-silent" "$patchbay" why node/gpu-1 -o name
    expect "the pod's cause is its node" wait_for cause on-lost node-lost
    here part start kubelet-1
    expect "the node comes back" wait_for -t 90 "$patchbay" why node/gpu-1
fi
close_tests
