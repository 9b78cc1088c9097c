import { spawn, spawnSync } from 'node:child_process';
import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canTestWith } from '@envigate/test-support';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { wireForm } from './testing/bench.ts';
import { FakeHall, type FakeTree } from './testing/fake-hall.ts';
import { startServer, temporaryFolder, type TestServer } from './testing/start-server.ts';

/** The clients that loggers are built on. Nothing here knows ssh2's side of the connection. */
const withOpenssh = canTestWith('sftp', 'scp', 'ssh-keygen') ? describe : describe.skip;

interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let hall: FakeHall;
let tree: FakeTree;
let server: TestServer;

withOpenssh('OpenSSH', () => {
  beforeAll(async () => {
    folder = await temporaryFolder();
    for (const kind of ['ed25519', 'ecdsa', 'rsa']) {
      const made = spawnSync('ssh-keygen', [
        '-q',
        '-t',
        kind,
        '-N',
        '',
        '-f',
        join(folder.path, `id_${kind}`),
      ]);
      if (made.status !== 0) throw new Error(made.stderr.toString());
    }
    const askpass = join(folder.path, 'askpass.sh');
    await writeFile(askpass, '#!/bin/sh\nprintf "%s\\n" "$TEST_PASSWORD"\n');
    await chmod(askpass, 0o700);
  });
  afterAll(() => folder?.remove());

  beforeEach(async () => {
    const keys = await Promise.all(
      ['ed25519', 'ecdsa', 'rsa'].map((kind) =>
        readFile(join(folder.path, `id_${kind}.pub`), 'utf8'),
      ),
    );
    hall = new FakeHall({ tram01: { password: 'p@ss', keys: keys.map(wireForm) } });
    tree = hall.tree('tram01');
    server = await startServer(hall, join(folder.path, 'host-keys'));
  });
  afterEach(() => server?.stop());

  const options = (more: readonly string[]): string[] => [
    ...['-F', '/dev/null', '-o', 'StrictHostKeyChecking=accept-new'],
    ...['-o', `UserKnownHostsFile=${join(folder.path, 'known_hosts')}`, '-o', 'LogLevel=ERROR'],
    ...more.flatMap((option) => ['-o', option]),
  ];
  const byKey = (kind = 'ed25519'): string[] =>
    options([
      'PreferredAuthentications=publickey',
      'IdentitiesOnly=yes',
      `IdentityFile=${join(folder.path, `id_${kind}`)}`,
    ]);
  const byPassword = (): string[] =>
    options(['PreferredAuthentications=password', 'NumberOfPasswordPrompts=1']);

  function run(
    program: string,
    args: readonly string[],
    input = '',
    password = 'p@ss',
  ): Promise<Outcome> {
    const child = spawn(program, args, {
      env: {
        ...process.env,
        SSH_ASKPASS: join(folder.path, 'askpass.sh'),
        SSH_ASKPASS_REQUIRE: 'force',
        TEST_PASSWORD: password,
        SSH_AUTH_SOCK: '',
      },
      timeout: 30_000,
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve({ code, stdout, stderr }));
    });
  }

  /** A batch ends at its first failing command and with exit code 1, unless the line begins with '-'. */
  function sftp(batch: readonly string[], access: readonly string[] = byKey()): Promise<Outcome> {
    const args = [...access, '-P', String(server.value.port), '-b', '-', 'tram01@127.0.0.1'];
    // `-b` forbids questions; with a password there has to be one.
    return run(
      'sftp',
      access.includes('PreferredAuthentications=password') ? ['-o', 'BatchMode=no', ...args] : args,
      `${batch.join('\n')}\n`,
    );
  }

  function scp(args: readonly string[], access: readonly string[] = byKey()): Promise<Outcome> {
    return run('scp', [...access, '-P', String(server.value.port), ...args]);
  }

  async function local(name: string, content: string | Buffer): Promise<string> {
    const path = join(folder.path, name);
    await writeFile(path, content);
    return path;
  }

  const succeeded = { code: 0, stderr: '' };

  test.each(['ed25519', 'ecdsa', 'rsa'])('sftp logs in by a key: %s', async (kind) => {
    const file = await local('reading.txt', 'PM10 12.5');
    expect(await sftp([`put ${file} /reading.txt`], byKey(kind))).toMatchObject(succeeded);
    expect(tree.commits).toEqual([{ path: '/reading.txt', bytes: Buffer.from('PM10 12.5') }]);
    expect(hall.logins).toMatchObject([{ user: 'tram01', credential: { kind: 'public-key' } }]);
  });

  test('sftp and scp log in by password, and not by a wrong one', async () => {
    const file = await local('reading.txt', 'x');
    expect(await sftp([`put ${file} /a.txt`], byPassword())).toMatchObject(succeeded);
    expect(await scp([file, 'tram01@127.0.0.1:/b.txt'], byPassword())).toMatchObject(succeeded);
    expect(tree.commits.map((commit) => commit.path)).toEqual(['/a.txt', '/b.txt']);
    const args = [
      ...byPassword(),
      '-P',
      String(server.value.port),
      file,
      'tram01@127.0.0.1:/c.txt',
    ];
    expect(await run('scp', args, '', 'wrong')).toMatchObject({
      code: 255,
      stderr: expect.stringContaining('Permission denied'),
    });
    expect(tree.commits).toHaveLength(2);
  });

  test('sftp ends by itself, with 0, after put, mkdir, cd, rename, ls, rm, rmdir', async () => {
    const file = await local('a.txt', 'abc');
    const outcome = await sftp([
      'mkdir /2026',
      'mkdir /2026/01',
      'cd /2026/01',
      `put ${file} b.tmp`,
      'rename b.tmp b.txt',
      'ls -l',
      `put -p ${file} c.txt`,
      'rm c.txt',
      'mkdir empty',
      'rmdir empty',
      'pwd',
    ]);
    expect(outcome).toMatchObject(succeeded);
    expect([...tree.files]).toEqual([['/2026/01/b.txt', Buffer.from('abc')]]);
    expect(outcome.stdout).toMatch(
      /^-rw-r-----\s.*\s3 Jan +2 03:04 b\.txt$|^-rw-r-----\s.*\s3 Jan +2 +2026 b\.txt$/m,
    );
    expect(outcome.stdout).toContain('Remote working directory: /2026/01');
  });

  test('a missing folder and a refused download are errors, in words and by exit code', async () => {
    const file = await local('a.txt', 'abc');
    expect(await sftp([`put ${file} /none/a.txt`])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('No such file'),
    });
    tree.files.set('/a.txt', Buffer.from('abc'));
    expect(await sftp([`get /a.txt ${join(folder.path, 'got.txt')}`])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Permission denied'),
    });
    tree.files.set('/b.txt', Buffer.from('b'));
    // Without the extension: the rename of version 3.
    expect(await sftp(['rename -l /a.txt /b.txt'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Failure'),
    });
  });

  test('rename replaces what is there, put -f waits for the disk, df shows a disk', async () => {
    const file = await local('a.txt', 'abc');
    tree.files.set('/b.txt', Buffer.from('old'));
    const outcome = await sftp([`put -f ${file} /a.tmp`, 'rename /a.tmp /b.txt', 'df /']);
    expect(outcome).toMatchObject(succeeded);
    expect([...tree.files]).toEqual([['/b.txt', Buffer.from('abc')]]);
    // Size, used, available, in KiB, and the share in use.
    expect(outcome.stdout).toMatch(/ 1073741824 +536870912 +536870912 .* 50%/);
  });

  test('reput goes on where the partial file ends, byte for byte', async () => {
    const bytes = Buffer.from(
      Uint8Array.from({ length: 900_000 }, (_, index) => (index * 7919) % 256),
    );
    const file = await local('big.bin', bytes);
    tree.files.set('/big.bin', bytes.subarray(0, 123_457));
    // Every write takes a while: handled at the same time they would overtake each other.
    let writes = 0;
    tree.before = async (step) => {
      if (step === 'write')
        await new Promise((resolve) => setTimeout(resolve, (writes += 1) % 3 === 0 ? 0 : 3));
    };
    expect(await sftp([`reput ${file} /big.bin`])).toMatchObject(succeeded);
    expect(writes).toBeGreaterThan(20);
    expect(tree.files.get('/big.bin')?.equals(bytes)).toBe(true);
  });

  test('scp exits with 0 for one file, for many, for a folder, and over a file that is longer', async () => {
    await mkdir(join(folder.path, 'day'), { recursive: true });
    const names = ['1.txt', '2.txt', '3.txt'];
    const files = await Promise.all(
      names.map((name) => local(join('day', name), `content of ${name}`)),
    );
    expect(await scp([...files, 'tram01@127.0.0.1:/'])).toMatchObject(succeeded);
    expect(await scp(['-r', join(folder.path, 'day'), 'tram01@127.0.0.1:/'])).toMatchObject(
      succeeded,
    );
    expect([...tree.files.keys()].sort()).toEqual(
      [...names.map((name) => `/${name}`), ...names.map((name) => `/day/${name}`)].sort(),
    );
    expect(await scp([await local('short.txt', 'short'), 'tram01@127.0.0.1:/1.txt'])).toMatchObject(
      succeeded,
    );
    expect(tree.files.get('/1.txt')?.toString()).toBe('short');
    expect(
      await scp([
        '-p',
        await local('big.bin', Buffer.alloc(500_000, 7)),
        'tram01@127.0.0.1:/big.bin',
      ]),
    ).toMatchObject(succeeded);
    expect(tree.files.get('/big.bin')?.equals(Buffer.alloc(500_000, 7))).toBe(true);
  });

  test('many files on one session', async () => {
    const many = join(folder.path, 'many');
    await mkdir(many);
    const names = Array.from(
      { length: 500 },
      (_, index) => `tram01_${String(index).padStart(4, '0')}.txt`,
    );
    await Promise.all(names.map((name) => writeFile(join(many, name), `${name}\n`)));
    expect(await sftp([`put ${join(many, '*')} /`])).toMatchObject(succeeded);
    expect(tree.commits.map(({ path, bytes }) => [path, bytes.toString()])).toEqual(
      names.map((name) => [`/${name}`, `${name}\n`]),
    );
    expect(
      (await sftp(['ls -1'])).stdout.split('\n').filter((line) => line.endsWith('.txt')),
    ).toHaveLength(500);
  });

  test('a client that is killed in the middle leaves no file', async () => {
    const file = await local('big.bin', Buffer.alloc(3_000_000, 1));
    let killed = false;
    const args = [...byKey(), '-P', String(server.value.port), file, 'tram01@127.0.0.1:/big.bin'];
    const child = spawn('scp', args, { stdio: 'ignore', detached: true });
    let writes = 0;
    tree.before = (step) => {
      if (step === 'write' && (writes += 1) === 20 && child.pid !== undefined) {
        // scp and the ssh it started: the connection is cut, nobody says goodbye.
        process.kill(-child.pid, 'SIGKILL');
        killed = true;
      }
      return Promise.resolve();
    };
    expect(await tree.next('abort')).toBe('/big.bin');
    expect(killed).toBe(true);
    expect(tree.commits).toEqual([]);
    expect(tree.files.size).toBe(0);
  });

  const sftpOnly = 'This server takes files by SFTP only; use sftp, or scp without -O.';

  test.each([
    ['a command', 1, sftpOnly, ['ls']],
    ['a shell', 1, sftpOnly, []],
    ['a shell with a terminal', 255, 'PTY allocation request failed', ['-tt']],
    ['a command with an agent, X11 and a forwarded port', 1, sftpOnly, ['-AXR', '0:a:1', 'ls']],
  ])('ssh that asks for %s ends at once and says why', async (_what, code, words, args) => {
    const options = args.filter((word) => word !== 'ls');
    const to = ['-p', String(server.value.port), 'tram01@127.0.0.1'];
    const command = args.filter((word) => word === 'ls');
    const ended = await run('ssh', [...byKey(), ...options, ...to, ...command]);
    expect(ended).toMatchObject({ code, stderr: expect.stringContaining(words) });
  });

  test('legacy scp is refused, not left hanging', async () => {
    const file = await local('a.txt', 'abc');
    const { code, stderr } = await scp(['-O', file, 'tram01@127.0.0.1:/a.txt']);
    expect([code, stderr]).toEqual([1, expect.stringContaining(sftpOnly)]);
    expect(tree.commits).toEqual([]);
  });

  test('the host keys are readable by their owner alone, and known again after a restart', async () => {
    const file = await local('a.txt', 'abc');
    expect(await scp([file, 'tram01@127.0.0.1:/a.txt'])).toMatchObject(succeeded);
    for (const name of ['ssh_host_ed25519_key', 'ssh_host_rsa_key']) {
      const path = join(folder.path, 'host-keys', name);
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      const shown =
        spawnSync('ssh-keygen', ['-l', '-f', path]).stdout.toString().split(' ')[1] ?? 'none';
      expect(server.value.fingerprints.some((fingerprint) => fingerprint.endsWith(shown))).toBe(
        true,
      );
    }
    const { port } = server.value;
    await server.stop();
    server = await startServer(hall, join(folder.path, 'host-keys'), { port });
    expect(await scp([file, 'tram01@127.0.0.1:/b.txt'])).toMatchObject(succeeded);
  });

  test('a logger that knows only RSA host keys can connect', async () => {
    const file = await local('a.txt', 'abc');
    const access = [
      ...byKey(),
      '-o',
      'HostKeyAlgorithms=rsa-sha2-256',
      '-o',
      `UserKnownHostsFile=${join(folder.path, 'rsa_hosts')}`,
    ];
    // The first value of an option counts.
    expect(
      await scp([file, 'tram01@127.0.0.1:/a.txt'], [...access.slice(-4), ...access]),
    ).toMatchObject(succeeded);
  });
});
