#!/bin/bash
# In the clean system: runs the commands of the Dockerfile's stages, then the image's entry point as its user with its
# environment on a root that cannot be written to; takes a file in, stops, and writes what happened to /srv/result.
#   inside-image.sh NAME=value…       (ports that are free)
# What Docker adds is missing: layers, namespaces, the base image itself, for which Node.js and the user node stand in.
set -u
output=/srv/output
exec >"$output" 2>&1

started=$(date +%s)
finish() {
  echo "$1|-|$(($(date +%s) - started))|$2" >/srv/result
  exit
}
fail() { finish no "$1"; }
dockerfile=/src/deploy/Dockerfile
# The arguments of an instruction, one a line, of a stage: build or last.
instructions() {
  sed -e ':a' -e '/\\$/N; s/\\\n *//; ta' "$dockerfile" |
    awk -v stage="$1" -v word="$2" '/^FROM/ { now = / AS build$/ ? "build" : "last" } $1 == word && now == stage' |
    sed "s/^$2 *//"
}
# ["a", "b"] as words, one a line.
words() { node -e 'for (const word of JSON.parse(process.argv[1])) console.log(word)' "$1"; }
port_of() { printf '%s\n' "${ports[@]}" | sed -n "s/^$1=//p"; }
ports=("$@")
# Whoever has its number on the base image.
usermod --login node --home /home/node lan && groupmod --new-name node lan

git clone --quiet /srv/envigate.git /src || fail 'git clone'
rm -rf /src/.git
cd "$(instructions build WORKDIR)" || fail 'no folder of the build stage'
while read -r command; do
  echo "== build: $command"
  sh -c "$command" || fail "the build stage: $command"
done < <(instructions build RUN)
read -r _ from to <<<"$(instructions last COPY)"
cp -a "$from" "$to"
while read -r command; do
  echo "== image: $command"
  sh -c "$command" </dev/null || fail "the last stage: $command"
done < <(instructions last RUN)
# Nothing of the build is in the image.
rm -rf /src/node_modules "$from"

mapfile -t environment < <(instructions last ENV | tr ' ' '\n' | grep =)
mapfile -t entry < <(words "$(instructions last ENTRYPOINT)")
mapfile -t health < <(words "$(instructions last HEALTHCHECK | sed 's/^.*CMD //')")
user=$(instructions last USER)
folder=$(instructions last WORKDIR)
data=$(instructions last VOLUME)
mkdir /image
mount --rbind / /image
mount -o remount,bind,ro /image || fail 'the root cannot be made read-only'
mount -t tmpfs -o mode=1777 tmp /image/tmp
mount --bind "$data" "/image$data"
mount -o remount,bind,rw "/image$data"
# In the container.
inside() {
  exec chroot --userspec="$user" /image env -i PATH=/usr/local/bin:/usr/bin:/bin "${environment[@]}" "${ports[@]}" \
    MINISTRY_FTP_PASSWORD=hidden MINISTRY_HTTPS_TOKEN=hidden sh -c 'cd "$1"; shift; exec "$@"' - "$folder" "$@"
}
start() {
  echo "== ${entry[*]} $*"
  inside "${entry[@]}" "$@" &
  running=$!
  local i
  for i in $(seq 120); do
    if (inside "${health[@]}"); then return; fi
    kill -0 $running 2>/dev/null || fail "$* ended"
    sleep 0.5
  done
  fail "$* is not healthy"
}
stop() {
  kill -TERM $running
  wait $running || fail "$1 ended with $?"
  if (inside "${health[@]}"); then fail "the health check of $1 passes without it"; fi
}
within_a_minute() {
  local i
  for i in $(seq 120); do
    if "$@"; then return; fi
    sleep 0.5
  done
  return 1
}

if (inside sh -c 'touch /opt/envigate/x /etc/x /x' 2>/dev/null); then fail 'the image can be written to'; fi
file=TB_CAPH_NUOSXL_20260325000000.txt
mapfile -t all < <(words "$(instructions last CMD)")
start "${all[@]}"
is_ready() {
  node -e 'fetch(process.argv[1]).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))' \
    "http://127.0.0.1:$(port_of ENVIGATE_CONSOLE_PORT)/readyz"
}
within_a_minute is_ready || fail 'not ready'
(inside envigate registry import --yes deploy/registry/catalogue.yaml deploy/examples/registry.yaml) || fail 'registry import'
(inside envigate send "deploy/examples/$file" --to "ftp://caph:demo-caph@127.0.0.1:$(port_of ENVIGATE_RECEIVER_FTP_PORT)/") ||
  fail 'the file was not taken'
is_recorded() { (inside envigate files --name $file --json) | grep -q '"stored"'; }
within_a_minute is_recorded || fail 'the file was not recorded'
stop 'run all'
# A single service answers on its operations port.
start run receiver
stop 'run receiver'
finish yes 'built, healthy, took a file on a read-only root, stopped'
