#!/bin/bash
# Installs the gateway from a built checkout, as the Debian package does; or takes it away again.
#   deploy/systemd/install.sh             again after `git pull && make build`: an upgrade
#   deploy/systemd/install.sh --remove    program, units and configuration; the data in /var/lib/envigate stay
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
package=$here/../package
[ "$(id -u)" = 0 ] || { echo 'install: run this as root' >&2; exit 1; }
if dpkg -s envigate >/dev/null 2>&1; then
  echo 'install: the Debian package is installed; upgrade or remove that: apt-get install ./envigate_….deb, apt-get remove envigate' >&2
  exit 1
fi

if [ "${1:-}" = --remove ]; then
  sh "$package/prerm" remove
  rm -rf /usr/lib/envigate /usr/bin/envigate /usr/lib/systemd/system/envigate{,@,-database,-backup}.service /usr/lib/systemd/system/envigate-backup.timer
  sh "$package/postrm" purge
  exit
fi

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
"$package/stage.sh" "$root"
# What runs keeps its files until it is restarted: the new program comes in one step.
rm -rf /usr/lib/envigate.new
cp -a "$root/usr/lib/envigate" /usr/lib/envigate.new
chown -R root:root /usr/lib/envigate.new
rm -rf /usr/lib/envigate.old
if [ -d /usr/lib/envigate ]; then mv /usr/lib/envigate /usr/lib/envigate.old; fi
mv /usr/lib/envigate.new /usr/lib/envigate
install -m 755 "$root/usr/bin/envigate" /usr/bin/envigate
install -D -m 644 -t /usr/lib/systemd/system "$root"/usr/lib/systemd/system/*
install -d -m 750 /etc/envigate
for name in envigate.yaml environment; do
  # Yours stays; the new default is beside it.
  if [ -e "/etc/envigate/$name" ]; then install -m 640 "$root/etc/envigate/$name" "/etc/envigate/$name.new"
  else install -m 640 "$root/etc/envigate/$name" "/etc/envigate/$name"; fi
done
sh "$package/postinst" configure
rm -rf /usr/lib/envigate.old
