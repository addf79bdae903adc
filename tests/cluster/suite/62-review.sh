#!/usr/bin/env bash
# The review at D on a real API server: what it would refuse is said before anything is written; what others set is taken over, one
# by one; what is kept in git goes to a file; some things go alone. The control plane alone is enough.
. "$(dirname "$0")/../lib.sh"
. "$cluster_tests/talk.sh"
new_space review || exit
cd "$work" || exit

graph() { # FPS MORE
    cat <<TEXT
apiVersion: patchbay.dev/v1
kind: ServiceGraph
metadata: {name: lobby, namespace: $space}
spec:
  things:
    - {name: camera, type: ip-camera, replicas: 0, params: {source: "sample:vtest", fps: $1}}
    - {name: second, type: ip-camera, replicas: 0, params: {source: "sample:vtest", fps: $1}}
${2:-}
TEXT
}
graph 10 >first.yaml
graph 20 '    - {name: keep, type: recorder, replicas: 0}
  links: [{from: camera.video, to: keep.video}]' >second.yaml
dashboard() { talk dash "$watcher" 120x40 "$patchbay" "$work/$1.yaml" && ask dash until 20 'live$'; }
review() { ask dash keys "$1" && ask dash until 10 "Deploy $space/lobby"; }
shows() { ask dash until 10 "$1" >/dev/null; }
version() { k -n "$space" get configmap patchbay-lobby -o 'jsonpath={.metadata.resourceVersion}'; }
value() { [ "$(k -n "$space" get deployment "$1" -o "jsonpath={$2}")" = "$3" ]; }

expect "the graph is deployed" "$patchbay" deploy first.yaml
expect "the dashboard is there" dashboard second
before=$(version)
k -n "$space" scale deployment camera --replicas=1 >/dev/null
k -n "$space" set image deployment/second second=other:1 >/dev/null
k -n "$space" create quota few --hard=count/persistentvolumeclaims=0 >/dev/null
counted() { [ -n "$(k -n "$space" get quota few -o jsonpath='{.status.hard}')" ]; }
wait_for counted
expect "the review opens" review D
expect "what the quota refuses is in it" shows '! cannot apply persistentvolumeclaim keep: '
expect "what others set is, too, with the field" shows '\[ \] camera: refused, for others set this of it:'
expect "and the manager" shows '    \.spec\.replicas, set by kubectl'
expect "of each thing" shows '\[ \] second: refused'
expect "left alone, it says so at the boxes" ask dash keys '<Esc>'
expect "in words" shows "camera: by a dry run: cannot apply deployment camera: the field .spec.replicas belongs to 'kubectl'"
expect "and nothing was written" test "$before" = "$(version)"

k -n "$space" delete quota few >/dev/null
taken() { review D && shows '\[ \] camera' && ask dash keys '<Space>' && shows '\[x\] camera: takes over' && ask dash keys y && shows 'cannot apply deployment second: ' && shows 'D, then Space, takes over what others set'; }
expect "one of them is taken over, the other is left alone" taken
expect "its field is ours" value camera .spec.replicas 0
expect "the other's is theirs" value second '.spec.template.spec.containers[0].image' other:1
rest() { review D && shows '\[ \] second' && ask dash keys '<Space>y' && shows 'deployed: 0 created, 1 configured'; }
expect "after a deployment that ended so the other is, too" rest
expect "and all is as the graph says" says "nothing would change" "$patchbay" diff second.yaml

immutable() {
    k -n "$space" get deployment second -o json >second.json && k -n "$space" delete deployment second >/dev/null || return 1
    sed -i 's/"patchbay.dev\/thing": "second"/"patchbay.dev\/thing": "other"/' second.json
    sed -i '/"resourceVersion"\|"uid"/d' second.json
    k -n "$space" create -f second.json >/dev/null && review D && shows '! cannot apply deployment second: .*' && shows 'field is immutable'
}
expect "a selector that cannot change" immutable
ask dash keys '<Esc>' >/dev/null
k -n "$space" delete deployment second >/dev/null

k -n "$space" annotate deployment camera argocd.argoproj.io/tracking-id=site:apps/Deployment:x/camera >/dev/null
kept() {
    review D && shows '! Argo CD \(application site\) keeps these objects' && ask dash keys f &&
        shows 'manifests to: lobby.manifests.yaml' && ask dash keys '<Enter>' && shows 'the manifests are in lobby.manifests.yaml' &&
        "$patchbay" render second.yaml | cmp - lobby.manifests.yaml
}
expect "what is kept in git goes to a file, as render has it" kept
k -n "$space" annotate deployment camera argocd.argoproj.io/tracking-id- >/dev/null

alone() { dashboard first && ask dash keys '<Space>' && review D && shows 'only camera' && shows 'the cluster would take it' && ask dash keys y && shows 'deployed: '; }
expect "what is marked goes alone" alone
of_text() { k -n "$space" get configmap patchbay-lobby -o 'jsonpath={.data.graph\.yaml}' | grep "name: $1" | grep -q "fps: $2"; }
expect "with what the draft has" of_text camera 10
expect "the rest stays as it was deployed" of_text second 20

ending() {
    k -n "$space" patch configmap kube-root-ca.crt --type merge -p '{"metadata":{"finalizers":["example.com/held"]}}' >/dev/null &&
        k delete namespace "$space" --wait=false >/dev/null && dashboard second && review D && shows '! the namespace .* is being deleted: nothing new'
}
expect "a namespace that is being deleted is said" ending
k -n "$space" patch configmap kube-root-ca.crt --type merge -p '{"metadata":{"finalizers":null}}' >/dev/null
ask dash keys '<Esc>' >/dev/null
hang_up dash
close_tests
