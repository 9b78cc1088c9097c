#!/bin/bash
# In the clean system: installs the package, runs the command of each unit as its user, takes a file in, upgrades,
# removes, and writes what happened to /srv/result.
#   inside-package.sh PACKAGE NEWER_PACKAGE NAME=value…       (ports that are free)
set -u
package=$1 newer=$2
shift 2
output=/srv/output
exec >"$output" 2>&1

started=$(date +%s)
finish() {
  echo "$1|-|$(($(date +%s) - started))|$2" >/srv/result
  exit
}
fail() { finish no "$1"; }
as_service() { runuser -u envigate -- "$@"; }
node=/usr/lib/envigate/bin/node
# Everything but what this test and dpkg themselves keep.
files() {
  find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /srv -o -path /tmp -o -path '/var/lib/dpkg' \
    -o -path /run -o -path /var/log -o -path /var/cache -o -path /root \) -prune -o -print | sort
}

# The program of a unit, as systemd would start it: its user, folder, environment files.
start_unit() {
  local unit=$1 instance=$2 file=/usr/lib/systemd/system/$1 command user
  local -a environment words
  mapfile -t environment < <(sed -n 's/^Environment=//p' "$file" | tr ' ' '\n')
  mapfile -t -O ${#environment[@]} environment < <(grep -hE '^[A-Z]' /etc/envigate/environment)
  command=$(sed -n 's/^ExecStart=//p' "$file")
  read -ra words <<<"${command//%i/$instance}"
  cd "$(sed -n 's/^WorkingDirectory=//p' "$file")" || fail "no folder of $unit"
  echo "== $unit $instance: ${words[*]}"
  user=$(sed -n 's/^User=//p' "$file")
  # Becomes the program itself: its process is the one that is signalled.
  setpriv --reuid="$user" --regid="$user" --init-groups \
    env -i PATH=/usr/bin:/bin "${environment[@]}" "${words[@]}" &
  running=$!
}
stop_unit() {
  kill -TERM $running
  wait $running || fail "$1 ended with $?"
}
# Whether an address answers 200 within a minute.
answers() {
  local i
  for i in $(seq 120); do
    if "$node" -e 'fetch(process.argv[1]).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))' "$1"; then return; fi
    kill -0 $running 2>/dev/null || return 1
    sleep 0.5
  done
  return 1
}
file=TB_CAPH_NUOSXL_20260325000000.txt
is_recorded() { as_service envigate files --name $file --json | grep -q '"stored"'; }
port_of() { sed -n "s/^$1=//p" /etc/envigate/environment; }

files >/srv/before
dpkg -i "$package" || fail 'dpkg -i failed'
[ "$(stat -c %U:%a /var/lib/envigate)" = envigate:750 ] || fail 'the folder of the data is open to others'
[ "$(stat -c %U:%G:%a /etc/envigate/environment)" = root:envigate:640 ] || fail 'secrets can be read by others'
if as_service test -w /usr/lib/envigate; then fail 'the service may write its own program'; fi
printf '%s\n' "$@" >>/etc/envigate/environment

as_service envigate migrate || fail 'envigate migrate'
as_service envigate registry import --yes /usr/lib/envigate/deploy/registry/catalogue.yaml \
  /usr/lib/envigate/deploy/examples/registry.yaml || fail 'envigate registry import'
as_service envigate doctor
# The folder of a chroot may lie in memory; targets of the example do not exist.
as_service envigate doctor --json | grep '"fault"' | grep -vE '"(disk.sync|target\.[a-z-]+)"' && fail 'doctor has a fault'

start_unit envigate.service all
answers "http://127.0.0.1:$(port_of ENVIGATE_CONSOLE_PORT)/readyz" || fail 'envigate.service is not ready'
as_service envigate send /usr/lib/envigate/deploy/examples/$file \
  --to "ftp://caph:demo-caph@127.0.0.1:$(port_of ENVIGATE_RECEIVER_FTP_PORT)/" || fail 'the file was not taken'
for _ in $(seq 60); do
  if is_recorded; then break; fi
  sleep 0.5
done
is_recorded || fail 'the file was not recorded'
stop_unit envigate.service

# A process for each service, beside the database of its own unit.
start_unit envigate-database.service ''
database=$running
sleep 3
for service in receiver normaliser recorder gap-detector assessor notifier forwarder console; do
  start_unit envigate@.service "$service"
  port=ENVIGATE_OPERATIONS_PORT
  [ $service = console ] && port=ENVIGATE_CONSOLE_PORT
  answers "http://127.0.0.1:$(port_of $port)/readyz" || fail "envigate@$service is not ready"
  stop_unit "envigate@$service"
done
running=$database
stop_unit envigate-database.service

echo '# mine' >>/etc/envigate/envigate.yaml
dpkg -i "$newer" || fail 'the upgrade failed'
grep -q '^# mine' /etc/envigate/envigate.yaml || fail 'the upgrade changed the configuration'
as_service envigate migrate || fail 'envigate migrate after the upgrade'
as_service envigate audit || fail 'envigate audit after the upgrade'
is_recorded || fail 'the file is gone after the upgrade'

dpkg -r envigate || fail 'dpkg -r failed'
[ -e /etc/envigate/environment ] || fail 'removing took the configuration'
dpkg -P envigate || fail 'dpkg -P failed'
left=$(files | comm -13 /srv/before - | grep -vE '^/var/lib/envigate(/|$)|^/etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$')
[ -z "$left" ] || fail "left behind: $(echo "$left" | head -n 5 | tr '\n' ' ')"
[ -d /var/lib/envigate/spool ] || fail 'the data are gone'
finish yes 'installed, ran, upgraded, removed; the data stay'
