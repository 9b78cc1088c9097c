import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from '@jest/globals';
import { TreeError } from '@envigate/domain';
import ssh2 from 'ssh2';
import { useBench } from './testing/bench.ts';

const bench = useBench();

/** Everything the server says to somebody who only listens. */
async function listen(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.on('error', () => undefined);
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await once(socket, 'close');
  return text;
}

describe('admission', () => {
  test('who is not admitted hears that in words, and no SSH', async () => {
    const { value } = await bench.start();
    bench.hall.admits = false;
    expect(await listen(value.port)).toBe('No connection can be taken now; try again later\r\n');
    await expect(bench.connectSftp()).rejects.toThrow();
    expect(value.sessions()).toBe(0);
    expect(bench.hall.logins).toEqual([]);
  });

  test('each connection leaves once, each session too, however they end', async () => {
    // Long enough for the logins, also on a busy machine.
    const { value } = await bench.start({ loginSeconds: 4 });
    const tree = bench.hall.tree('tram01');
    const client = await bench.connectSftp();
    const { ssh } = await bench.connectRaw();
    const silent = listen(value.port);
    while (bench.hall.admitted < 3) await new Promise(setImmediate);
    expect(tree.sessions).toBe(2);
    await client.end();
    ssh.destroy();
    await silent;
    while (value.sessions() > 0) await new Promise(setImmediate);
    expect(bench.hall.admitted).toBe(0);
    expect(tree.sessions).toBe(0);
  });

  test('a session whose login is decided after its connection has gone leaves too', async () => {
    const { value } = await bench.start();
    let decide = (): void => undefined;
    bench.hall.beforeLogin = () => new Promise((resolve) => (decide = resolve));
    const ssh = new ssh2.Client();
    ssh.on('error', () => undefined);
    ssh.connect({ ...bench.address(), password: 'p@ss' });
    while (bench.hall.logins.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    ssh.destroy();
    while (value.sessions() > 0) await new Promise(setImmediate);
    expect(bench.hall.admitted).toBe(0);
    decide();
    await new Promise(setImmediate);
    expect(bench.hall.tree('tram01').sessions).toBe(0);
  });

  test('a login that is put off ends the connection and is no fault', async () => {
    await bench.start();
    bench.hall.outage = new TreeError('no-room', 'too many sessions');
    await expect(bench.connectSftp()).rejects.toThrow();
    const metrics = await bench.metrics();
    expect(metrics).toContain('envigate_sftp_logins_put_off_total{method="password"} 1');
    expect(metrics).not.toContain('envigate_sftp_logins_failed_total{');
  });
});
