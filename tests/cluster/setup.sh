# setup: what all programs of the cluster harness go by: the names, addresses and ports of one cluster, every one of them
# from its number. Sourced by bash.
#
# PATCHBAY_CLUSTER_ID (0 to 9) is the number: several clusters run side by side. PATCHBAY_CLUSTER_DIR is the one folder
# in which a cluster keeps its state; an existing one knows its own number.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

say() { echo "cluster ${id:-}: $*"; }
die() {
    echo "tests/cluster: $*" >&2
    exit 1
}

# Without what a cluster needs there is nothing to test; with PATCHBAY_NEVER_SKIP=1 that is a failure.
skip_all() {
    echo "tests/cluster: skipped: $*" >&2
    [ "${PATCHBAY_NEVER_SKIP:-}" != 1 ] || exit 1
    exit 77
}

# load_env FOLDER: what its cluster was brought up with. Anybody can make a folder under /tmp; only one's own is believed.
load_env() {
    [ -e "$1" ] || return 0
    [ -O "$1" ] || die "$1 belongs to somebody else"
    # shellcheck disable=SC1091
    [ ! -e "$1/env" ] || . "$1/env"
}

setup() {
    [ -z "${PATCHBAY_CLUSTER_DIR:-}" ] || load_env "$PATCHBAY_CLUSTER_DIR"
    id=${PATCHBAY_CLUSTER_ID:-0}
    case $id in [0-9]) ;; *) die "PATCHBAY_CLUSTER_ID is '$id', not a digit" ;; esac
    dir=${PATCHBAY_CLUSTER_DIR:-${TMPDIR:-/tmp}/patchbay-cluster-$id}
    case $dir in /*) ;; *) dir=$PWD/$dir ;; esac
    prefix=pb$id                  # of namespaces, links and cgroups
    net=10.200.$id                # the machines: .1 this one, .11 and on the nodes, .101 and on hosts that a test adds
    services=10.$((96 + id))      # /16
    pods=10.$((110 + id))         # /16; the third number is the node's
    gateway=$net.1
    dns_ip=$services.0.10
    local base=$((21000 + id * 20))
    etcd_port=$base
    etcd_peer_port=$((base + 1))
    api_port=$((base + 2))
    registry_port=$((base + 3))
    dns_port=$((base + 4))
    kwok_port=$((base + 5))
    api=https://127.0.0.1:$api_port
    registry=$gateway:$registry_port
    load_env "$dir"
    bin=${PATCHBAY_CLUSTER_BIN:-}
    nodes=${PATCHBAY_CLUSTER_NODES:-0}
    umask 077
}

node_name() { echo "gpu-$1"; }
node_ip() { echo "$net.$((10 + $1))"; }
node_netns() { echo "$prefix-gpu-$1"; }
node_link() { echo "$prefix-v$1"; }
node_cgroup() { echo "$prefix-gpu-$1"; }

# write_env: the file to source for whoever tests on this cluster.
write_env() {
    cat >"$dir/env" <<TEXT
export PATCHBAY_CLUSTER_ID=$id
export PATCHBAY_CLUSTER_DIR=$dir
export PATCHBAY_CLUSTER_BIN=$bin                  # etcd, kube, kubectl, coredns, kwok
export PATCHBAY_CLUSTER_API=$api                  # from this machine; other hosts on the bridge: https://$gateway:$api_port
export PATCHBAY_CLUSTER_API_PORT=$api_port
export PATCHBAY_CLUSTER_ETCD=http://127.0.0.1:$etcd_port
export PATCHBAY_CLUSTER_REGISTRY=127.0.0.1:$registry_port # the nodes pull docker.io's images from here
export PATCHBAY_CLUSTER_GATEWAY=$gateway          # this machine, seen from the nodes
export PATCHBAY_CLUSTER_BRIDGE=$prefix
export PATCHBAY_CLUSTER_NODES=$nodes              # gpu-1 to gpu-N; namespaces $prefix-gpu-N, cables $prefix-vN
export PATCHBAY_CLUSTER_APISERVER_ARGS=$(printf %q "${PATCHBAY_CLUSTER_APISERVER_ARGS:-}")
export PATCHBAY_CLUSTER_CONTROLLER_ARGS=$(printf %q "${PATCHBAY_CLUSTER_CONTROLLER_ARGS:-}")
export PATCHBAY_CLUSTER_LOG_SIZE=${PATCHBAY_CLUSTER_LOG_SIZE:-1Mi}           # a container's log turns at this size
export PATCHBAY_CLUSTER_LOG_FILES=${PATCHBAY_CLUSTER_LOG_FILES:-5}
TEXT
}

# ask PATH [CURL'S WORDS…]: the apiserver, as its administrator.
ask() {
    local path=$1
    shift
    curl -sf --max-time 10 --cacert "$dir/ca.crt" -H "@$dir/admin.header" "$@" "$api$path"
}

kubectl_here() { "$bin/kubectl" --kubeconfig "$dir/kubeconfig" --cache-dir "$dir/kubectl" "$@"; }

# step WORDS…: prints how long the step before took.
step_began=
step() {
    local now=${EPOCHREALTIME/[.,]/}
    [ -z "$step_began" ] || printf 'cluster %s: %6d ms  %s\n' "$id" $(((now - step_began) / 1000)) "$step_words"
    step_began=$now
    step_words=$*
}
