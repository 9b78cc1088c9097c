#!/bin/sh
# Installs exactly what the lock file names; says what helps where npm's own advice does not.
npm ci --no-audit --no-fund --loglevel=error && exit
status=$?
cache=$(npm config get cache)
folder=$cache
while [ ! -e "$folder" ]; do folder=$(dirname "$folder"); done
if [ ! -w "$folder" ]; then
  echo "npm cannot write to its cache $cache; put it elsewhere: npm_config_cache=${TMPDIR:-/tmp}/npm-cache make run" >&2
fi
exit $status
