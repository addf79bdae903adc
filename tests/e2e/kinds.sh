#!/usr/bin/env bash
# What is asked of a cluster by command: any object in words, whether a graph flows, and how several clusters are.
. "${abs_top_srcdir:-$PWD}/tests/e2e/lib.sh"
[ -x "$top/patchbay-thing" ] || { echo "skipped: the media things were not built (OpenCV is missing)"; exit 77; }

# fails TEXT COMMAND…: it exits 1, and says the text.
fails() {
    local text=$1 rc=0
    shift
    "$@" >"$work/said" 2>&1 || rc=$?
    [ $rc = 1 ] && grep -qE -- "$text" "$work/said" || { echo "exit $rc"; cat "$work/said"; return 1; }
}
silent() { "$@" >"$work/said" 2>&1 && [ ! -s "$work/said" ] || { cat "$work/said"; return 1; }; }

expect "the embedded cluster starts" start_edge
expect "lobby is deployed and ready" "$patchbay" deploy "$src/assets/graphs/lobby.yaml" --wait --timeout 60s

expect "a graph that flows is nothing to be said of" silent "$patchbay" assert lobby --min-fps 0.1 --max-age 30s --timeout 60s # a busy machine analyses few
expect "frames that are too few are" fails '^lobby/camera: video: [0-9.]+ frames/s, at least 500 are wanted' "$patchbay" assert lobby --min-fps 500
expect "of one thing alone" fails '^lobby/object-detect: ' "$patchbay" assert lobby --min-fps 500 --thing object-detect -n media
expect "as JSON" fails '"thing":"camera","state":"fails","fps":[0-9.]+,"age":[0-9.]+,"why":"video' "$patchbay" assert lobby --min-fps 500 -o json
expect "a thing that is not there is wrong usage" exits 2 "$patchbay" assert lobby --thing camra
expect "nor is 'soon' a time" exits 2 "$patchbay" assert lobby --max-age soon
expect "a graph that is not there is a fault" exits 1 "$patchbay" assert lobbi
"$patchbay" stop lobby/camera >/dev/null
expect "a camera that is stopped starves the rest, which says so" within 10 fails 'object-detect: video: no frame for .*camera is Stopped' "$patchbay" assert lobby --max-age 1s
"$patchbay" start lobby/camera >/dev/null
expect "and flows again" "$patchbay" assert lobby --timeout 30s
expect "a cluster that is not there is exit 3" exits 3 env KUBECONFIG=<(sed 's/server: .*/server: https:\/\/127.0.0.1:1/' "$KUBECONFIG") "$patchbay" assert lobby

expect "a thing is described by its graph" says "Replicas:           1 desired | 1 updated | 1 total | 1 available" "$patchbay" describe lobby/object-detect
expect "a node, with what its pods ask for" says "nvidia.com/gpu  1" "$patchbay" describe node gpu-1
expect "a service, with who answers" says "ready  camera-" "$patchbay" describe svc/camera -n media
expect "a kind by its group" says "Kind:               Deployment, apps/v1" "$patchbay" describe deployments.apps camera -n media
expect "what is not there is a fault" exits 1 "$patchbay" describe pod nonesuch -n media
expect "so is a kind that is not" fails "did you mean 'pods'" "$patchbay" describe podds x

expect "any kind is listed in the server's columns" says "ClusterIP   10." "$patchbay" get svc -n media
expect "the wide ones on demand" says "CONTAINERS" "$patchbay" get rs -n media -o wide
expect "one of them by its name" says "deployment.apps/camera" "$patchbay" get deploy/camera -n media -o name
expect "or whole" says "kind: Deployment" "$patchbay" get deploy camera -n media -o yaml
expect "one that is not there is a fault" exits 1 "$patchbay" get cm nonesuch -n media

two_clusters() {
    sed -e 's/server: .*/server: https:\/\/127.0.0.1:1/' -e 's/\(name: \|cluster: \|user: \|current-context: \)edge/\1dead/' "$KUBECONFIG" >"$work/dead"
    KUBECONFIG=$KUBECONFIG:$work/dead "$patchbay" status --contexts '*' "$@" >"$work/rows"
    [ $? = 1 ] && grep -qE '^edge +v[0-9].* 4/4 +1 +3 +1 +0 ' "$work/rows" && grep -qE '^dead .*connection refused' "$work/rows" || { cat "$work/rows"; return 1; }
}
expect "two clusters, one of them dead" two_clusters
expect "one that matches none is wrong usage" exits 2 "$patchbay" status --contexts 'shop-*'
close_tests
