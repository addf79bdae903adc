#!/bin/sh
# count: adds up what the tests themselves said, from their logs: Check's "Checks: 12, Failures: 0, Errors: 0" and our own
# "12 passed, 0 failed"; a test program that says neither counts as one case by its result.
passed=0 failed=0
for trs in $(find "${1:-.}" -name '*.trs' | sort); do
    log=${trs%.trs}.log
    result=$(sed -n 's/^:test-result: //p' "$trs" | head -1)
    line=$(grep -E '^[0-9]+%: Checks: [0-9]+, Failures: [0-9]+, Errors: [0-9]+|^[0-9]+ passed, [0-9]+ failed' "$log" |
        sed -E 's/.*Checks: ([0-9]+), Failures: ([0-9]+), Errors: ([0-9]+).*/\1 \2 \3 check/; s/^([0-9]+) passed, ([0-9]+) failed.*/\1 \2 0 own/' |
        awk '{ bad += $2 + $3; good += $4 == "check" ? $1 - $2 - $3 : $1 } END { if (NR) print good, bad }')
    if [ -n "$line" ]; then
        passed=$((passed + ${line% *}))
        failed=$((failed + ${line#* }))
        # one that said all is well and died afterwards has failed all the same
        case $result in PASS | SKIP) ;; *) [ "${line#* }" != 0 ] || failed=$((failed + 1)) ;; esac
    else
        case $result in PASS) passed=$((passed + 1)) ;; SKIP) ;; *) failed=$((failed + 1)) ;; esac
    fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
