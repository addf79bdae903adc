# programs: what a cluster is made of, found or built, and what else must be on the machine. Sourced by bash after setup.sh;
# run as a program it prints the Debian packages that the cluster suite misses.

have() { command -v "$1" >/dev/null || PATH=$PATH:/usr/sbin:/sbin command -v "$1" >/dev/null; }

# find_programs [NAME…]: sets bin to the folder that holds the Kubernetes programs.
find_programs() {
    local cache=${XDG_CACHE_HOME:-$HOME/.cache}/patchbay/kube name
    bin=${PATCHBAY_KUBE_BIN:-$cache}
    for name in "$@"; do
        [ -x "$bin/$name" ] && continue
        [ -z "${PATCHBAY_KUBE_BIN:-}" ] || skip_all "there is no $name in $bin, which PATCHBAY_KUBE_BIN names; unset it and the programs are built"
        "$here/kube/build" "$cache" "$@" || skip_all "the Kubernetes programs are not there and could not be built"
        return
    done
}

# missing_packages NODES: Debian's packages that are missing for a cluster of so many nodes, by what they hold.
missing_packages() {
    have openssl || echo openssl
    have curl || echo curl
    have ip && have ss || echo iproute2
    have nsenter && have unshare || echo util-linux
    have iptables || echo iptables
    [ "$1" != 0 ] || return 0
    have containerd || echo containerd
    have runc || echo runc
    [ -n "$(cni_folder)" ] || echo containernetworking-plugins
    have conntrack || echo conntrack
    have docker-registry || echo docker-registry
    have cc || echo gcc libc6-dev
}

# Only the suite's cases need these: a shell for test pods, and what builds the images of the catalogue.
missing_for_suite() {
    static_busybox || echo busybox-static
    docker info >/dev/null 2>&1 || have buildah || echo buildah
    have debootstrap || echo debootstrap
}

static_busybox() { [ -x /bin/busybox ] && ! ldd /bin/busybox >/dev/null 2>&1; }

cni_folder() {
    local folder
    for folder in /usr/lib/cni /opt/cni/bin /usr/libexec/cni; do
        [ ! -x "$folder/ptp" ] || { echo "$folder"; return; }
    done
}

# need_machine NODES: root and the packages, or a sentence.
need_machine() {
    local missing
    [ "$(uname -s)" = Linux ] || skip_all "the cluster's nodes are Linux namespaces, and this is not Linux"
    [ "$(id -u)" = 0 ] || skip_all "the cluster's nodes are namespaces with containers in them, which needs root: run it as root"
    missing=$(missing_packages "$1" | tr '\n' ' ')
    [ -z "$missing" ] || skip_all "missing: ${missing% }; ./bootstrap check-cluster installs them, or: apt-get install ${missing% }"
}

if [ "${BASH_SOURCE[0]}" = "$0" ]; then
    missing_packages 4
    missing_for_suite
fi
