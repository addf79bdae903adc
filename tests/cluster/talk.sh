# talk: programs that a case keeps running and asks things meanwhile: tests/cluster/watcher (the dashboard on a terminal) and
# tests/cluster/mirror (what a reflector holds). Sourced by a case after lib.sh.

watcher=$abs_top_builddir/tests/cluster/watcher
mirror=$abs_top_builddir/tests/cluster/mirror
declare -A to from talker

# talk NAME COMMAND…: starts it; `ask NAME …` talks to it until `hang_up NAME`, or the test's end.
talk() {
    local name=$1 in out
    shift
    hang_up "$name"
    mkfifo "$work/$name.in" "$work/$name.out" || return 1
    exec {in}<>"$work/$name.in" {out}<>"$work/$name.out"
    to[$name]=$in from[$name]=$out
    # Not ours: a held end of its own standard input would keep it from ending with us.
    "$@" <"$work/$name.in" >"$work/$name.out" 2>"$work/$name.err" {in}>&- {out}>&- &
    talker[$name]=$!
    pids+=($!)
}

# ask NAME WORDS…: prints what is answered; when it came about is in $at (microseconds since 1970).
ask() {
    local name=$1 line
    shift
    echo "$*" >&"${to[$name]}" || return 1
    while IFS= read -r -t 1 line <&"${from[$name]}" || kill -0 "${talker[$name]}" 2>/dev/null; do
        case $line in
        "=ok "*) at=${line#=ok }; return 0 ;;
        "=no "*) echo "$name: ${line#=no }: $*"; cat "$work/$name.err"; return 1 ;;
        '') ;;
        *) printf '%s\n' "$line" ;;
        esac
    done
    echo "$name has ended before it answered: $*"
    cat "$work/$name.err"
    return 1
}

hang_up() {
    local in=${to[$1]:-} out=${from[$1]:-}
    [ -n "$in" ] || return 0
    exec {in}>&- {out}>&-
    kill "${talker[$1]}" 2>/dev/null
    wait "${talker[$1]}" 2>/dev/null
    rm -f "$work/$1.in" "$work/$1.out"
    unset "to[$1]" "from[$1]" "talker[$1]"
    return 0
}

now() { echo "${EPOCHREALTIME/[.,]/}"; }

# took SINCE BOUND WHAT: the time from SINCE to $at, in seconds on the standard output and in $figures; a failure beyond BOUND (ms).
took() {
    local ms=$(((at - $1) / 1000))
    figures+=("$3: $ms ms")
    [ $ms -le "$2" ] || { echo "$3 took $ms ms, more than $2"; return 1; }
}
figures=()
