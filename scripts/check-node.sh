#!/bin/sh
# Refuses in one line a Node.js that package.json's engines do not allow, and a missing node or npm.
# POSIX sh: it must run where Node.js is missing or too old to run any program of ours.
set -u
package=$(dirname "$0")/../package.json
# Alternatives such as ^20.19.0 (from there on within 20) and >=24.0.0 (from there on).
alternatives=$(sed -n 's/^ *"node": "\([^"]*\)".*/\1/p' "$package" | sed 's/|| //g')
advice="Debian 12's own is too old; README.md says how to get one"

refuse() {
  echo "Envigate needs $1" >&2
  exit 1
}

# For people: 20.19+ or 24+.
wanted=
for alternative in $alternatives; do
  from=$(echo "$alternative" | sed 's/[^0-9.]//g; s/\.0$//; s/\.0$//')
  wanted="${wanted:+$wanted or }$from+"
done

# Whether an alternative, as operator and three numbers, allows a version of three numbers.
allows() {
  if [ "$5" -ne "$2" ]; then
    [ "$1" = '>=' ] && [ "$5" -gt "$2" ]
  elif [ "$6" -ne "$3" ]; then
    [ "$6" -gt "$3" ]
  else
    [ "$7" -ge "$4" ]
  fi
}

node=$(command -v node) || refuse "Node.js $wanted, and there is none on the PATH: $advice"
version=$(node -v 2>&1)
case $version in
  v[0-9]*.[0-9]*.[0-9]*) ;;
  *) refuse "Node.js $wanted, and '$node -v' prints no version but '$version': $advice" ;;
esac
numbers=$(echo "$version" | sed 's/^v//; s/[-+].*//; s/\./ /g')
suitable=no
for alternative in $alternatives; do
  operator=$(echo "$alternative" | sed 's/[0-9.]//g')
  from=$(echo "$alternative" | sed 's/[^0-9.]//g; s/\./ /g')
  # Not quoted: the numbers are arguments of their own.
  if allows "$operator" $from $numbers; then suitable=yes; fi
done
[ $suitable = yes ] || refuse "Node.js $wanted, this is $version ($node): $advice"
command -v npm >/dev/null ||
  refuse "npm, and there is none on the PATH beside Node.js $version: README.md says how to get both"
