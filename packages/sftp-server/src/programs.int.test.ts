import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Client, ClientChannel } from 'ssh2';
import { useBench } from './testing/bench.ts';
import { close, create, open, write } from './testing/raw-requests.ts';

// What clients ask for beside SFTP. Each must be answered: some clients wait for ever otherwise.

const bench = useBench();
let ssh: Client;

beforeEach(async () => {
  await bench.start();
  ({ ssh } = await bench.connectRaw());
});

type Done = (error: Error | undefined, channel: ClientChannel) => void;

/** How a program ends: all of it may come together with the answer to the request. */
function run(begin: (done: Done) => void, input = ''): Promise<{ code: unknown; stderr: string }> {
  return new Promise((resolve, reject) =>
    begin((error, channel) => {
      if (error !== undefined) {
        reject(error);
        return;
      }
      let stderr = '';
      let code: unknown;
      channel.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
      channel.once('exit', (status: unknown) => (code = status));
      channel.once('close', () => resolve({ code, stderr }));
      channel.resume();
      channel.end(input);
    }),
  );
}

/** RFC 4254 5.1. */
const administrativelyProhibited = 1;

const refusal = {
  code: 1,
  stderr: 'This server takes files by SFTP only; use sftp, or scp without -O.\n',
};

test.each<[string, (done: Done) => void]>([
  ['a command', (done) => ssh.exec('scp -t /reading.txt', done)],
  ['a shell', (done) => ssh.shell(false, done)],
  ['another subsystem', (done) => ssh.subsys('netconf', done)],
])('%s fails at once, in words', async (_what, begin) => {
  expect(await run(begin)).toEqual(refusal);
});

test('a program takes what its client sends to it, and the next one fails as well', async () => {
  for (let round = 0; round < 20; round += 1) {
    const sent = run((done) => ssh.exec('cat > /reading.txt', done), 'x'.repeat(100_000));
    expect(await sent).toEqual(refusal);
  }
  expect(bench.hall.tree('tram01').files.size).toBe(0);
});

test('the requests are counted by kind', async () => {
  await run((done) => ssh.exec('ls', done));
  await run((done) => ssh.exec('id', done));
  await run((done) => ssh.shell(false, done));
  const metrics = await bench.metrics();
  expect(metrics).toContain('envigate_sftp_programs_refused_total{request="exec"} 2');
  expect(metrics).toContain('envigate_sftp_programs_refused_total{request="shell"} 1');
});

describe('is refused', () => {
  test('a terminal', async () => {
    await expect(run((done) => ssh.shell(done))).rejects.toThrow(/terminal/i);
  });

  test('X11', async () => {
    await expect(run((done) => ssh.exec('ls', { x11: true }, done))).rejects.toThrow(/X11/);
  });

  test('a forwarded port, both ways', async () => {
    await expect(
      run((done) => ssh.forwardOut('127.0.0.1', 1234, '127.0.0.1', 5432, done)),
    ).rejects.toMatchObject({ reason: administrativelyProhibited });
    const forwardIn = new Promise((resolve, reject) =>
      ssh.forwardIn('127.0.0.1', 0, (error, port) => (error ? reject(error) : resolve(port))),
    );
    await expect(forwardIn).rejects.toThrow(/Unable to bind/);
  });

  test('an environment variable, and the program is answered all the same', async () => {
    const env = { LANG: 'vi_VN.UTF-8' };
    expect(await run((done) => ssh.exec('ls', { env }, done))).toEqual(refusal);
  });
});

test('SFTP on the same connection goes on', async () => {
  const { ssh: client, sftp } = await bench.connectRaw();
  const handle = await open(sftp, '/reading.txt', create);
  await run((done) => client.exec('ls', done));
  await write(sftp, handle, 'pH 7.2\n', 0);
  await close(sftp, handle);
  expect(bench.hall.tree('tram01').files.get('/reading.txt')?.toString()).toBe('pH 7.2\n');
});

/** How ssh2's client asks for a terminal, which it never does on a channel that is in use. */
interface ClientInternals {
  readonly _protocol: {
    pty(
      channel: number,
      rows: number,
      columns: number,
      h: number,
      w: number,
      term: string,
      modes: null,
      wantsReply: boolean,
    ): void;
  };
}

test('what is asked for on a channel that is in use is refused, not left without an answer', async () => {
  const { ssh: client, sftp } = await bench.connectRaw();
  const { _callbacks: callbacks, outgoing } = sftp as unknown as {
    _callbacks: ((refused: boolean) => void)[];
    outgoing: { id: number };
  };
  const answer = new Promise<boolean>((resolve) => callbacks.push(resolve));
  (client as unknown as ClientInternals)._protocol.pty(
    outgoing.id,
    24,
    80,
    0,
    0,
    'vt100',
    null,
    true,
  );
  expect(await answer).toBe(true);
  const handle = await open(sftp, '/reading.txt', create);
  await close(sftp, handle);
});
