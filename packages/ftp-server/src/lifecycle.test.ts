import { once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { RawClient, gate, openSocket } from './testing/raw-client.ts';
import { startServer } from './testing/start-server.ts';

describe('limits', () => {
  test('a session above the limit is refused with 421, and one that leaves makes room', async () => {
    const running = await startServer({ maxSessions: 2, drainSeconds: 0.2 });
    const { port } = running.server;
    const first = await RawClient.loggedIn(port);
    await RawClient.loggedIn(port);
    const third = new RawClient(port);
    expect((await third.reply()).code).toBe(421);
    await third.ended();
    await first.quit();
    while (running.server.sessions() > 1) await new Promise((resolve) => setImmediate(resolve));
    await RawClient.loggedIn(port);
    await running.stop();
  });

  test('where all places are taken, the oldest session without a login goes', async () => {
    const running = await startServer({ maxSessions: 4, drainSeconds: 0.2 });
    const { port } = running.server;
    const station = await RawClient.loggedIn(port);
    const silent = [
      await RawClient.connect(port),
      await RawClient.connect(port),
      await RawClient.connect(port),
    ];
    const another = await RawClient.loggedIn(port);
    expect((await silent[0]!.reply()).code).toBe(421);
    await silent[0]!.ended();
    await RawClient.loggedIn(port);
    expect((await silent[1]!.reply()).code).toBe(421);
    expect((await station.upload('STOR a.txt', 'a')).code).toBe(226);
    expect((await another.upload('STOR b.txt', 'b')).code).toBe(226);
    expect(await silent[2]!.codes('NOOP')).toEqual([200]);
    expect(await running.telemetry.metrics()).toContain(
      'envigate_ftp_sessions_ended_total{reason="crowded-out"} 2',
    );
    await running.stop();
  });

  test('a login that takes its time keeps no place from others', async () => {
    const running = await startServer({ maxSessions: 1, drainSeconds: 0.2 });
    const { port } = running.server;
    const slow = gate();
    running.hall.before = (step, user) =>
      step === 'login' && user === 'slow' ? slow.opened : undefined;
    const slowed = await RawClient.connect(port);
    await slowed.command('USER slow');
    slowed.send('PASS secret\r\n');
    const station = await RawClient.loggedIn(port);
    await slowed.ended();
    expect((await station.upload('STOR a.txt', 'a')).code).toBe(226);
    slow.open();
    while (running.server.sessions() > 1) await new Promise((resolve) => setImmediate(resolve));
    expect(running.hall.present).toBe(1);
    await running.stop();
  });

  test('who is not admitted takes no place', async () => {
    const running = await startServer({ maxSessions: 1, drainSeconds: 0.2 });
    const silent = await RawClient.connect(running.server.port);
    running.hall.admits = false;
    expect((await new RawClient(running.server.port).reply()).code).toBe(421);
    expect(await silent.codes('NOOP')).toEqual([200]);
    await running.stop();
  });

  test('a session without a command is closed', async () => {
    const running = await startServer({ idleSeconds: 0.1 });
    const client = await RawClient.loggedIn(running.server.port);
    expect((await client.reply()).code).toBe(421);
    await client.ended();
    await running.stop();
  });

  test('a session without a login is closed, however busy', async () => {
    const running = await startServer({ loginSeconds: 0.1 });
    const client = await RawClient.connect(running.server.port);
    expect((await client.reply()).code).toBe(421);
    await client.ended();
    await running.stop();
  });

  test('a transfer without a byte is broken off, and its session goes on', async () => {
    const running = await startServer({ idleSeconds: 0.2 });
    const client = await RawClient.loggedIn(running.server.port);
    const data = await client.openData();
    await client.command('STOR a.txt');
    data.write('half');
    expect((await client.reply()).code).toBe(426);
    expect(running.hall.tree.ended).toMatchObject([{ end: 'aborted', reason: 'stalled' }]);
    expect((await client.command('NOOP')).code).toBe(200);
    await running.stop();
  });

  test('a client that reads no replies is dropped', async () => {
    const running = await startServer();
    const client = await RawClient.loggedIn(running.server.port);
    client.socket.pause();
    const flood = setInterval(() => client.send('HELP\r\n'.repeat(1000)), 1);
    while (running.server.sessions() > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    clearInterval(flood);
    client.socket.destroy();
    await client.ended();
    await running.stop();
  });
});

describe('stop', () => {
  test('ends idle sessions at once, with a word', async () => {
    const running = await startServer();
    const client = await RawClient.loggedIn(running.server.port);
    const stopped = running.stop();
    expect((await client.reply()).code).toBe(421);
    await stopped;
    await expect(openSocket(running.server.port)).rejects.toThrow('ECONNREFUSED');
  });

  test('waits for an upload under way', async () => {
    const running = await startServer();
    const client = await RawClient.loggedIn(running.server.port);
    const data = await client.openData();
    await client.command('STOR a.txt');
    data.write('first half, ');
    const stopped = running.stop();
    await expect(openSocket(running.server.port)).rejects.toThrow('ECONNREFUSED');
    data.end('second half');
    expect((await client.reply()).code).toBe(226);
    expect((await client.reply()).code).toBe(421);
    await stopped;
    expect(running.hall.tree.files.get('/a.txt')?.toString()).toBe('first half, second half');
  });

  test('breaks off what is not over in time', async () => {
    const running = await startServer({ drainSeconds: 0.1 });
    const client = await RawClient.loggedIn(running.server.port);
    const data = await client.openData();
    await client.command('STOR a.txt');
    data.write('for ever');
    await running.stop();
    expect(running.hall.tree.ended).toMatchObject([{ end: 'aborted', reason: 'stopping' }]);
    await client.ended();
  });

  test('does not wait for ever for a hall that hangs', async () => {
    const running = await startServer({ drainSeconds: 0.1 });
    running.hall.before = (step) => (step === 'commit' ? new Promise(() => undefined) : undefined);
    const client = await RawClient.loggedIn(running.server.port);
    const data = await client.openData();
    await client.command('STOR a.txt');
    data.end('x');
    await running.stop();
  });
});

test('a start on a port in use fails in words', async () => {
  const running = await startServer();
  await expect(startServer({ port: running.server.port })).rejects.toThrow(
    /FTP cannot listen .* another program has this port in use/,
  );
  await running.stop();
});

test('a thousand sessions, most of them broken, leave nothing behind', async () => {
  const running = await startServer({ connectSeconds: 0.2, maxSessions: 1000, drainSeconds: 1 });
  const { port } = running.server;
  const { tree } = running.hall;
  const habits: (() => Promise<void>)[] = [
    // Says nothing and goes.
    async () => {
      (await openSocket(port)).destroy();
    },
    async () => {
      (await RawClient.connect(port)).socket.resetAndDestroy();
    },
    // Asks for a port and goes without using it.
    async () => {
      const client = await RawClient.loggedIn(port);
      await client.passivePort();
      client.socket.destroy();
    },
    async () => {
      const client = await RawClient.loggedIn(port);
      client.send('EPSV\r\nEPSV\r\nEPSV\r\n');
      client.socket.end();
    },
    // Connects and goes without a transfer.
    async () => {
      const client = await RawClient.loggedIn(port);
      const data = await client.openData();
      client.socket.resetAndDestroy();
      data.destroy();
    },
    // Breaks off in the middle, one way or another.
    async () => {
      const client = await RawClient.loggedIn(port);
      const data = await client.openData();
      await client.command('STOR a.txt');
      data.write('half');
      client.socket.destroy();
      await once(data, 'close');
    },
    async () => {
      const client = await RawClient.loggedIn(port);
      const data = await client.openData();
      await client.command('STOR b.txt');
      data.write('half');
      data.resetAndDestroy();
      await client.reply();
      await client.quit();
    },
    async () => {
      const client = await RawClient.loggedIn(port);
      await client.passivePort();
      await client.command('STOR c.txt');
      client.socket.resetAndDestroy();
    },
    async () => {
      const client = await RawClient.loggedIn(port);
      const data = await client.openData();
      client.send('LIST\r\n');
      client.socket.resetAndDestroy();
      data.destroy();
    },
    // And one that behaves.
    async () => {
      const client = await RawClient.loggedIn(port);
      await client.upload('STOR d.txt', 'whole');
      await client.quit();
    },
  ];
  for (let round = 0; round < 20; round += 1) {
    await Promise.all(Array.from({ length: 50 }, (_, n) => habits[n % habits.length]!()));
  }
  const settled = gate();
  const check = setInterval(() => {
    if (running.server.sessions() === 0 && tree.uploadsOpen === 0) settled.open();
  }, 10);
  await settled.opened;
  clearInterval(check);
  expect(tree.ended.filter(({ end }) => end === 'committed')).toHaveLength(100);
  expect(tree.files.get('/d.txt')?.toString()).toBe('whole');
  await running.stop();
  expect(running.server.dataListeners()).toBe(0);
  // Sockets close in the next turns; what is left then is a leak.
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(process.getActiveResourcesInfo().filter((name) => name.startsWith('TCP'))).toEqual([]);
}, 60_000);
