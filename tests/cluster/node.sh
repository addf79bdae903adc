# node: one machine of the cluster: a network namespace at the end of a cable, a mount namespace (so that its mounts go
# when it goes), a cgroup of its own, and the settings of its kubelet and containerd. Sourced by bash after setup.sh.

# The programs of a node write to some fixed places of the machine, and a kubelet sets the kernel's own settings: in the
# node's mount namespace these are files and folders of the cluster's.
fixed_folders="/run/containerd /var/log/containers /var/lib/cni /var/lib/kubelet"
fixed_files="vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys kernel/keys/root_maxbytes"

node_mounts() {
    local home=$1 path
    mount --make-rshared /
    # other namespaces' files are none of this node's
    awk '$5 ~ "^/run/netns" || $5 ~ "/patchbay-cluster-[0-9]/ns" { print $5 }' /proc/self/mountinfo | tac |
        while read -r path; do umount -l "$path"; done
    for path in $fixed_folders; do
        mkdir -p "$home/fixed$path" && mount --bind "$home/fixed$path" "$path" || exit 1
    done
    for path in $fixed_files; do
        [ -e "/proc/sys/$path" ] || continue
        mkdir -p "$home/fixed/proc/${path%/*}"
        cat "/proc/sys/$path" >"$home/fixed/proc/$path"
        mount --bind "$home/fixed/proc/$path" "/proc/sys/$path" || exit 1
    done
}

make_namespaces() {
    local n=$1 name home ns other
    name=$(node_name "$n")
    home=$dir/$name
    ns=$(node_netns "$n")
    add_host "$name" "$(node_link "$n")" "$(node_ip "$n")" || return 1
    for ((other = 1; other <= nodes; other++)); do
        [ "$other" = "$n" ] || ip -n "$ns" route add "$pods.$other.0/24" via "$(node_ip "$other")"
    done
    nsenter "--net=/run/netns/$ns" sh -c 'echo 1 >/proc/sys/net/ipv4/ip_forward' || return 1
    ip route add "$pods.$n.0/24" via "$(node_ip "$n")" || return 1
    : >"$dir/ns/$name"
    export fixed_folders fixed_files
    unshare "--mount=$dir/ns/$name" --propagation private bash -c "$(declare -f node_mounts); node_mounts '$home'"
}

