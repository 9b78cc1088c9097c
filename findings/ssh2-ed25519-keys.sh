#!/usr/bin/env bash
# Software: ssh2 1.17.0 (npm), on Node.js 20.20.2.
# Behaviour: utils.generateKeyPairSync('ed25519') drops leading zero bytes of the public key. About one
#   pair in 200 has a public key of 31 bytes instead of 32. ssh2's own parser and OpenSSH's ssh-keygen
#   refuse both halves of such a pair. RFC 8032 and RFC 8709 give the key a fixed length of 32 bytes.
# Seen: of 3,000 pairs 14 were one byte short; utils.parseKey answered "Malformed OpenSSH public key",
#   `ssh-keygen -l -f` "is not a public key file", `ssh-keygen -y -f` "error in libcrypto".
# Why it matters: host keys and keys of loggers that are made with this call fail at one installation in
#   200, and a test that makes a pair for each run fails now and then without a change. Make the pair with
#   node:crypto or ssh-keygen, or check the length and make another.
# Prints what it saw; fails where no short key is found any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --ignore-scripts --no-audit --no-fund --loglevel=error ssh2@1.17.0 >/dev/null
cat >look.cjs <<'EOF'
const { utils } = require('ssh2');
const pairs = 3000;
// Type name and key, each with its length: 4 + 11 + 4 + 32 bytes.
const expectedBytes = 51;
const short = [];
for (let n = 0; n < pairs; n += 1) {
  const pair = utils.generateKeyPairSync('ed25519');
  const bytes = Buffer.from(pair.public.split(' ')[1], 'base64').length;
  if (bytes !== expectedBytes) short.push(pair);
}
console.log(`${short.length} of ${pairs} public keys are not ${expectedBytes} bytes long`);
if (short.length === 0) process.exit(1);
const parsed = utils.parseKey(short[0].public);
console.log(`ssh2 parses the first of them: ${parsed instanceof Error ? parsed.message : parsed.type}`);
process.exit(parsed instanceof Error ? 0 : 1);
EOF
node look.cjs
