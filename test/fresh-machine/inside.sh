#!/bin/bash
# In the clean system: clones, runs the command as the user, and writes what happened to /srv/result.
#   inside.sh USER FOLDER COMMAND delivered|refused|passed
set -u
user=$1 folder=$2 command=$3 expected=$4
output=/srv/output
declare -A limits=([delivered]=600 [refused]=60 [passed]=5000)
ready=-

now() { echo $((${EPOCHREALTIME/[.,]/} / 1000)); }
since_start() {
  local ms=$(($(now) - started))
  echo "$((ms / 1000)).$((ms % 1000 / 100))"
}
as_user() { runuser -u "$user" -- env HOME="$(getent passwd "$user" | cut -d: -f6)" "$@"; }
# Whether it went as expected, what happened, after how long.
finish() {
  echo "$1|$ready|${3:-$(since_start)}|$2" >/srv/result
  exit
}

started=$(now)
touch "$output"
as_user mkdir -p "$(dirname "$folder")"
as_user git clone --quiet /srv/envigate.git "$folder" >>"$output" 2>&1 || finish no 'git clone failed'

# A group of its own, as at a terminal: Ctrl-C reaches make and all that it runs.
set -m
as_user sh -c 'cd "$1" && eval "$2"' - "$folder" "$command" >>"$output" 2>&1 &
group=$!
while kill -0 $group 2>/dev/null; do
  if [ "$ready" = - ] && grep -q '^registry: ' "$output"; then ready=$(since_start); fi
  if [ "$expected" = delivered ] && grep -q 'delivered [1-9]' "$output"; then
    after=$(since_start)
    kill -INT -- -$group
    wait $group
    grep -q '^stopped; ' "$output" || finish no "delivered, but did not stop by Ctrl-C" "$after"
    finish yes delivered "$after"
  fi
  if [ $(($(now) - started)) -gt $((limits[$expected] * 1000)) ]; then
    kill -KILL -- -$group
    finish no "not $expected after ${limits[$expected]} s"
  fi
  sleep 0.1
done
wait $group
status=$?
last=$(grep -v '^make: ' "$output" | grep . | tail -n 1)
case $expected in
  refused)
    # One line, and make's own.
    if [ $status -ne 0 ] && [ "$(grep -vc '^make: ' "$output")" = 1 ] && [[ $last == 'Envigate needs '* ]]; then
      finish yes "status $status: $last"
    fi
    ;;
  passed)
    if [ $status -eq 0 ] && [[ $last =~ ^[0-9]+\ passed,\ 0\ failed ]]; then finish yes "$last"; fi
    ;;
esac
finish no "status $status: $last"
