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

# grow_image REPOSITORY TAG NEW_TAG MEGABYTES LAYERS: an image of the registry with so much more in it that no compression makes
# smaller, as analysers are: libraries and a model of some gigabytes.
grow_image() {
    local work rc
    work=$(mktemp -d) || return 1
    mkdir "$work/folder" && read_image "$1" "$2" "$work" && add_layers "$1" "$work" $(($4 * 1000000 / $5)) "$5" && write_image "$1" "$3" "$work"
    rc=$?
    rm -rf "$work"
    [ $rc = 0 ] || echo "tests/cluster: the image $1:$3 could not be made of $1:$2 in the registry $registry" >&2
    return $rc
}

oci_manifest=application/vnd.oci.image.manifest.v1+json
docker_manifest=application/vnd.docker.distribution.manifest.v2+json

# read_image REPOSITORY TAG FOLDER: its manifest and config, each as one line.
read_image() {
    curl -sf -H "Accept: $oci_manifest, $docker_manifest" "http://$registry/v2/$1/manifests/$2" | tr -d '\n' >"$3/manifest" &&
        curl -sfL "http://$registry/v2/$1/blobs/$(config_of "$3/manifest")" | tr -d '\n' >"$3/config" && [ -s "$3/config" ]
}

config_of() { sed -n 's/.*"config": *{[^}]*"digest": *"\([^"]*\)".*/\1/p' "$1"; }

# add_layers REPOSITORY FOLDER BYTES COUNT
add_layers() {
    local n sum type=application/vnd.oci.image.layer.v1.tar
    ! grep -qF $docker_manifest "$2/manifest" || type=application/vnd.docker.image.rootfs.diff.tar
    for ((n = 1; n <= $4; n++)); do
        rm -f "$2"/folder/* && head -c "$3" /dev/urandom >"$2/folder/model-$n" &&
            tar -C "$2/folder" --owner=0 --group=0 --numeric-owner --mtime=@0 -cf "$2/layer" . && push_blob "$1" "$2/layer" || return 1
        sum=sha256:$(blob_sum "$2/layer")
        sed -i "s|\(\"diff_ids\": *\[[^]]*\)\]|\1,\"$sum\"]|" "$2/config" &&
            sed -i "s|\(\"layers\": *\[[^]]*\)\]|\1,{\"mediaType\":\"$type\",\"digest\":\"$sum\",\"size\":$(stat -c %s "$2/layer")}]|" "$2/manifest" ||
            return 1
    done
}

# write_image REPOSITORY TAG FOLDER
write_image() {
    local type=$oci_manifest
    ! grep -qF $docker_manifest "$3/manifest" || type=$docker_manifest
    sed -i "s|$(config_of "$3/manifest")|sha256:$(blob_sum "$3/config")|
            s|\(\"config\": *{[^}]*\"size\": *\)[0-9]*|\1$(stat -c %s "$3/config")|" "$3/manifest" && push_blob "$1" "$3/config" &&
        curl -sf -X PUT -H "Content-Type: $type" --data-binary "@$3/manifest" "http://$registry/v2/$1/manifests/$2" >/dev/null
}
