#!/bin/sh
# The program of the installed gateway, with the configuration and the environment of its service.
: "${ENVIGATE_CONFIG:=/etc/envigate/envigate.yaml}"
export ENVIGATE_CONFIG
settings=/etc/envigate/environment
if [ -r "$settings" ]; then
  # As systemd reads it: NAME=value or NAME="value", nothing is run. What is set already stays.
  while IFS= read -r line || [ -n "$line" ]; do
    name=${line%%=*}
    case $line in [A-Z]*=*) ;; *) continue ;; esac
    case $name in *[!A-Z0-9_]*) continue ;; esac
    if printenv "$name" >/dev/null; then continue; fi
    value=${line#*=}
    case $value in \"*\") value=${value#\"} value=${value%\"} ;; esac
    export "$name=$value"
  done <"$settings"
fi
exec /usr/lib/envigate/bin/node /usr/lib/envigate/services/cli/bin/envigate.js "$@"
