# image: container images from a folder, put into the cluster's registry by its own protocol; no builder is needed for one
# static program. Sourced by bash after setup.sh.

blob_sum() { sha256sum <"$1" | cut -d' ' -f1; }

# push_blob REPOSITORY FILE
push_blob() {
    local where digest
    digest=sha256:$(blob_sum "$2")
    where=$(curl -sf -X POST -D - -o /dev/null "http://$registry/v2/$1/blobs/uploads/" | tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
    [ -n "$where" ] || return 1
    curl -sf -X PUT -H 'Content-Type: application/octet-stream' --data-binary "@$2" "$where&digest=$digest" >/dev/null
}

# push_image NAME:TAG FOLDER [CONFIG]: the folder is the image's one layer; CONFIG is the JSON of what runs in it, such as
# {"Cmd": ["/bin/sh"]}.
push_image() {
    local name=${1%:*} tag=${1##*:} folder=$2 config=${3:-'{}'} work
    local oci=application/vnd.oci.image
    work=$(mktemp -d) || return 1
    tar -C "$folder" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf "$work/layer" . &&
        cat >"$work/config" <<TEXT &&
{"architecture": "$(image_architecture)", "os": "linux", "config": $config,
 "rootfs": {"type": "layers", "diff_ids": ["sha256:$(blob_sum "$work/layer")"]}}
TEXT
        cat >"$work/manifest" <<TEXT &&
{"schemaVersion": 2, "mediaType": "$oci.manifest.v1+json",
 "config": {"mediaType": "$oci.config.v1+json", "digest": "sha256:$(blob_sum "$work/config")", "size": $(stat -c %s "$work/config")},
 "layers": [{"mediaType": "$oci.layer.v1.tar", "digest": "sha256:$(blob_sum "$work/layer")", "size": $(stat -c %s "$work/layer")}]}
TEXT
        push_blob "$name" "$work/layer" && push_blob "$name" "$work/config" &&
        curl -sf -X PUT -H "Content-Type: $oci.manifest.v1+json" --data-binary "@$work/manifest" \
            "http://$registry/v2/$name/manifests/$tag" >/dev/null
    local rc=$?
    rm -rf "$work"
    [ $rc = 0 ] || echo "tests/cluster: the image $1 could not be pushed to the registry $registry" >&2
    return $rc
}

image_architecture() { case $(uname -m) in x86_64) echo amd64 ;; aarch64) echo arm64 ;; *) uname -m ;; esac; }

# push_pause: the image that holds a pod's namespaces; also a pod that does nothing, quickly.
push_pause() {
    local work rc
    work=$(mktemp -d) && chmod 755 "$work" && cc -Os -static -o "$work/pause" "$here/pause.c" &&
        push_image patchbay/pause:1 "$work" '{"Entrypoint": ["/pause"]}'
    rc=$?
    rm -rf "$work"
    return $rc
}

# push_busybox: test/busybox:1, a shell and small tools for pods that are to come into some state.
push_busybox() {
    local work tool rc
    ldd /bin/busybox >/dev/null 2>&1 || [ ! -x /bin/busybox ] && {
        echo "tests/cluster: test/busybox:1 is made of a static /bin/busybox, which is not here (Debian: busybox-static)" >&2
        return 1
    }
    work=$(mktemp -d) && chmod 755 "$work" && (
        umask 022
        mkdir -p "$work/bin" "$work/etc" "$work/tmp" && chmod 1777 "$work/tmp" && cp /bin/busybox "$work/bin/" &&
            echo 'root:x:0:0::/:/bin/sh' >"$work/etc/passwd" &&
            for tool in $(/bin/busybox --list); do [ "$tool" = busybox ] || ln -s busybox "$work/bin/$tool"; done
    ) && push_image test/busybox:1 "$work" '{"Env": ["PATH=/bin"], "Cmd": ["sh"]}'
    rc=$?
    rm -rf "$work"
    return $rc
}
