#!/bin/sh
# The backup of docs/operators/run.md, by itself: the database of DATABASE_URL while the gateway runs, or the embedded one
# while its services are stopped; with each the folder of data. Run by envigate-backup.service.
#   backup.sh DIR [KEEP]        keeps the newest KEEP backups (default 14)
set -eu
to=$1
keep=${2:-14}
data=${ENVIGATE_DATA_DIR:-/var/lib/envigate}
umask 077
mkdir -p "$to"
# One at a time: another may be under way by hand.
exec 9>"$to/.lock"
flock -n 9 || { echo "backup: another backup into $to is under way" >&2; exit 1; }
name=envigate-$(date +%Y-%m-%dT%H%M%S)
unfinished=$to/.unfinished
rm -rf "$unfinished"
mkdir "$unfinished"
stopped=
finish() {
  status=$?
  trap - EXIT INT TERM
  rm -rf "$unfinished"
  # In any case: an office without reception is worse than one without a backup.
  if [ -n "$stopped" ]; then systemctl start $stopped || status=1; fi
  exit $status
}
trap finish EXIT
trap 'exit 1' INT TERM

parent=$(dirname "$data")
folder=$(basename "$data")
if [ -n "${DATABASE_URL:-}" ]; then
  pg_dump --format=custom --file="$unfinished/database.dump" "$DATABASE_URL"
  tar --exclude="$folder/postgres" -czf "$unfinished/data.tar.gz" -C "$parent" "$folder"
  # Whether it can be read as a whole.
  pg_restore --file=/dev/null "$unfinished/database.dump"
elif [ -d "$data/postgres/cluster" ]; then
  running=$(systemctl list-units --plain --no-legend --state=active 'envigate*.service' | cut -d' ' -f1 | grep -v '^envigate-backup' || true)
  stopped=$(echo $running)
  if [ -n "$stopped" ]; then systemctl stop $stopped; fi
  tar -czf "$unfinished/data.tar.gz" -C "$parent" "$folder"
  if [ -n "$stopped" ]; then systemctl start $stopped; fi
  stopped=
else
  echo "backup: expected DATABASE_URL in /etc/envigate/environment, or an embedded database in $data/postgres; found neither" >&2
  exit 1
fi
tar -tzf "$unfinished/data.tar.gz" >/dev/null
sync -f "$unfinished"
mv "$unfinished" "$to/$name"
sync -f "$to"
echo "backup: $to/$name, $(du -sh "$to/$name" | cut -f1)"
# The oldest go only after the new one is complete.
ls -1d "$to"/envigate-????-??-??T?????? | head -n "-$keep" | while read -r old; do rm -rf "$old"; done
