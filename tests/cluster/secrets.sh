# secrets: the certificates, tokens and kubeconfigs of a cluster, made for it alone. Sourced by bash after setup.sh.

new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }

make_ca() {
    new_key "$dir/ca.key"
    openssl req -x509 -new -key "$dir/ca.key" -subj "/CN=patchbay test cluster $id" -days 30 -out "$dir/ca.crt"
    new_key "$dir/accounts.key"
    openssl ec -in "$dir/accounts.key" -pubout -out "$dir/accounts.pub" 2>/dev/null
}

# make_certificate NAME SUBJECT USE [OTHER NAMES]
make_certificate() {
    local name=$1 subject=$2 use=$3 other=${4:-}
    new_key "$dir/$name.key"
    openssl req -new -key "$dir/$name.key" -subj "$subject" -out "$dir/$name.csr"
    openssl x509 -req -in "$dir/$name.csr" -CA "$dir/ca.crt" -CAkey "$dir/ca.key" -days 30 -out "$dir/$name.crt" \
        -set_serial "0x$(openssl rand -hex 8)" -extfile <(
            echo "extendedKeyUsage=$use"
            [ -z "$other" ] || echo "subjectAltName=$other"
        ) 2>/dev/null
    rm "$dir/$name.csr"
}

make_certificates() {
    make_ca
    make_certificate apiserver /CN=kube-apiserver serverAuth \
        "DNS:localhost,DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,IP:127.0.0.1,IP:$gateway,IP:$services.0.1"
    make_certificate apiserver-kubelet /CN=kube-apiserver clientAuth
    make_certificate certificate /O=system:masters/CN=certificate-admin clientAuth
}

# token NAME: its token, made when first asked for.
token() {
    local file=$dir/token/$1
    [ -s "$file" ] || openssl rand -hex 16 >"$file"
    cat "$file"
}

make_tokens() {
    local user i
    mkdir "$dir/token"
    {
        for user in admin exec-admin exec-admin-next tokenfile-admin tokenfile-admin-next; do
            echo "$(token $user),$user,$user,\"system:masters\""
        done
        echo "$(token viewer),viewer,viewer"
        echo "$(token nobody),nobody,nobody"
        echo "$(token proxy),system:kube-proxy,proxy"
        for i in 1 2 3 4 5 6 7 8 9; do
            echo "$(token "$(node_name $i)"),system:node:$(node_name $i),$(node_name $i),\"system:nodes\""
        done
    } >"$dir/tokens.csv"
    echo "Authorization: Bearer $(token admin)" >"$dir/admin.header"
}

# kubeconfig FILE SERVER CA USER, the user's part on the standard input, indented by four
kubeconfig() {
    cat >"$1" <<TEXT
apiVersion: v1
kind: Config
current-context: patchbay-$id
contexts:
- name: patchbay-$id
  context:
    cluster: patchbay-$id
    user: $4
clusters:
- name: patchbay-$id
  cluster:
    server: $2
    $3
users:
- name: $4
  user:
$(cat)
TEXT
}

make_kubeconfigs() {
    local ca_data ca_file="certificate-authority: ca.crt" i
    ca_data="certificate-authority-data: $(base64 -w0 <"$dir/ca.crt")"
    kubeconfig "$dir/kubeconfig" "$api" "$ca_data" admin <<<"    token: $(token admin)"
    # for programs on another machine of the bridge
    kubeconfig "$dir/bridge.kubeconfig" "https://$gateway:$api_port" "$ca_data" admin <<<"    token: $(token admin)"
    kubeconfig "$dir/viewer.kubeconfig" "$api" "$ca_data" viewer <<<"    token: $(token viewer)"
    kubeconfig "$dir/nobody.kubeconfig" "$api" "$ca_data" nobody <<<"    token: $(token nobody)"
    # These name their files, and name them relative to themselves.
    kubeconfig "$dir/certificate.kubeconfig" "$api" "$ca_file" certificate-admin <<TEXT
    client-certificate: certificate.crt
    client-key: certificate.key
TEXT
    token tokenfile-admin >"$dir/tokenfile"
    kubeconfig "$dir/tokenfile.kubeconfig" "$api" "$ca_file" tokenfile-admin <<<"    tokenFile: tokenfile"
    make_plugin
    kubeconfig "$dir/exec.kubeconfig" "$api" "$ca_file" exec-admin <<TEXT
    exec:
      apiVersion: client.authentication.k8s.io/v1
      command: ./exec-plugin
      interactiveMode: Never
TEXT
    # The cluster's own programs; from the nodes this machine is the gateway.
    kubeconfig "$dir/proxy.kubeconfig" "https://$gateway:$api_port" "$ca_data" proxy <<<"    token: $(token proxy)"
    for ((i = 1; i <= nodes; i++)); do
        mkdir -p "$dir/$(node_name "$i")"
        kubeconfig "$dir/$(node_name "$i")/kubeconfig" "https://$gateway:$api_port" "$ca_data" "$(node_name "$i")" \
            <<<"    token: $(token "$(node_name "$i")")"
    done
}

# An exec plugin: each run is a line in exec-plugin.runs; exec-plugin.token holds what it hands out, and its time stands in
# exec-plugin.expires, where that file exists.
make_plugin() {
    token exec-admin >"$dir/exec-plugin.token"
    cat >"$dir/exec-plugin" <<'TEXT'
#!/bin/sh
here=$(dirname "$0")
date +%s.%N >>"$here/exec-plugin.runs"
expires=$(cat "$here/exec-plugin.expires" 2>/dev/null) && expires=", \"expirationTimestamp\": \"$expires\""
printf '{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "%s"%s}}\n' \
    "$(cat "$here/exec-plugin.token")" "$expires"
TEXT
    chmod +x "$dir/exec-plugin"
}
