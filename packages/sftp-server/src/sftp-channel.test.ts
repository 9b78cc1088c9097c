import { expect, test } from '@jest/globals';
import { Telemetry, silentLogger } from '@envigate/runtime';
import { status } from './protocol.ts';
import type { SftpChannel } from './sftp-channel.ts';
import { events, type SftpEmit } from './telemetry.ts';
import { FakeTree } from './testing/fake-hall.ts';
import { openLoneChannel } from './testing/fuzz/lone-channel.ts';
import { packet, string, type, uint32, uint64 } from './testing/fuzz/packets.ts';
import { Ssh2Channel } from './testing/fuzz/ssh2-channel.ts';

const statusReply = 101;

/** A channel behind ssh2's parser, its greeting done. */
function openChannel() {
  const tree = new FakeTree('tram01');
  const emitted: string[] = [];
  const emitter = new Telemetry().emitter(events, silentLogger());
  const emit: SftpEmit = (name, payload) => {
    emitted.push(name);
    emitter(name, payload);
  };
  const wire = new Ssh2Channel(2 ** 30);
  const { channel, held } = openLoneChannel(tree, wire, emit);
  wire.receive(packet(type.init, uint32(3)));
  wire.sent.length = 0;
  return { tree, emitted, wire, channel, held };
}

async function atRest(channel: SftpChannel): Promise<void> {
  while (channel.working) await new Promise(setImmediate);
}

/** A string that says that it is longer than the packet. */
const cut = Buffer.concat([uint32(0x7fffffff), Buffer.from('/a')]);

test.each([
  // What follows the cut path reads as no attributes, or as an empty path: ssh2 finds nothing amiss.
  ['OPEN', packet(type.open, uint32(7), cut, uint32(0), uint32(0))],
  ['MKDIR', packet(type.mkdir, uint32(7), uint32(0x0100_0000), uint32(0))],
  ['SETSTAT', packet(type.setstat, uint32(7), uint32(0x0100_0000), uint32(0))],
  ['RENAME', packet(type.rename, uint32(7), uint32(0x0100_0000), string('/b'))],
])('%s with a path that is cut is malformed, and no fault of ours', async (_name, request) => {
  const { wire, channel, emitted } = openChannel();
  wire.receive(request);
  await atRest(channel);
  const [reply] = wire.sent;
  expect(reply?.[4]).toBe(statusReply);
  expect(reply?.readUInt32BE(5)).toBe(7);
  expect(reply?.readUInt32BE(9)).toBe(status.badMessage);
  expect(emitted).not.toContain('request-failed');
});

test('what comes behind a malformed packet has no effect', async () => {
  const { wire, channel, tree, held } = openChannel();
  wire.receive(packet(type.open, uint32(1), string('/a.txt'), uint32(0x1a), uint32(0)));
  await atRest(channel);
  wire.receive(packet(99));
  await channel.ended;
  const handle = string(uint32(0));
  wire.receive(packet(type.write, uint32(2), handle, uint64(0n), string('pH\t7.1\r\n')));
  wire.receive(packet(type.open, uint32(3), string('/b.txt'), uint32(0x1a), uint32(0)));
  wire.receive(packet(type.close, uint32(4), handle));
  expect([channel.busy, held(), wire.closed]).toEqual([false, 0, true]);
  expect(tree.commits).toEqual([]);
  expect(tree.aborts).toMatchObject([{ path: '/a.txt' }]);
  expect(tree.uploadsOpen).toBe(0);
});

test('every request counts until it is answered, and its data beside it', async () => {
  const { wire, channel, tree, held } = openChannel();
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => (open = resolve));
  tree.before = () => gate;
  for (const id of [1, 2, 3])
    wire.receive(
      packet(type.open, uint32(id), string(`/${String(id)}.txt`), uint32(0x1a), uint32(0)),
    );
  expect(held()).toBe(3 * 512);
  open();
  await atRest(channel);
  expect(held()).toBe(0);
  tree.before = () => new Promise(() => undefined);
  wire.receive(packet(type.write, uint32(4), string(uint32(0)), uint64(0n), string('pH\t7.1\r\n')));
  expect(held()).toBe(512 + 8);
});
