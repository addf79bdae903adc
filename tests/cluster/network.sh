# network: a bridge to which every node's cable leads, and what becomes of packets from outside. Sourced by bash after
# setup.sh.

open_bridge() {
    ip link add "$prefix" type bridge
    ip addr add "$gateway/24" dev "$prefix"
    ip link set "$prefix" up
    guard
}

# The servers listen on every address; only this machine and its namespaces are meant. Every rule carries a comment by
# which it is found again.
guard() {
    local dev
    for dev in $(ip -o route show default | sed -n 's/.* dev \([^ ]*\).*/\1/p' | sort -u); do
        rule INPUT -i "$dev" -p tcp -m multiport --dports "$api_port,$registry_port,$dns_port" -j DROP
        rule INPUT -i "$dev" -p udp --dport "$dns_port" -j DROP
        rule FORWARD -i "$dev" -o "$prefix" -j DROP
    done
    rule FORWARD -i "$prefix" -o "$prefix" -j ACCEPT
}

rule() {
    local chain=$1
    shift
    iptables -w -I "$chain" "$@" -m comment --comment "patchbay-cluster-$id"
}

close_bridge() {
    local line
    iptables -w -S 2>/dev/null | grep -F -- "--comment patchbay-cluster-$id " | while read -r _ line; do
        # shellcheck disable=SC2086
        iptables -w -D $line
    done
    ip link del "$prefix" 2>/dev/null || :
}

# add_host NAME LINK ADDRESS: a machine of its own on the bridge: the namespace PREFIX-NAME.
add_host() {
    local ns=$prefix-$1 link=$2 address=$3
    ip netns add "$ns"
    ip link add "$link" type veth peer name eth0 netns "$ns"
    ip link set "$link" master "$prefix" up
    ip -n "$ns" link set lo up
    ip -n "$ns" link set eth0 up
    ip -n "$ns" addr add "$address/24" dev eth0
    ip -n "$ns" route add default via "$gateway"
}

# remove_hosts: all of them, with what still runs in them.
remove_hosts() {
    local ns pid link
    for ns in $(ip netns list 2>/dev/null | sed -n "s/^\($prefix-[^ ]*\).*/\1/p"); do
        for pid in $(ip netns pids "$ns" 2>/dev/null); do kill -KILL "$pid" 2>/dev/null; done
        ip netns del "$ns"
    done
    for link in $(ip -o link show type veth 2>/dev/null | sed -n "s/^[0-9]*: \($prefix-[^@:]*\).*/\1/p"); do
        ip link del "$link" 2>/dev/null
    done
}


ports_free() {
    local port
    for port in $etcd_port $etcd_peer_port $api_port $registry_port $dns_port $kwok_port; do
        [ -z "$(ss -Hltn "sport = :$port")" ] ||
            die "port $port, which cluster $id needs, is taken; choose another number: PATCHBAY_CLUSTER_ID (0 to 9)"
    done
}
