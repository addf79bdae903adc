# parts: the programs of a cluster. Each is started with a mark in its environment, by which it is known whatever became
# of the file with its process id; its words go to log/NAME.log. Sourced by bash after setup.sh.

# What is called how: a function part_X fills argv; node programs get their node's number.
part_etcd() {
    local client=http://127.0.0.1:$etcd_port peer=http://127.0.0.1:$etcd_peer_port
    argv=("$bin/etcd" --name patchbay --data-dir "$dir/etcd" --unsafe-no-fsync --log-level warn
        --quota-backend-bytes 8589934592
        --listen-client-urls "$client" --advertise-client-urls "$client"
        --listen-peer-urls "$peer" --initial-advertise-peer-urls "$peer" --initial-cluster "patchbay=$peer")
}

part_apiserver() {
    # shellcheck disable=SC2054 # the comma is the option's
    argv=("$bin/kube" apiserver
        --etcd-servers "http://127.0.0.1:$etcd_port" --bind-address 0.0.0.0 --secure-port "$api_port"
        --advertise-address "$gateway" --service-cluster-ip-range "$services.0.0/16"
        --tls-cert-file "$dir/apiserver.crt" --tls-private-key-file "$dir/apiserver.key"
        --client-ca-file "$dir/ca.crt" --token-auth-file "$dir/tokens.csv" --authorization-mode Node,RBAC
        --enable-admission-plugins NodeRestriction --allow-privileged
        --service-account-issuer https://kubernetes.default.svc.cluster.local
        --service-account-key-file "$dir/accounts.pub" --service-account-signing-key-file "$dir/accounts.key"
        --kubelet-client-certificate "$dir/apiserver-kubelet.crt" --kubelet-client-key "$dir/apiserver-kubelet.key"
        --kubelet-preferred-address-types InternalIP
        --default-not-ready-toleration-seconds 30 --default-unreachable-toleration-seconds 30)
    # shellcheck disable=SC2206
    argv+=(${PATCHBAY_CLUSTER_APISERVER_ARGS:-})
}

part_controllers() {
    argv=("$bin/kube" controller-manager --kubeconfig "$dir/kubeconfig" --leader-elect=false --secure-port 0
        --service-account-private-key-file "$dir/accounts.key" --root-ca-file "$dir/ca.crt"
        --node-monitor-period 2s --node-monitor-grace-period 25s)
    # shellcheck disable=SC2206
    argv+=(${PATCHBAY_CLUSTER_CONTROLLER_ARGS:-})
}

part_scheduler() {
    argv=("$bin/kube" scheduler --kubeconfig "$dir/kubeconfig" --leader-elect=false --secure-port 0)
}

part_coredns() { argv=("$bin/coredns" -conf "$dir/Corefile"); }

part_registry() { argv=(docker-registry serve "$dir/registry.yaml"); }

part_kwok() {
    argv=("$bin/kwok" --kubeconfig "$dir/kubeconfig" --config "$here/kwok.yaml" --manage-all-nodes=false
        --manage-nodes-with-label-selector type=kwok --node-lease-duration-seconds 40
        --server-address "127.0.0.1:$kwok_port" --cidr "$pods.128.0/17" --node-ip "$gateway")
}

part_containerd() { argv=(containerd --config "$dir/$(node_name "$1")/containerd.toml"); }

part_kubelet() {
    local name
    name=$(node_name "$1")
    argv=("$bin/kube" kubelet --config "$dir/$name/kubelet.yaml" --kubeconfig "$dir/$name/kubeconfig"
        --hostname-override "$name" --node-ip "$(node_ip "$1")" --root-dir "$dir/$name/kubelet"
        --cert-dir "$dir/$name/pki")
}

part_proxy() {
    argv=("$bin/kube" proxy --kubeconfig "$dir/proxy.kubeconfig" --hostname-override "$(node_name "$1")"
        --proxy-mode iptables --cluster-cidr "$pods.0.0/16" --conntrack-max-per-core 0
        --conntrack-tcp-timeout-established 0 --conntrack-tcp-timeout-close-wait 0)
}

# part_pid NAME: the process that runs it now, or nothing and a failure.
part_pid() {
    local pid
    pid=$(cat "$dir/pid/$1" 2>/dev/null) && [ -n "$pid" ] || return 1
    grep -qzsxF "PATCHBAY_CLUSTER_PART=$dir:$1" "/proc/$pid/environ" 2>/dev/null || return 1
    echo "$pid"
}

# start_part NAME [WORDS…]: the words are added to its command line.
start_part() {
    local name=$1 argv=() number="" kind=${1%-[1-9]}
    shift
    part_pid "$name" >/dev/null && return 0
    [ "$kind" = "$name" ] || number=${name##*-}
    declare -F "part_$kind" >/dev/null || die "there is no program '$name' in a cluster"
    "part_$kind" "$number"
    argv+=("$@")
    [ -z "$number" ] || argv=(nsenter "--net=/run/netns/$(node_netns "$number")" "--mount=$dir/ns/$(node_name "$number")" "${argv[@]}")
    (
        for fd in /proc/self/fd/*; do # a lock of the caller's is none of theirs
            fd=${fd##*/}
            [ "$fd" -le 2 ] || eval "exec $fd>&-"
        done 2>/dev/null
        cd "$dir" || exit 1
        umask 022 # a container's root is made with it, and its user is not root; $dir itself lets nobody in
        exec env -i PATH="$PATH:/usr/sbin:/sbin" HOME="$dir" PATCHBAY_CLUSTER_PART="$dir:$name" setsid "${argv[@]}" \
            </dev/null >>"$dir/log/$name.log" 2>&1
    ) &
    echo $! >"$dir/pid/$name"
    disown $! # its end is no news of the shell's
}

# gone PID: ended, and its files and sockets closed: the first thread of one that is killed ends before the others.
gone() {
    local state tasks
    state=$(cut -d')' -f2- "/proc/$1/stat" 2>/dev/null) || return 0
    case $state in '' | ' Z'* | ' X'*) ;; *) return 1 ;; esac
    tasks=("/proc/$1/task"/*)
    [ ${#tasks[@]} -le 1 ]
}

# signal_part NAME SIGNAL: returns when it is gone; one that does not end within 5 s (an apiserver with watchers would take a minute) is killed.
signal_part() {
    local name=$1 pid tries=0
    pid=$(part_pid "$name") || return 0
    kill "-$2" "$pid" 2>/dev/null || :
    until gone "$pid"; do
        tries=$((tries + 1))
        [ $tries != 100 ] || kill -KILL "$pid" 2>/dev/null || :
        [ $tries -lt 300 ] || die "$name (process $pid) does not end"
        sleep 0.05
    done
    rm -f "$dir/pid/$name"
}

# await PART SECONDS COMMAND…: until the command succeeds; says why when it does not, or the part has ended.
await() {
    local part=$1 seconds=$2 until=$((SECONDS + $2 + 1)) why=
    shift 2
    until "$@" >/dev/null 2>&1; do
        if ! part_pid "$part" >/dev/null; then
            why="$part has ended"
        elif [ $SECONDS -ge $until ]; then
            why="$part did not answer within $seconds s"
        else
            sleep 0.05
            continue
        fi
        echo "tests/cluster: $why; the end of its log:" >&2
        tail -n 15 "$dir/log/$part.log" | cut -c1-400 >&2
        return 1
    done
}
