import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { TreeError } from '@envigate/domain';
import fc from 'fast-check';
import { RawClient, gate } from './testing/raw-client.ts';
import { startServer, type RunningServer } from './testing/start-server.ts';

let running: RunningServer;

beforeEach(async () => {
  running = await startServer({ drainSeconds: 0.2 });
});
afterEach(() => running.stop());

const connect = (): Promise<RawClient> => RawClient.connect(running.server.port);
const logIn = (): Promise<RawClient> => RawClient.loggedIn(running.server.port);

describe('login', () => {
  test('by USER and PASS; the hall learns who asks and from where', async () => {
    const client = await connect();
    expect(await client.codes('USER station', 'PASS secret', 'PWD')).toEqual([331, 230, 257]);
    expect(running.hall.logins).toMatchObject([
      {
        user: 'station',
        credential: { kind: 'password', password: 'secret' },
        protocol: 'ftp',
        peer: { address: '127.0.0.1', port: client.socket.localPort },
      },
    ]);
  });

  test('is needed for everything that touches files', async () => {
    const client = await connect();
    expect(await client.codes('PWD', 'STOR a.txt', 'EPSV', 'DELE a.txt')).toEqual([
      530, 530, 530, 530,
    ]);
    expect(await client.codes('SYST', 'NOOP', 'FEAT', 'PASS secret')).toEqual([215, 200, 211, 503]);
  });

  test('refused three times ends the session, each time after a longer delay', async () => {
    const client = await connect();
    const delays: number[] = [];
    const codes: number[] = [];
    for (const user of ['station', 'nobody', 'station']) {
      await client.command(`USER ${user}`);
      const before = performance.now();
      codes.push((await client.command('PASS wrong')).code);
      delays.push(performance.now() - before);
    }
    expect(codes).toEqual([530, 530, 421]);
    expect(delays[0]).toBeGreaterThan(200);
    expect(delays[1]).toBeGreaterThan(delays[0]! * 1.3);
    await client.ended();
    expect(await running.telemetry.metrics()).toContain('envigate_ftp_logins_refused_total 3');
  });

  test('that cannot be decided is a temporary error', async () => {
    running.hall.before = () => {
      throw new TreeError('unavailable', 'no registry');
    };
    const client = await connect();
    expect(await client.codes('USER station', 'PASS secret')).toEqual([331, 421]);
    await client.ended();
  });

  test('of an account at its session limit is a temporary error that says so', async () => {
    running.hall.before = () => {
      throw new TreeError('no-room', 'the account station has 100 sessions already');
    };
    const client = await connect();
    await client.command('USER station');
    expect((await client.command('PASS secret')).text).toBe(
      '421 The account has as many sessions as it may have: end one, or try again later.',
    );
    await client.ended();
  });

  test('again is answered, but not as another account', async () => {
    const client = await logIn();
    expect(await client.codes('USER station', 'PASS x', 'USER other', 'PWD')).toEqual([
      230, 230, 530, 257,
    ]);
  });
});

