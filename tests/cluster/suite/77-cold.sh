#!/usr/bin/env bash
# The paper's figure: an analyser of some gigabytes, deployed where its image is not, and where it is. From a real registry, by
# real kubelets; each second of it is told, and they add up to what a clock beside it says. COLD_MEGABYTES=3400 is the paper's.
. "$(dirname "$0")/../lib.sh"
needs_ours

megabytes=${COLD_MEGABYTES:-300}
export XDG_CONFIG_HOME=$work/config
mkdir -p "$XDG_CONFIG_HOME/patchbay/catalog"
heavy=heavy-$$ # nobody has it
graph=$work/lobby.yaml
nodes=(gpu-1 gpu-2)

# What a clock beside it says: from the command's beginning until its last pod gave something.
deploy() {
    local begin
    begin=$(date +%s.%N)
    "$patchbay" deploy "$graph" --wait --timeout 20m >"$work/$1" 2>"$work/$1.notes" || { cat "$work/$1.notes"; return 1; }
    end=$(date +%s.%N)
    "$patchbay" timing "$space/lobby" -o json >"$work/$1.json" || return 1
    wall=$(echo "$end $begin" | awk '{ print $1 - $2 }')
}
# what JSON has at a key of its top level, which is a number
number() { sed -n "s/.*\"$2\":\([0-9.]*\)[,}].*/\1/p" "$work/$1.json"; }
adds_up() {
    local up
    up=$(sed -n 's/^up after \([^:]*\):.*/\1/p' "$work/$1" | awk '{ if (match($0, /m/)) { split($0, t, "m"); print t[1] * 60 + t[2] } else print $0 + 0 }')
    echo "by the clock ${wall}s, by the waterfall ${up}s"
    echo "$wall $up" | awk '{ d = $1 - $2; exit !($2 > 0 && d < 1.2 && d > -1.2) }' # a second, and what of both was cut to tenths
}
path_adds_up() {
    sed 's/.*"path":\[//; s/\].*//' "$work/$1.json" | grep -o '"seconds":[0-9.]*' | awk -F: -v up="$(number "$1" up)" '
        { sum += $2 } END { d = sum - up; print "steps " sum ", up after " up; exit !(sum > 0 && d < 0.05 && d > -0.05) }'
}
shows() { grep -E "$2" "$work/$1" || { cat "$work/$1" "$work/$1.notes"; return 1; }; }
every_phase_has_a_source() { # of three pods six phases each, and first results
    "$patchbay" timing "$space/lobby" -o csv >"$work/csv" && awk -F, 'NR > 1 && ($7 == "" || $9 == "" || $10 == "") { bad = 1 } END { exit bad || NR < 19 }' "$work/csv" ||
        { cat "$work/csv"; return 1; }
}
pulled_for() { awk -F, '$1 == "object-detect" && $6 == "pull" { print $8 }' "$work/csv"; }

trap '[ -z "${cold_node:-}" ] || k uncordon "$cold_node" >/dev/null; k label node "${nodes[@]}" pbtest-cold- >/dev/null 2>&1; cluster_finish' EXIT
new_space cold
k label node "${nodes[@]}" pbtest-cold=$$ >/dev/null
expect "the image of the media things is in the registry" push_thing
expect "and one with $megabytes MB more in eight layers" grow_image patchbay/thing 1 "$heavy" "$megabytes" 8
[ "$failed" = 0 ] || { close_tests; exit; }
sed "s/image: patchbay.thing:1/image: patchbay\/thing:$heavy/" "$abs_top_srcdir/assets/catalog/people-detector.yaml" \
    >"$XDG_CONFIG_HOME/patchbay/catalog/people-detector.yaml"
sed "s/namespace: media/namespace: $space/; s/^\( *\)gpu: {count: 1}/&\n\1nodeSelector: {pbtest-cold: \"$$\"}/" \
    "$abs_top_srcdir/assets/graphs/lobby.yaml" >"$graph"

expect "cold: lobby is deployed and gives results" deploy cold
echo "    $(shows cold '^up after')"
expect "the waterfall adds up to the wall time" adds_up cold
expect "and its steps to it" path_adds_up cold
expect "what was waited for is the pull" shows cold '^up after .*object-detect: .*pull'
expect "each phase has a time, what it is worth and where it is known from" every_phase_has_a_source
pull=$(pulled_for)
cold_node=$(awk -F, '$1 == "object-detect" { print $3; exit }' "$work/csv")

expect "its image is pulled where it was not yet" says "patchbay/thing:$heavy pulled in" "$patchbay" warm "$graph" --timeout 20m
k cordon "$cold_node" >/dev/null
sed -i 's/gpu: {count: 1}/&\n      params: {fps: 4}/' "$graph"
expect "warm: the analyser is deployed anew where its image was pulled before" deploy again
echo "    $(shows again '^up after')"
expect "the waterfall adds up to the wall time" adds_up again
# the node may not say yet that it has the image
expect "from the first it was known about how long it would take" grep -E 'lobby: up (in about [0-9]+s(, pulling)?|any moment), as [0-9]+ pods? took before' "$work/again.notes"
expect "nothing was pulled" shows again '^object-detect .* present '
up_in_time() { echo "$(number "$1" up)" | awk '{ exit !($1 > 0 && $1 <= 10) }' || { cat "$work/$1"; return 1; }; }
expect "and its first result is there within 10 s" up_in_time again
expect "beside the cold one" "$patchbay" timing "$space/lobby" --compare 1
cp "$work/out" "$work/compared"

expect "it is taken away" "$patchbay" delete "$space/lobby" --yes
expect "and all of it deployed where it is warm" deploy warm
k uncordon "$cold_node" >/dev/null
echo "    $(shows warm '^up after')"
expect "the waterfall adds up to the wall time" adds_up warm
expect "the last first result is there within 10 s" up_in_time warm
echo "    cold: object-detect's image, $megabytes MB more, was pulled in $pull s, and lobby was up after $(number cold up) s"
echo "    warm: lobby was up after $(number warm up) s, object-detect alone after $(number again up) s; the paper's, of 3400 MB: after 180 s"
[ -z "${COLD_KEEP:-}" ] || cp "$work"/{cold,again,warm,again.notes,compared} "$COLD_KEEP"/
expect "delete takes all of it away" "$patchbay" delete "$space/lobby" --yes
close_tests
