#!/usr/bin/env bash
# Nodes: GPUs of all makers, what drivers of dynamic resource allocation offer, what is measured, and a drain for real: with a
# budget that refuses, a daemon set's pod that stays, and data that is lost.
. "$(dirname "$0")/../lib.sh"
needs_ours

new_space nodes
expect "the registry takes an image" push_busybox

nodes() { "$patchbay" nodes "$@"; }

# fake NAME LABELS RESOURCES ALLOCATABLE: a node without a kubelet.
fake() {
    k apply -f - >/dev/null <<TEXT && k patch node "$1" --subresource=status --type=merge -p "{\"status\": {\"capacity\": {$3}, \"allocatable\": {$4}}}" >/dev/null
{"apiVersion": "v1", "kind": "Node", "metadata": {"name": "$1", "labels": {$2}}}
TEXT
}
fakes="fake-mig fake-amd fake-intel fake-shared fake-dra"
forget() {
    k delete --wait=false node $fakes
    k delete --wait=false resourceslice fake-dra-gpus
    k delete crd nodes.metrics.k8s.io
} >/dev/null 2>&1
trap 'forget; cluster_finish' EXIT

fake fake-mig '"nvidia.com/gpu.product": "NVIDIA-A100-SXM4-40GB"' '"nvidia.com/mig-1g.5gb": "7", "cpu": "4", "pods": "10"' '"nvidia.com/mig-1g.5gb": "6", "cpu": "4", "pods": "10"'
fake fake-amd '"amd.com/gpu.product-name": "AMD_Instinct_MI300X"' '"amd.com/gpu": "2"' '"amd.com/gpu": "2"'
fake fake-intel '' '"gpu.intel.com/i915": "1"' '"gpu.intel.com/i915": "1"'
fake fake-shared '"nvidia.com/gpu.product": "Tesla-T4-SHARED", "nvidia.com/gpu.replicas": "10"' '"nvidia.com/gpu": "10"' '"nvidia.com/gpu": "10"'
fake fake-dra '' '"cpu": "4"' '"cpu": "4"'

node_is() { nodes -o json | jq -er --arg node "$1" ".[] | select(.name == \$node) | $2"; }
expect "MIG instances are counted, and one that is not healthy" says "MIG 1g.5gb of NVIDIA-A100-SXM4-40GB 7 6 1" node_is fake-mig '"\(.gpuProduct) \(.gpu) \(.free) \(.unhealthy)"'
expect "AMD's GPUs go by their product" says "AMD_Instinct_MI300X 2" node_is fake-amd '"\(.gpuProduct) \(.gpu)"'
expect "Intel's go by their resource" says "gpu.intel.com/i915 1" node_is fake-intel '"\(.gpuProduct) \(.gpu)"'
expect "GPUs that are shared say by how many" says "Tesla-T4-SHARED ×10" node_is fake-shared .gpuProduct

k apply -f - >/dev/null <<TEXT
apiVersion: resource.k8s.io/v1
kind: ResourceSlice
metadata: {name: fake-dra-gpus}
spec:
  driver: gpu.nvidia.com
  nodeName: fake-dra
  pool: {name: fake-dra, generation: 1, resourceSliceCount: 1}
  devices:
    - {name: gpu-0, attributes: {productName: {string: NVIDIA H100}, type: {string: gpu}}, capacity: {memory: {value: 80Gi}}}
    - {name: gpu-1, attributes: {productName: {string: NVIDIA H100}, type: {string: gpu}}, capacity: {memory: {value: 80Gi}}}
---
apiVersion: resource.k8s.io/v1
kind: ResourceClaim
metadata: {name: one-gpu, namespace: $space}
spec: {devices: {requests: [{name: gpu, exactly: {deviceClassName: gpu.nvidia.com}}]}}
---
apiVersion: v1
kind: Pod
metadata: {name: object-detect-1, namespace: $space}
spec:
  nodeName: fake-dra
  resourceClaims: [{name: gpu, resourceClaimName: one-gpu}]
  containers: [{name: main, image: $busybox, resources: {claims: [{name: gpu}]}}]
TEXT
allocate() {
    k -n "$space" patch resourceclaim one-gpu --subresource=status --type=merge -p '{"status": {"allocation": {"devices": {"results":
        [{"request": "gpu", "driver": "gpu.nvidia.com", "pool": "fake-dra", "device": "gpu-1"}]}},
        "reservedFor": [{"resource": "pods", "name": "object-detect-1", "uid": "'"$(k -n "$space" get pod object-detect-1 -o 'jsonpath={.metadata.uid}')"'"}]}}'
}
expect "a claim is given a device" allocate
expect "a driver's devices are counted, and whose they are" says "NVIDIA H100 (DRA) 2 1 $space/object-detect-1" node_is fake-dra '"\(.gpuProduct) \(.gpu) \(.used) \(.heldBy)"'
expect "of one node each device is told" says "DRA gpu-0  NVIDIA H100  free" nodes fake-dra

expect "without metrics-server what is used is not known" says "no metrics-server: what is used is not known" nodes
# Served as metrics-server serves it, by the API server itself.
k apply -f - >/dev/null <<'TEXT'
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: nodes.metrics.k8s.io, annotations: {api-approved.kubernetes.io: "unapproved, for a test"}}
spec:
  group: metrics.k8s.io
  scope: Cluster
  names: {plural: nodes, kind: NodeMetrics, listKind: NodeMetricsList}
  versions:
    - {name: v1beta1, served: true, storage: true, schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}}