describe('commands', () => {
  test('may come byte by byte', async () => {
    const client = await logIn();
    for (const byte of 'MKD /2026\r\n') {
      client.send(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect((await client.reply()).code).toBe(257);
    expect([...running.hall.tree.folders]).toContain('/2026');
  });

  test('sent ahead are answered in order, also behind one that takes its time', async () => {
    const slow = gate();
    running.hall.before = (step) => (step === 'login' ? slow.opened : undefined);
    const client = await connect();
    client.send(
      'USER station\r\nPASS secret\r\nMKD a\r\nCWD a\r\nMKD b\r\nPWD\r\nRMD b\r\nNOOP\r\n',
    );
    const first = await client.reply();
    slow.open();
    const codes = [first.code];
    while (codes.length < 8) codes.push((await client.reply()).code);
    expect(codes).toEqual([331, 230, 257, 250, 257, 257, 250, 200]);
    expect([...running.hall.tree.folders]).toEqual(['/', '/a']);
  });

  test('too long, unknown or without argument are answered, and the session goes on', async () => {
    const client = await logIn();
    expect(await client.codes(`STOR ${'x'.repeat(10_000)}`, 'XYZZY', '?', 'MKD', 'NOOP')).toEqual([
      500, 500, 500, 501, 200,
    ]);
  });

  test('without a login are limited', async () => {
    const client = await connect();
    const codes = await client.codes(...Array.from({ length: 21 }, () => 'NOOP'));
    expect(codes).toEqual([...Array.from({ length: 20 }, () => 200), 421]);
    await client.ended();
  });

  test('that the server will never do are refused for good', async () => {
    const client = await logIn();
    expect(
      await client.codes(
        'SITE CHMOD 777 a',
        'SMNT /',
        'REIN',
        'PORT 127,0,0,1,0,22',
        'EPRT |1|127.0.0.1|22|',
        'STOU',
        'RETR a',
      ),
    ).toEqual([502, 502, 502, 501, 501, 502, 550]);
  });

  test('set only what FTP here can do', async () => {
    const client = await logIn();
    expect(
      await client.codes(
        'TYPE A',
        'TYPE A N',
        'TYPE I',
        'TYPE L 8',
        'type i',
        'TYPE E',
        'MODE S',
        'MODE Z',
        'STRU F',
        'STRU R',
      ),
    ).toEqual([200, 200, 200, 200, 200, 504, 200, 504, 200, 504]);
    expect(
      await client.codes(
        'OPTS UTF8 ON',
        'OPTS utf8',
        'OPTS MLST size;type;',
        'OPTS X',
        'ALLO 100',
        'ALLO 9999999',
        'ALLO x',
        'ACCT a',
        'REST 5',
        'REST -1',
      ),
    ).toEqual([200, 200, 200, 501, 202, 552, 501, 202, 350, 501]);
  });

  test('HELP names all, FEAT what clients look for', async () => {
    const client = await logIn();
    expect((await client.command('HELP')).text).toMatch(/ STOR .* MLSD /);
    const { text } = await client.command('FEAT');
    for (const feature of [
      'EPSV',
      'MDTM',
      'MFMT',
      'MLST type*;size*;modify*;',
      'REST STREAM',
      'SIZE',
      'UTF8',
    ]) {
      expect(text.split('\n')).toContain(` ${feature}`);
    }
  });
});

test('property: no bytes bring a session down without a word, nor the server', async () => {
  const verbs = fc.constantFrom(
    'USER',
    'PASS',
    'STOR',
    'EPSV',
    'LIST',
    'CWD',
    'RNTO',
    'ABOR',
    'MLST',
    'REST',
  );
  const line = fc
    .tuple(
      fc.oneof(verbs, fc.string({ unit: 'binary', maxLength: 8 })),
      fc.string({ unit: 'binary' }),
    )
    .map(([verb, argument]) => Buffer.from(`${verb} ${argument}\r\n`));
  const noise = fc.array(fc.oneof(line, fc.uint8Array({ maxLength: 60 })), { maxLength: 15 });
  await fc.assert(
    fc.asyncProperty(noise, async (pieces) => {
      const client = await logIn();
      client.send(Buffer.concat(pieces));
      client.send('\r\nQUIT\r\n');
      for (;;) {
        const { code } = await client.reply();
        if (code === 221) break;
      }
    }),
    { numRuns: 60 },
  );
  expect(await running.telemetry.metrics()).not.toMatch(/commands_failed_total\{.*\} [1-9]/);
}, 120_000);

describe('folders and names', () => {
  test('are entered and left relative to the current folder', async () => {
    const client = await logIn();
    expect(
      await client.codes(
        'MKD 2026',
        'CWD 2026',
        'XMKD 01',
        'XCWD 01',
        'CDUP',
        'CDUP',
        'CDUP',
        'CWD /none',
      ),
    ).toEqual([257, 250, 257, 250, 250, 250, 250, 550]);
    expect((await client.command('PWD')).text).toBe('257 "/" is the current folder.');
    await client.command('CWD 2026//./01/../01');
    expect((await client.command('XPWD')).text).toBe('257 "/2026/01" is the current folder.');
    expect(await client.codes('MKD /2026', 'RMD /2026', 'XRMD /2026/01')).toEqual([550, 550, 250]);
  });

  test('keep their letters, blanks and quotation marks', async () => {
    const client = await logIn();
    const made = await client.command('MKD Trạm "Đông" 1');
    expect(made.text).toBe('257 "/Trạm ""Đông"" 1" created.');
    expect([...running.hall.tree.folders]).toContain('/Trạm "Đông" 1');
  });

  test('of Windows are understood by every command', async () => {
    const client = await logIn();
    expect((await client.command('MKD NuocThai')).text).toBe('257 "/NuocThai" created.');
    expect((await client.command('CWD \\NuocThai')).text).toContain('"/NuocThai"');
    expect((await client.command('MKD C:\\NuocThai\\29')).text).toContain('"/NuocThai/29"');
    expect((await client.upload('STOR 29\\a.txt', 'a')).code).toBe(226);
    expect((await client.upload('APPE "\\NuocThai\\29\\a.txt"', 'b')).code).toBe(226);
    expect((await client.command('SIZE D:\\NuocThai\\29\\a.txt')).text).toBe('213 2');
    expect((await client.command('MDTM 29\\a.txt')).code).toBe(213);
    expect((await client.command('MFMT 20260129000000 29\\a.txt')).code).toBe(213);
    expect((await client.command('MLST .\\29\\a.txt')).text).toContain('/NuocThai/29/a.txt');
    for (const folder of [
      '29',
      '\\NuocThai\\29\\',
      'C:/NuocThai/29',
      '"\\\\sv\\d$\\NuocThai\\29"',
    ]) {
      expect((await client.listing(`LIST -l ${folder}`)).text).toMatch(/ a\.txt\r\n$/);
      expect((await client.listing(`MLSD ${folder}`)).text).toMatch(/ a\.txt\r\n$/);
    }
    expect((await client.listing('NLST \\NuocThai\\29\\*.txt')).text).toBe(
      '/NuocThai/29/a.txt\r\n',
    );
    expect(await client.codes('RNFR 29\\a.txt', 'RNTO \\b.txt', 'DELE \\b.txt')).toEqual([
      350, 250, 250,
    ]);
    expect(await client.codes('RMD \\NuocThai\\29', 'CWD ..\\', 'RMD NuocThai\\')).toEqual([
      250, 250, 250,
    ]);
    expect([...running.hall.tree.folders]).toEqual(['/']);
  });

  test('of folders that a logger had on another server are made with its file', async () => {
    const client = await logIn();
    expect((await client.upload('STOR \\data\\a.txt', 'a')).code).toBe(226);
    expect([...running.hall.tree.files.keys()]).toEqual(['/data/a.txt']);
    expect((await client.upload('STOR /2026/a.txt', 'a')).code).toBe(550);
  });

  test.each(['""', '\\', 'C:', 'C:\\', '"C:\\"', '\\\\server\\share', '/'])(
    'that are empty are refused: %s',
    async (name) => {
      const client = await logIn();
      running.hall.tree.files.set('/a.tmp', Buffer.from('a'));
      expect((await client.upload(`STOR ${name}`, 'a')).text).toMatch(/^553 the name is empty in /);
      expect((await client.upload(`APPE ${name}`, 'a')).code).toBe(553);
      expect(await client.codes(`MKD ${name}`, 'RNFR a.tmp', `RNTO ${name}`)).toEqual([
        553, 350, 553,
      ]);
    },
  );

  test('of a folder cannot be used on a file', async () => {
    const client = await logIn();
    expect((await client.upload('STOR \\data\\', 'a')).code).toBe(553);
    expect((await client.upload('STOR data/', 'a')).code).toBe(553);
    expect(await client.codes('MKD data\\', 'CWD \\data\\')).toEqual([257, 250]);
  });

  test('with NUL or other control characters are refused', async () => {
    const client = await logIn();
    expect(await client.codes('MKD a\0b', 'STOR a\u001bb', 'CWD a\rb', 'NOOP')).toEqual([
      553, 425, 553, 200,
    ]);
    expect(running.hall.tree.folders.size).toBe(1);
  });

  test('of files are changed, sized, dated and removed', async () => {
    running.hall.tree.files.set('/a.tmp', Buffer.from('12345'));
    const client = await logIn();
    expect(
      await client.codes('RNTO b', 'RNFR none', 'RNTO b', 'RNFR a.tmp', 'RNTO a.txt', 'RNTO b'),
    ).toEqual([503, 550, 503, 350, 250, 503]);
    expect((await client.command('SIZE a.txt')).text).toBe('213 5');
    await client.command('TYPE A');
    expect((await client.command('SIZE a.txt')).text).toBe('213 5');
    expect((await client.command('MDTM a.txt')).text).toBe('213 20260131123456');
    // The old form that sets a time, and a file whose name looks like it.
    expect((await client.command('MDTM 20250101000000 a.txt')).text).toBe('213 20250101000000');
    expect(await client.codes('MDTM 20250101000000 none', 'MDTM none')).toEqual([550, 550]);
    running.hall.tree.files.set('/20250101000000 b', Buffer.from('1'));
    expect((await client.command('MDTM 20250101000000 b')).text).toBe('213 20260131123456');
    running.hall.tree.files.delete('/20250101000000 b');
    expect((await client.command('MFMT 20250101000000 a.txt')).text).toBe(
      '213 Modify=20250101000000; a.txt',
    );
    expect((await client.command('MDTM a.txt')).text).toBe('213 20250101000000');
    expect(await client.codes('MFMT 20250230000000 a.txt', 'MFMT 20250101000000 none')).toEqual([
      501, 550,
    ]);
    expect(await client.codes('MFMT x a.txt', 'SIZE /', 'DELE a.txt', 'DELE a.txt')).toEqual([
      501, 550, 250, 550,
    ]);
    expect(running.hall.tree.files.size).toBe(0);
  });
});

describe('listings', () => {
  beforeEach(() => {
    const { tree } = running.hall;
    for (const folder of ['/empty', '/2026', '/2026/01']) tree.folders.add(folder);
    for (const name of ['/2026/a.txt', '/2026/b.csv']) tree.files.set(name, Buffer.from('1'));
  });

  test('of an empty folder are empty', async () => {
    const client = await logIn();
    for (const command of [
      'NLST /empty',
      'LIST /empty',
      'MLSD /empty',
      'LIST -la /empty',
      'NLST /2026/*.z',
    ]) {
      expect(await client.listing(command)).toEqual({ text: '', code: 226 });
    }
  });

  test('NLST gives names as the next command can use them', async () => {
    const client = await logIn();
    const names = async (command: string): Promise<string[]> =>
      (await client.listing(command)).text.split('\r\n').slice(0, -1);
    expect(await names('NLST 2026')).toEqual(['2026/01', '2026/a.txt', '2026/b.csv']);
    expect(await names('NLST 2026/*.txt')).toEqual(['2026/a.txt']);
    await client.command('CWD 2026');
    expect(await names('NLST')).toEqual(['01', 'a.txt', 'b.csv']);
    expect(await names('NLST a.txt')).toEqual(['a.txt']);
  });

  test('LIST, MLSD and MLST show kind, size and time', async () => {
    const client = await logIn();
    const list = await client.listing('LIST -al 2026');
    expect(list.text.split('\r\n')).toEqual([
      expect.stringMatching(/^drwx.* 01$/),
      expect.stringMatching(/^-rw.* 1 Jan 31 .* a\.txt$/),
      expect.stringMatching(/b\.csv$/),
      '',
    ]);
    expect((await client.listing('MLSD 2026')).text).toContain(
      'type=file;size=1;modify=20260131123456; a.txt\r\n',
    );
    expect((await client.command('MLST 2026/a.txt')).text).toContain(
      ' type=file;size=1;modify=20260131123456; /2026/a.txt',
    );
    await client.command('OPTS MLST size;');
    expect((await client.listing('MLSD 2026')).text).toContain('size=1; a.txt\r\n');
  });

  test('LIST and SYST are those of Windows where the settings say so', async () => {
    await running.stop();
    const { hall, ...windows } = await startServer({ listStyle: 'msdos', drainSeconds: 0.2 });
    running = { hall, ...windows };
    hall.tree.folders.add('/2026');
    hall.tree.files.set('/a.txt', Buffer.from('123'));
    const client = await logIn();
    expect((await client.command('SYST')).text).toBe('215 Windows_NT');
    expect((await client.listing('LIST -la')).text.split('\r\n')).toEqual([
      '01-31-26  12:34PM       <DIR>          2026',
      '01-31-26  12:34PM                    3 a.txt',
      '',
    ]);
  });

  test('of nothing that exists are refused, and a listing needs a data connection', async () => {
    const client = await logIn();
    expect((await client.listing('LIST /none')).code).toBe(550);
    expect((await client.listing('MLSD /2026/a.txt')).code).toBe(550);
    expect(await client.codes('LIST', 'NOOP')).toEqual([425, 200]);
  });

  test('that the client breaks off are answered with an error', async () => {
    const many = Array.from({ length: 20_000 }, (_, n) => `/empty/${'long '.repeat(200)}${n}`);
    for (const path of many) running.hall.tree.files.set(path, Buffer.alloc(1));
    const client = await logIn();
    const data = await client.openData();
    expect((await client.command('LIST /empty')).code).toBe(150);
    data.resetAndDestroy();
    expect((await client.reply()).code).toBe(426);
    expect((await client.command('NOOP')).code).toBe(200);
  });
});
