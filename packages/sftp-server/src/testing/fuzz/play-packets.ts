import type { SftpEmit } from '../../telemetry.ts';
import { FakeTree } from '../fake-hall.ts';
import type { PacketScript, Random } from './generate-packets.ts';
import { openLoneChannel } from './lone-channel.ts';
import { Ssh2Channel } from './ssh2-channel.ts';

/** Enough for whatever has nothing left to wait for; a session that needs more hangs. */
const maxTurns = 20_000;
const replyTypes = { version: 2, status: 101, handle: 102, name: 104, attributes: 105 } as const;
const extendedReply = 201;

/** Plays a client against the parser, the channel and the session. What is wrong, in words. */
export async function playPackets(
  { segments, requests }: PacketScript,
  emit: SftpEmit,
  random: Random,
): Promise<readonly string[]> {
  const faults: string[] = [];
  const tree = new FakeTree('tram01');
  tree.before = (_step, path) => {
    if (!isProperPath(path)) faults.push(`the hall got ${JSON.stringify(path)}`);
    return Promise.resolve();
  };
  const isNarrow = random() < 0.1;
  const wire = new Ssh2Channel(isNarrow ? Math.floor(random() * 100) : 2 ** 30);
  const { channel, held } = openLoneChannel(tree, wire, emit);
  let isEnded = false;
  void channel.ended.then(() => (isEnded = true));

  for (const segment of segments) {
    try {
      wire.receive(segment);
    } catch (error) {
      // ssh2 gives up a connection that it cannot read; our handlers must not be the reason.
      if (isOurs(error)) faults.push(`a handler threw: ${String(error)}`);
      break;
    }
    if (random() < 0.5) await turns(1);
    if (isNarrow && random() < 0.5) wire.grant(Math.floor(random() * 200));
  }
  if (requests !== undefined && !isNarrow) {
    for (let turn = 0; turn < maxTurns && channel.working; turn += 1) await turns(1);
    const replies = repliesIn(wire.sent) - 1;
    if (replies !== requests) faults.push(`${requests} requests, ${replies} replies`);
  }
  wire.finish();
  for (let turn = 0; turn < maxTurns && !isEnded; turn += 1) await turns(1);
  if (!isEnded) faults.push('the channel did not end');
  if (!wire.closed) faults.push('the channel was not closed');
  if (channel.busy) faults.push('an upload was left open');
  if (held() !== 0) faults.push(`${held()} bytes are still held`);
  if (tree.uploadsOpen > 0) faults.push('an upload was neither committed nor aborted');
  if (Number.isNaN(repliesIn(wire.sent))) faults.push('no proper packets were sent');
  return faults;
}

/** Number of packets that were sent; NaN where a packet is not a server's, or has file content. */
function repliesIn(sent: readonly Buffer[]): number {
  const bytes = Buffer.concat(sent);
  const known = new Set<number>([...Object.values(replyTypes), extendedReply]);
  let count = 0;
  for (let at = 0; at + 4 < bytes.length; count += 1) {
    const length = bytes.readUInt32BE(at);
    if (!known.has(bytes[at + 4] ?? 0)) return NaN;
    at += 4 + length;
    // The last one may wait for room.
    if (at > bytes.length) break;
  }
  return count;
}

function isOurs(error: unknown): boolean {
  const [top = ''] = (error as Error).stack?.split('\n').slice(1) ?? [];
  return top.includes('sftp-server/src');
}

/** What the port promises to halls: absolute, resolved, no NUL. */
function isProperPath(path: string): boolean {
  const names = path.split('/').slice(1);
  return (
    path === '/' || (path.startsWith('/') && names.every((name) => !/^\.{0,2}$|\0/.test(name)))
  );
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
}