TEXT
measured() { k create -f - <<<'{"apiVersion": "metrics.k8s.io/v1beta1", "kind": "NodeMetrics", "metadata": {"name": "fake-mig"}, "usage": {"cpu": "1000000000n", "memory": "1Ki"}}'; }
wait_for measured >/dev/null 2>&1
expect "with it, it is" says "25" node_is fake-mig .cpuUsed

# A DCGM exporter: its labels, its port, its text, on a real node.
k -n "$space" create -f - >/dev/null <<TEXT
apiVersion: v1
kind: ConfigMap
metadata: {name: dcgm}
data:
  metrics: |
    # TYPE DCGM_FI_DEV_GPU_UTIL gauge
    DCGM_FI_DEV_GPU_UTIL{gpu="0",UUID="GPU-1",modelName="NVIDIA A100",Hostname="gpu-2",container="c",namespace="media",pod="p"} 87
    DCGM_FI_DEV_XID_ERRORS{gpu="0",UUID="GPU-1",modelName="NVIDIA A100",Hostname="gpu-2",container="c",namespace="media",pod="p"} 79
---
apiVersion: v1
kind: Pod
metadata: {name: dcgm, labels: {app.kubernetes.io/name: dcgm-exporter}}
spec:
  nodeName: gpu-2
  terminationGracePeriodSeconds: 0
  containers: [{name: exporter, image: $busybox, command: [httpd, -f, -p, "9400", -h, /www], ports: [{name: metrics, containerPort: 9400}], volumeMounts: [{name: www, mountPath: /www}]}]
  volumes: [{name: www, configMap: {name: dcgm}}]
TEXT
wait_for pod_is dcgm Running >/dev/null
expect "what a GPU does is asked of its exporter, by way of the API server" within 20 says "GPU 0   87%  XID 79: the GPU has fallen off the bus  media/p" nodes gpu-2

k -n "$space" delete pod dcgm --wait=false >/dev/null

# The drain.
k -n "$space" create -f - >/dev/null <<TEXT
apiVersion: apps/v1
kind: Deployment
metadata: {name: guarded}
spec:
  replicas: 1
  selector: {matchLabels: {app: guarded}}
  template:
    metadata: {labels: {app: guarded}}
    spec:
      terminationGracePeriodSeconds: 0
      nodeSelector: {kubernetes.io/hostname: gpu-1}
      containers: [{name: main, image: $busybox, command: [sleep, "100000"]}]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: guarded}
spec: {minAvailable: 1, selector: {matchLabels: {app: guarded}}}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: everywhere}
spec:
  selector: {matchLabels: {app: everywhere}}
  template:
    metadata: {labels: {app: everywhere}}
    spec:
      terminationGracePeriodSeconds: 0
      nodeSelector: {kubernetes.io/hostname: gpu-1}
      containers: [{name: main, image: $busybox, command: [sleep, "100000"]}]
---
apiVersion: v1
kind: Pod
metadata: {name: scratch}
spec:
  terminationGracePeriodSeconds: 0
  nodeName: gpu-1
  containers: [{name: main, image: $busybox, command: [sleep, "100000"], volumeMounts: [{name: v, mountPath: /v}]}]
  volumes: [{name: v, emptyDir: {}}]
TEXT
running() { counts 3 k -n "$space" get pods --field-selector=spec.nodeName=gpu-1,status.phase=Running --no-headers; }
expect "three pods run on the node" within 60 running
ready() { [ "$(k -n "$space" get pdb guarded -o 'jsonpath={.status.currentHealthy}')" = 1 ]; }
wait_for ready

drain() { "$patchbay" drain gpu-1 "$@" </dev/null 2>&1; }
expect "a dry run says what is lost" says "$space/scratch: its emptyDir data is lost, and nobody brings it back" drain --dry-run
expect "and what stays" says "stay: 1 of daemon sets" drain --dry-run
expect "without a terminal and --yes nothing is drained" exits 2 "$patchbay" drain gpu-1
open_for_pods() { ! cordoned; }
cordoned() { [ "$(k get node gpu-1 -o 'jsonpath={.spec.unschedulable}')" = true ]; }
expect "nor cordoned" open_for_pods
expect "a budget that refuses is named, and the drain waits" says "The disruption budget guarded needs 1 healthy pods and has 1 currently; asking again" drain --yes --timeout 8s
expect "it is cordoned then" cordoned
expect "the list says so" says "SchedulingDisabled" node_is gpu-1 .status
expect "and the node why" says "cordoned: it takes no new pods" nodes gpu-1
k -n "$space" delete pdb guarded >/dev/null
expect "without the budget all leave" says "node/gpu-1 drained: 1 pod left" drain --yes --timeout 60s
expect "the daemon set's has stayed" counts 1 k -n "$space" get pods --field-selector=spec.nodeName=gpu-1 --no-headers
expect "uncordon takes it back" says "node/gpu-1 uncordoned" "$patchbay" uncordon gpu-1
expect "so that pods come again" open_for_pods
expect "who may not is told so" as viewer says "cannot patch resource" "$patchbay" cordon gpu-1
close_tests
