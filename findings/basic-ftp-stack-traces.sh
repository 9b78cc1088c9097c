#!/usr/bin/env bash
# Software: basic-ftp 6.2.6 (npm) on Node.js 20.20.2.
# Behaviour: for every command that is sent the client writes out a complete stack trace
#   (`FTPContext.handle` reads `new Error().stack`), which is only ever shown where the connection
#   breaks while that command waits for its answer. Without verbose mode too, and with no setting against it.
# Seen: 20,000 NOOP commands to a server of ten lines in the same process: 37 to 54 microseconds of
#   processor time each, and 24 to 29 with Error.stackTraceLimit = 0, from a caller eight functions deep.
#   With a program's own functions and source maps above it the difference is several times that.
# Why it matters: an upload of a small file is five or six commands. A forwarder of files of 320 bytes
#   spent a fifth of its processor time on traces that nobody reads. Setting the limit to 0 for the
#   synchronous moment of the call avoids it, and leaves traces of real errors as they are.
# Prints what it saw; fails where commands no longer cost a trace.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --ignore-scripts --no-audit --no-fund --loglevel=error basic-ftp@6.2.6 >/dev/null
cat >noops.mjs <<'JS'
import { createServer } from 'node:net';
import { Client } from 'basic-ftp';

const server = createServer((socket) => {
  socket.setNoDelay();
  socket.write('220 ready\r\n');
  socket.on('data', () => socket.write('200 ok\r\n'));
}).listen(0, '127.0.0.1');
await new Promise((resolve) => server.once('listening', resolve));
const client = new Client();
await client.connect('127.0.0.1', server.address().port);

/** What the client keeps for a command that waits for its answer. */
let kept;
const pending = client.send('NOOP');
kept = client.ftp._task?.stack;
await pending;
console.log(`kept for one NOOP: ${kept?.split('\n').length} lines, the first: ${kept?.split('\n')[0]}`);

const deep = (depth, work) => (depth === 0 ? work() : deep(depth - 1, work));
async function microsecondsEach(limit) {
  Error.stackTraceLimit = limit;
  const before = process.cpuUsage();
  for (let n = 0; n < 20_000; n++) await deep(8, () => client.send('NOOP'));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 20_000;
}
await microsecondsEach(10); // warm
const rounds = [];
for (let round = 0; round < 3; round++) {
  const [usual, none] = [await microsecondsEach(10), await microsecondsEach(0)];
  rounds.push(usual / none);
  console.log(`a command: ${usual.toFixed(1)} us of processor, ${none.toFixed(1)} us without traces`);
}
client.close();
server.close();
const median = rounds.sort((a, b) => a - b)[1];
if (!(kept?.split('\n').length > 3) || median < 1.1) {
  console.error(`no trace is kept any more, or it costs nothing: ${median.toFixed(2)} times`);
  process.exit(1);
}
console.log(`as described: ${median.toFixed(2)} times the processor time`);
JS
node noops.mjs
