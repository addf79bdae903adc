#!/usr/bin/env bash
# The image as a cluster runs it: not as root, without capabilities, on a read-only root, in a network namespace of its own:
# camera → detector → monitor over loopback. `make check-images` runs it.
[ "${1:-}" = inside ] || . "${abs_top_srcdir:-$PWD}/tests/e2e/lib.sh"

skip() {
    echo "SKIP: $*"
    [ -z "${PATCHBAY_NEVER_SKIP:-}" ] || exit 1
    exit 77
}

# thing PORT VERB…: runs in the image's root.
thing() {
    local port=$1
    shift
    # shellcheck disable=SC2086
    setpriv --no-new-privs --bounding-set=-all,+setuid,+setgid,+sys_chroot \
        chroot --userspec="$user" "$root" $entrypoint "$@" --address 127.0.0.1 --port "$port" >"$work/$1.log" 2>&1 &
    pids+=($!)
}

get() {
    local what=$1
    shift
    curl -sf --max-time 5 "$@" "http://127.0.0.1:$what"
}
finds_people() { curl -sN --max-time 20 http://127.0.0.1:8082/detections | grep -m1 '"person"'; }
has_picture() { get "8083/snapshot?w=200" -o "$work/picture" && [ -s "$work/picture" ]; }
shows_them() { get 8083/metrics | grep -E '^patchbay_input_frames_total\{.*"detections".*\} [1-9]'; }
has_no_right() { ! touch "$root/x" 2>/dev/null && grep -q '^CapEff:.0*$' "/proc/${pids[0]}/status" && grep -q "^Uid:.${user%:*}" "/proc/${pids[0]}/status"; }

# The second half, in namespaces of its own; what it is told is in the environment.
inside() {
    . "$abs_top_srcdir/tests/e2e/lib.sh"
    root=$work/root
    mkdir "$root"
    mount --bind "$image_root" "$root" && mount -o remount,bind,ro "$root" && ip link set lo up || exit 1
    thing 8081 camera --source sample:vtest --fps 10
    INPUT_VIDEO=http://127.0.0.1:8081/video thing 8082 detector
    INPUT_VIDEO=http://127.0.0.1:8082/video INPUT_DETECTIONS=http://127.0.0.1:8082/detections thing 8083 monitor
    for port in 8081 8082 8083; do
        expect "the thing on port $port is alive" within 10 get $port/healthz
        expect "the thing on port $port is ready" within 20 get $port/readyz
    done
    [ $failed = 0 ] || { tail -n 5 "$work"/*.log; close_tests; return; }
    expect "it has no rights, and its root is read-only" has_no_right
    expect "people are found in the sample video" finds_people
    expect "the monitor gets them" within 10 shows_them
    expect "the monitor has a picture" within 10 has_picture
    umount -l "$root"
    close_tests
}

if [ "${1:-}" = inside ]; then
    inside
    exit
fi
engine=${ENGINE:-}
[ -n "$engine" ] || { command -v buildah >/dev/null && engine=buildah; } || { docker info >/dev/null 2>&1 && engine=docker; } ||
    skip "neither buildah nor a docker that answers is here"
[ "$(id -u)" = 0 ] || skip "root is needed to run the image in namespaces of its own"
unshare --mount --net true 2>/dev/null || skip "namespaces cannot be made here"

expect "make images builds it" "$src/assets/images/build"
expect "once more is quick, for nothing changed" timeout 20 "$src/assets/images/build"
image=$(sed -n 's/^  image: *//p' "$src"/assets/catalog/*.yaml | sort -u | head -1)
case $engine in
buildah)
    buildah info >/dev/null 2>&1 || export STORAGE_DRIVER=vfs
    about=$(buildah inspect --type image --format '{{.OCIv1.Config.User}} {{index .OCIv1.Config.Entrypoint 0}}' "$image")
    container=$(buildah from --pull-never "$image")
    image_root=$(buildah mount "$container")
    remove() { buildah rm "$container" >/dev/null; } ;;
docker)
    about=$(docker image inspect --format '{{.Config.User}} {{index .Config.Entrypoint 0}}' "$image")
    container=$(docker create "$image")
    image_root=$work/image
    mkdir "$image_root"
    docker export "$container" | tar -x -C "$image_root"
    remove() { docker rm "$container" >/dev/null; } ;;
esac
user=${about%% *} entrypoint=${about#* }
is_numeric() { [[ $user =~ ^[1-9][0-9]*:[1-9][0-9]*$ ]]; }
is_small() { du -sm "$image_root" && [ "$(du -sm "$image_root" | cut -f1)" -lt 90 ]; }
expect "its user is a number that is not root's" is_numeric
expect "it is under 90 MB" is_small
export abs_top_srcdir=$src image_root user entrypoint
unshare --mount --net "$src/tests/images.sh" inside >"$work/inside" 2>&1
sed '$d' "$work/inside"
passed=$((passed + $(grep -c '^ok:' "$work/inside"))) failed=$((failed + $(grep -c '^FAILED:' "$work/inside")))
expect "its things run" grep -q 'passed, 0 failed' "$work/inside"
remove
close_tests
