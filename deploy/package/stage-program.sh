#!/bin/bash
# Puts the program into a folder as the Debian package and the image have it: compiled, with its libraries and guides,
# without Node.js and tests.
#   deploy/package/stage-program.sh DIR        from a checkout that is built (make build); needs the npm registry
set -euo pipefail
repository=$(cd "$(dirname "$0")/../.." && pwd)
to=$1
[ -e "$repository/services/cli/dist/main.js" ] || { echo 'stage-program: build it first: make build' >&2; exit 1; }

mkdir -p "$to"
cd "$repository"
# npm wants to see every workspace; the tests' own goes again afterwards.
cp package.json package-lock.json "$to/"
for folder in packages/* services/* test/support; do
  if [ -e "$folder/package.json" ]; then install -D -m 644 "$folder/package.json" "$to/$folder/package.json"; fi
done
(cd "$to" && npm ci --omit=dev --no-audit --no-fund --loglevel=error >&2)
rm -rf "$to/test" "$to/node_modules/@envigate/test-support" "$to/package-lock.json"
for folder in packages/* services/*; do
  for part in dist migrations bin; do
    if [ -d "$folder/$part" ]; then cp -a "$folder/$part" "$to/$folder/"; fi
  done
done
find "$to/packages" "$to/services" \( -name '*.d.ts' -o -name '*.map' -o -name '*.tsbuildinfo' \) -delete
mkdir -p "$to/docs" "$to/deploy/image"
cp -a docs/operators docs/reference "$to/docs/"
cp -a deploy/registry deploy/examples deploy/prometheus deploy/alertmanager deploy/grafana "$to/deploy/"
install -m 644 deploy/image/health.mjs "$to/deploy/image/"
