#!/bin/bash
# Builds the Debian package from a checkout that is built: deploy/package/build-deb.sh [DIR]   (default: data/packages)
# VERSION=… sets another version than package.json has. The same commit gives the same bytes.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
to=${1:-$repository/data/packages}
version=${VERSION:-$(node -p "require('$repository/package.json').version")}
architecture=$(dpkg --print-architecture)
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$repository" log -1 --format=%ct)}

root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
"$here/stage.sh" "$root"
install -d -m 755 "$root/DEBIAN"
chmod 755 "$root"
install -m 755 "$here/postinst" "$here/prerm" "$here/postrm" "$root/DEBIAN/"
# A pre-release is older than its release in Debian only with a tilde.
cat >"$root/DEBIAN/control" <<TEXT
Package: envigate
Version: ${version/-/\~}
Architecture: $architecture
Maintainer: Envigate
Depends: libc6, libstdc++6, adduser
Recommends: systemd, chrony
Section: science
Priority: optional
Installed-Size: $(du -sk "$root" | cut -f1)
Description: data-ingestion gateway for automatic environmental monitoring stations
 Receives station files over FTP, FTPS and SFTP, checks and keeps them, finds
 interruptions, and delivers to the ministry. With Node.js and an embedded
 PostgreSQL of its own.
TEXT
printf '/etc/envigate/%s\n' envigate.yaml environment >"$root/DEBIAN/conffiles"
mkdir -p "$to"
file="$to/envigate_${version/-/\~}_$architecture.deb"
dpkg-deb --root-owner-group -Zxz -z6 --build "$root" "$file" >&2
echo "$file"
