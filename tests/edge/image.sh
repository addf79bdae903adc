#!/bin/sh
# The program behind the suite's image: says who it is, counts, and ends on SIGTERM. "crash" ends at once, "deaf" does not
# listen to SIGTERM, "http" answers on its port with a page.
case ${1:-} in
crash)
    echo "about to fail"
    exit 3
    ;;
deaf)
    trap '' TERM
    ;;
*)
    trap 'echo "told to end"; exit 0' TERM
    ;;
esac
echo "hello from $POD_IP: $*"
count=0
while :; do
    count=$((count + 1))
    echo "line $count"
    sleep 1 &
    wait $!
done
