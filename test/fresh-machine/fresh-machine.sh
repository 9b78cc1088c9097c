#!/bin/bash
# What a newcomer meets on a machine with nothing of ours: a clean Debian 12 for each case, a clone, one command.
#   test/fresh-machine/fresh-machine.sh [case …]       without cases: every one of `make run`
# Run as root. Prints a table; exit status 1 where a case went otherwise than it should.
# The clone is of what is committed. FRESH_MACHINE_BASE=DIR keeps the clean system there for the next time;
# FRESH_MACHINE_PACKAGE=FILE is the package to install, instead of one of the working tree.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
repository=$(cd "$here/../.." && pwd)
run_cases='root user node20 node22 node24 node18 no-node no-npm'

# Case: Node.js, user, folder of the clone, command, what is expected.
describe() {
  case $1 in
    root) echo '24 root /root/envigate|make run|delivered' ;;
    user) echo '24 lan /home/lan/my code/envigate|make run|delivered' ;;
    node18) echo '18 lan /home/lan/envigate|make run|refused' ;;
    # Any version, as node-20.19.0; or the newest of a major version.
    node-* | node[0-9]*) echo "$(echo "${1#node}" | tr -d '-') lan /home/lan/envigate|make run|delivered" ;;
    no-node) echo 'none lan /home/lan/envigate|make run|refused' ;;
    no-npm) echo '24-without-npm lan /home/lan/envigate|make run|refused' ;;
    test) echo '24 root /root/envigate|make test|passed' ;;
    test-ci) echo '24 root /root/envigate|CI=true make test|passed' ;;
    # Of the working tree, which must be built.
    package) echo 'none root /|dpkg -i|installed' ;;
    # What the Dockerfile does, without Docker.
    image) echo "$(sed -n 's/^FROM node:\([0-9.]*\)-.* AS build$/\1/p' "$repository/deploy/Dockerfile") root /src|docker build|built" ;;
    *) return 1 ;;
  esac
}

usage() {
  sed -n '2,6s/^# //p' "$0"
  echo "cases: $run_cases node-VERSION test test-ci package image"
}

say() { echo "$(date +%T) $*" >&2; }

