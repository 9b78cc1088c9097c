#!/usr/bin/env bash
# Software: GNU Wget 1.21.3 (Debian 12), pyftpdlib 2.0.1 (PyPI) as the server; plain FTP and FTPS alike.
# Behaviour: to list a folder over FTP wget saves what the server sent to `.listing` in its working folder,
#   reads that file and removes it, also where the page goes to standard output (`-O -`). Several at a time
#   in one folder read each other's listing, or none: the page is empty or shows another server's files,
#   and the exit status is 0 all the same.
# Seen: 300 listings of two folders, four at a time: 54 to 85 of them empty or of the other folder, status 0 each;
#   with a working folder for each program none. Over FTPS from vsftpd 59 of 100 were empty.
# Why it matters: scripts that watch or mirror stations run a wget for each logger from one cron line. A
#   station then seems to have no new files, and nothing reports a fault. `cd` into a folder of its own helps.
# Prints what it saw; fails where listings in one folder no longer disturb each other.
set -euo pipefail
folder=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$folder"' EXIT
cd "$folder"
wget --version | head -1
python3 -m venv venv
venv/bin/pip install --quiet pyftpdlib==2.0.1
mkdir -p served/one served/two together
touch served/one/station-one.txt served/two/station-two.txt
cat >serve.py <<'PY'
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer

authorizer = DummyAuthorizer()
authorizer.add_anonymous('served')
FTPHandler.authorizer = authorizer
server = FTPServer(('127.0.0.1', 0), FTPHandler)
with open('port', 'w') as file:
    file.write(str(server.address[1]))
server.serve_forever()
PY
venv/bin/python serve.py 2>/dev/null &
server=$!
until [ -s port ]; do sleep 0.1; done
cat >list.sh <<'SH'
# list.sh ROOT PORT NUMBER together|apart: lists a folder; prints right, empty or other, and the exit status.
name=one; [ $(($3 % 2)) = 0 ] || name=two
place=$1/together
[ "$4" = together ] || { place=$1/apart-$3; mkdir "$place"; }
cd "$place"
page=$(wget --quiet --tries 1 -O - "ftp://127.0.0.1:$2/$name/" 2>/dev/null) && status=0 || status=$?
case $page in
  *station-$name*) seen=right ;;
  *station-*) seen=other ;;
  *) seen=empty ;;
esac
echo "$seen, exit status $status"
SH
for how in together apart; do
  echo "-- 300 listings, four at a time, $how"
  seq 300 | xargs -P 4 -I{} sh list.sh "$folder" "$(cat port)" {} "$how" | sort >"$how.txt"
  uniq -c "$how.txt"
done
wrong=$(grep -vc '^right' together.txt || true)
silent=$(grep -v '^right' together.txt | grep -c 'status 0' || true)
if [ "$silent" -lt 5 ] || grep -qv '^right' apart.txt; then
  echo "no longer so: $wrong wrong in one folder, $silent of them with status 0" >&2
  exit 1
fi