# Kubelets that share a cgroup root delete each other's pods.
make_cgroups() {
    local root name file
    name=$(node_cgroup "$1")
    if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
        mkdir -p "/sys/fs/cgroup/$name"
        return
    fi
    for root in /sys/fs/cgroup/*/; do
        root=${root%/}
        [ ! -L "$root" ] && [ -e "$root/cgroup.procs" ] || continue
        mkdir -p "$root/$name" || return 1
        for file in cpuset.cpus cpuset.mems; do
            [ ! -e "$root/$file" ] || cat "$root/$file" >"$root/$name/$file"
        done
    done
}

containerd_files() {
    local home=$1 n=$2 snapshotter=overlayfs
    case $(stat -f -c %T "$home") in overlay*) snapshotter=native ;; esac # one overlay does not lie on another
    mkdir -p "$home/cni" "$home/hosts/_default"
    cat >"$home/hosts/_default/hosts.toml" <<TEXT
server = "http://$registry"
[host."http://$registry"]
  capabilities = ["pull", "resolve"]
TEXT
    cat >"$home/containerd.toml" <<TEXT
version = 2
root = "$home/containerd"
state = "$home/run"
disabled_plugins = [
  "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.aufs", "io.containerd.internal.v1.opt", "io.containerd.tracing.processor.v1.otlp",
  "io.containerd.internal.v1.tracing"]
[grpc]
  address = "$home/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "docker.io/patchbay/pause:1"
  restrict_oom_score_adj = true
  disable_apparmor = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "$(cni_folder)"
    conf_dir = "$home/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "$snapshotter"
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "$home/hosts"
TEXT
    # Point to point, not a bridge: what a pod sends to a neighbour's Service passes the node's own tables this way.
    cat >"$home/cni/10-pods.conflist" <<TEXT
{"cniVersion": "0.4.0", "name": "$prefix", "plugins": [
  {"type": "ptp", "ipam": {"type": "host-local", "dataDir": "$home/addresses",
    "ranges": [[{"subnet": "$pods.$n.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
TEXT
}

kubelet_files() {
    local home=$1
    : >"$home/resolv.conf"
    cat >"$home/kubelet.yaml" <<TEXT
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 0.0.0.0
authentication:
  anonymous: {enabled: false}
  webhook: {enabled: false}
  x509: {clientCAFile: $dir/ca.crt}
authorization: {mode: AlwaysAllow}
cgroupDriver: cgroupfs
cgroupRoot: /$(node_cgroup "$2")
containerRuntimeEndpoint: unix://$home/containerd.sock
enforceNodeAllocatable: []
failCgroupV1: false
failSwapOn: false
evictionHard: {memory.available: 50Mi, nodefs.available: 1%, nodefs.inodesFree: 1%, imagefs.available: 1%}
imageGCHighThresholdPercent: 100
clusterDomain: cluster.local
clusterDNS: [$dns_ip]
resolvConf: $home/resolv.conf
podLogsDir: $home/log
containerLogMaxSize: ${PATCHBAY_CLUSTER_LOG_SIZE:-1Mi}
containerLogMaxFiles: ${PATCHBAY_CLUSTER_LOG_FILES:-5}
containerLogMonitorInterval: 3s
nodeStatusUpdateFrequency: 4s
nodeLeaseDurationSeconds: 20
serializeImagePulls: false
eventRecordQPS: 50
eventBurst: 100
volumePluginDir: $home/plugins
volumeStatsAggPeriod: 5s
shutdownGracePeriod: 0s
TEXT
}

# start_containerds: the nodes' machines, up to their containerd; these need no apiserver.
start_containerds() {
    local n home
    corefile
    mkdir -p "$dir/ns" && mount --bind "$dir/ns" "$dir/ns" && mount --make-private "$dir/ns" || return 1
    # shellcheck disable=SC2086
    (umask 022; mkdir -p $fixed_folders)
    for ((n = 1; n <= nodes; n++)); do
        home=$dir/$(node_name "$n")
        mkdir -p "$home" && make_cgroups "$n" && make_namespaces "$n" || return 1
        containerd_files "$home" "$n"
        kubelet_files "$home" "$n"
        start_part "containerd-$n"
    done
}

# give_gpu NODE: one nvidia.com/gpu. Patched in, as no driver is here; the kubelet keeps it.
give_gpu() {
    ask "/api/v1/nodes/$1/status" -X PATCH -H 'Content-Type: application/json-patch+json' -o /dev/null --data \
        '[{"op": "add", "path": "/status/capacity/nvidia.com~1gpu", "value": "1"},
          {"op": "add", "path": "/status/allocatable/nvidia.com~1gpu", "value": "1"}]'
}

join_nodes() {
    local n names=()
    step "the pause image"
    await registry 10 curl -sf "http://$registry/v2/" && push_pause || return 1
    step "the nodes' kubelets register"
    start_part coredns
    for ((n = 1; n <= nodes; n++)); do
        await "containerd-$n" 20 test -S "$dir/$(node_name "$n")/containerd.sock" || return 1
        start_part "kubelet-$n"
        start_part "proxy-$n"
        names+=("node/$(node_name "$n")")
    done
    for ((n = 1; n <= nodes; n++)); do
        await "kubelet-$n" 60 ask "/api/v1/nodes/$(node_name "$n")" && give_gpu "$(node_name "$n")" || return 1
    done
    step "the nodes are Ready"
    kubectl_here wait --for=condition=Ready --timeout=90s "${names[@]}" >/dev/null || {
        tail -n 8 "$dir"/log/kubelet-1.log "$dir"/log/containerd-1.log | cut -c1-400 >&2
        return 1
    }
}