# The clean system, with what a README may take for granted.
make_base() {
  base=${FRESH_MACHINE_BASE:-$work/base}
  if [ -e "$base/.complete" ]; then return; fi
  command -v debootstrap >/dev/null || apt-get install -y -qq debootstrap >/dev/null
  say "making a clean Debian 12 in $base"
  mirror=$(sed -n 's/^URIs: *\(.*debian\)$/\1/p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1)
  debootstrap --variant=minbase --include=git,make,ca-certificates bookworm "$base" "${mirror:-http://deb.debian.org/debian}" >"$work/debootstrap.log" ||
    { tail -n 5 "$work/debootstrap.log" >&2; exit 2; }
  chroot "$base" useradd --create-home --shell /bin/bash lan
  # How this machine reaches package registries holds for the clean one too.
  cp /etc/resolv.conf /etc/hosts "$base/etc/"
  # Java makes a store of its own of them when it is installed.
  cp /usr/local/share/ca-certificates/*.crt "$base/usr/local/share/ca-certificates/" 2>/dev/null || true
  chroot "$base" update-ca-certificates >/dev/null
  grep -lE '^ *Acquire' /etc/apt/apt.conf.d/* | xargs -r cp -t "$base/etc/apt/apt.conf.d"
  if [ -e /etc/apt/sources.list.d/debian.sources ]; then
    rm -f "$base/etc/apt/sources.list"
    cp /etc/apt/sources.list.d/debian.sources "$base/etc/apt/sources.list.d/"
  fi
  if [ -e ~/.m2/settings.xml ]; then install -D ~/.m2/settings.xml "$base/root/.m2/settings.xml"; fi
  # Services of packages are not started: nothing here would end them.
  printf '#!/bin/sh\nexit 101\n' >"$base/usr/sbin/policy-rc.d"
  chmod +x "$base/usr/sbin/policy-rc.d"
  touch "$base/.complete"
}

# Node.js from the npm registry, with the npm that its releases bring.
install_node() {
  local version=${1%-without-npm} root=$2 npm=10
  [ "$version" = none ] && return
  case $version in 18*) npm=9 ;; 20* | 22*) ;; *) npm=11 ;; esac
  local arch=x64 from="$work/nodes/$version"
  if [ "$(uname -m)" = aarch64 ]; then arch=arm64; fi
  if [ ! -d "$from" ]; then
    npm install --silent --no-save --ignore-scripts --engine-strict=false --prefix "$from" "node-linux-$arch@$version" "npm@$npm" >&2
  fi
  cp -a "$from" "$root/opt/node"
  ln -s "/opt/node/node_modules/node-linux-$arch/bin/node" "$root/usr/local/bin/node"
  case $1 in *-without-npm) return ;; esac
  ln -s /opt/node/node_modules/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  ln -s /opt/node/node_modules/npm/bin/npx-cli.js "$root/usr/local/bin/npx"
}

# Settings of this environment that name registries, proxies and certificates, and free ports: the
# clean machine shares this one's network. Tests find ports by themselves.
settings() {
  env | grep -E '^(https?_proxy|no_proxy|HTTPS?_PROXY|NO_PROXY|NODE_EXTRA_CA_CERTS|SSL_CERT_FILE|GIT_SSL_CAINFO|LANG)=' || true
  local key value
  for key in registry cafile proxy https-proxy noproxy strict-ssl; do
    value=$(cd / && npm config get "$key" 2>/dev/null || true)
    case $value in '' | null | undefined) ;; *) echo "npm_config_${key//-/_}=$value" ;; esac
  done
  [ "$1" = 'make run' ] || return 0
  ports
}

ports() {
  local key
  for key in ENVIGATE_RECEIVER_FTP_PORT ENVIGATE_RECEIVER_SFTP_PORT ENVIGATE_CONSOLE_PORT \
    ENVIGATE_DATABASE_EMBEDDED_PORT ENVIGATE_OPERATIONS_PORT MINISTRY_FTP_PORT MINISTRY_HTTPS_PORT \
    MAIL_SMTP_PORT MAIL_PAGE_PORT; do
    echo "$key=$(free_port)"
  done
}

free_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 12000))
    # Nobody answers.
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
  done
  echo $port
}

# The package, and the same as a newer version.
build_packages() {
  local to=$1 tree="$work/package" version
  if [ -n "${FRESH_MACHINE_PACKAGE:-}" ]; then cp "$FRESH_MACHINE_PACKAGE" "$to/envigate.deb"
  else mv "$("$repository/deploy/package/build-deb.sh" "$work")" "$to/envigate.deb"; fi
  dpkg-deb -R "$to/envigate.deb" "$tree"
  version=$(sed -n 's/^Version: //p' "$tree/DEBIAN/control")
  sed -i "s/^Version: .*/Version: $version+newer/" "$tree/DEBIAN/control"
  dpkg-deb --root-owner-group -Zgzip -z1 --build "$tree" "$to/newer.deb" >&2
  rm -rf "$tree"
}

# Runs one case; its result is a line of the table.
run_case() {
  local name=$1 node user folder command expected root="$work/roots/$1"
  IFS='|' read -r where command expected <<<"$(describe "$name")"
  read -r node user folder <<<"$where"
  say "$name: $command as $user in $folder, Node.js $node"
  cp -a "$base" "$root"
  install_node "$node" "$root"
  git clone --quiet --bare "$repository" "$root/srv/envigate.git"
  chroot "$root" chown -R "$user" /srv/envigate.git
  cp "$here"/inside*.sh "$root/srv/"
  local -a environment inside=(inside.sh "$user" "$folder" "$command" "$expected")
  mapfile -t environment < <(settings "$command")
  if [ "$expected" = installed ]; then
    build_packages "$root/srv"
    mapfile -t inside < <(ports)
    inside=(inside-package.sh /srv/envigate.deb /srv/newer.deb "${inside[@]}")
  elif [ "$expected" = built ]; then
    mapfile -t inside < <(ports)
    inside=(inside-image.sh "${inside[@]}")
  fi
  # Mounts and processes live in namespaces of their own and end with them, however that happens.
  unshare --mount --pid --fork --kill-child --propagation private /bin/bash -euc '
    root=$1; shift
    mount -t proc proc "$root/proc"
    mkdir -p "$root/dev/shm" "$root/dev/pts"
    mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
    mount -t devpts -o ptmxmode=666 devpts "$root/dev/pts"
    exec chroot "$root" "$@"' - "$root" \
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb "${environment[@]}" \
    bash "/srv/${inside[0]}" "${inside[@]:1}" </dev/null || true
  local ok result
  result=$(cat "$root/srv/result" 2>/dev/null || echo 'no|-|-|the case itself failed')
  echo "$name|$node|$user|$folder|$command|$result" >>"$work/table"
  ok=${result%%|*}
  if [ "$ok" != yes ]; then
    failed=1
    local kept="/tmp/fresh-machine-$name.log"
    cp "$root/srv/output" "$kept" || true
    say "$name went otherwise than expected ($expected); its output is kept in $kept, its end and its failed tests:"
    tail -n 30 "$kept" >&2 || true
    grep -E '^ *● ' "$kept" | sort -u >&2 || true
  fi
  rm -rf "$root"
}

if [ "${1:-}" = --help ]; then
  usage
  exit 0
fi
[ "$(id -u)" = 0 ] || { echo 'must run as root: it makes and enters clean systems' >&2; exit 2; }
cases=${*:-$run_cases}
for name in $cases; do describe "$name" >/dev/null || { usage >&2; exit 2; }; done
work=$(mktemp -d /var/tmp/envigate-fresh-machine-XXXXXX)
mkdir "$work/roots"
chmod 755 "$work" "$work/roots"
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
failed=0
make_base
for name in $cases; do run_case "$name"; done
printf 'case|Node.js|user|folder|command|as expected|s to ready|s to the end|what happened\n' | cat - "$work/table" |
  column -t -s '|'
exit $failed
