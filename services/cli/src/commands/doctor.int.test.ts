import { mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { importRegistry } from '@envigate/postgres';
import { loadConfiguration, selfSignedCertificate } from '@envigate/runtime';
import { freePort, MailInbox, testDatabase, type TestDatabase } from '@envigate/test-support';
import type { Finding } from '../doctor/finding.ts';
import { examine } from './doctor.ts';
import { writeSupportBundle } from './support-bundle.ts';

jest.setTimeout(60_000);

let dir: string;
let db: TestDatabase;
let ports: Record<string, string>;
let printed: string[];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'envigate-doctor-'));
  db = await testDatabase();
  ports = {};
  for (const name of ['RECEIVER_FTP', 'RECEIVER_SFTP', 'CONSOLE', 'OPERATIONS'])
    ports[`ENVIGATE_${name}_PORT`] = String(await freePort());
  printed = [];
  jest.spyOn(console, 'log').mockImplementation((line: unknown) => void printed.push(String(line)));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await db.drop();
  await rm(dir, { recursive: true });
});

/** What it finds where everything but the given settings is as it should be. */
async function findingsWith(settings: Readonly<Record<string, string>> = {}) {
  printed = [];
  const env = { DATABASE_URL: db.url, ENVIGATE_DATA_DIR: dir, ...ports, ...settings };
  const status = await examine(await loadConfiguration({ env }), { json: true });
  const list = printed.map((line) => JSON.parse(line) as Finding);
  const of = (check: string) => list.find((finding) => finding.check === check);
  return { status, list, of };
}

const withTarget = {
  facilities: [{ code: 'F1', name: 'Nhà máy' }],
  parameters: [],
  stations: [
    {
      code: 'NUO001',
      facility: 'F1',
      name: 'Trạm 1',
      kind: 'waste-water' as const,
      targets: ['bo'],
    },
  ],
  accounts: [{ code: 'a', stations: ['NUO001'] }],
};

test('finds nothing to mend where nothing is wrong, and leaves nothing behind', async () => {
  const { list } = await findingsWith();
  expect(list.filter(({ state, check }) => state === 'fault' && check !== 'disk.sync')).toEqual([]);
  expect(list.map(({ check }) => check)).toEqual(
    expect.arrayContaining([
      ...['program.node', 'limit.files', 'folder.data', 'folder.spool', 'disk.room', 'disk.sync'],
      ...['door.ftp', 'door.sftp', 'door.console', 'door.operations', 'certificate.ftp'],
      'mail.server',
      ...['database.version', 'clock.database', 'database.tables', 'event-log'],
    ]),
  );
  expect(await readdir(dir)).toEqual([]);
});

test('prints each finding on a line, and below it what puts it right', async () => {
  const env = { DATABASE_URL: db.url, ENVIGATE_DATA_DIR: dir, ...ports };
  await examine(await loadConfiguration({ env }), {});
  expect(printed).toContainEqual(
    expect.stringMatching(
      /^lưu ý · warning {3}registry\.stations {6}danh mục có 0 trạm.* · the registry has/,
    ),
  );
  expect(printed).toContain(`${' '.repeat(18)}→ envigate registry import …`);
});

test('are in the bundle for a report, and no secret is', async () => {
  const env = {
    ...{ DATABASE_URL: db.url, ENVIGATE_DATA_DIR: dir, ...ports },
    ...{ ENVIGATE_CONSOLE_OPERATOR_TOKEN: 'a-very-secret-token' },
  };
  const file = join(dir, 'bundle.txt');
  await writeSupportBundle(await loadConfiguration({ env }), file);
  const text = await readFile(file, 'utf8');
  const titles = text.match(/^==== .*/gm) ?? [];
  expect(titles.slice(0, 3)).toEqual([
    '==== program and machine',
    '==== configuration, without secrets',
    '==== doctor',
  ]);
  expect(titles).toContain('==== console: /metrics');
  expect(text).toMatch(/^good {5}database\.tables: /m);
  expect(text).not.toContain('a-very-secret-token');
  expect(text).not.toContain(new URL(db.url).password);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});

describe('machine', () => {
  test('a folder that is a file', async () => {
    await writeFile(join(dir, 'spool'), '');
    const { status, of } = await findingsWith({
      ENVIGATE_RECEIVER_SPOOL_DIR: join(dir, 'spool/inner'),
    });
    expect(status).toBe(1);
    expect(of('folder.spool')).toMatchObject({
      state: 'fault',
      text: { en: expect.stringContaining('ENOTDIR') },
    });
  });

  test('too little room', async () => {
    const { status, of } = await findingsWith({
      ENVIGATE_RECEIVER_SPOOL_MIN_FREE_BYTES: String(2 ** 50),
    });
    expect(status).toBe(1);
    expect(of('disk.room')).toMatchObject({
      state: 'fault',
      remedy: { en: expect.stringMatching(/df -h/) },
    });
  });

  test('a spool in memory', async () => {
    const memory = await mkdtemp('/dev/shm/envigate-doctor-');
    try {
      const { status, of } = await findingsWith({ ENVIGATE_RECEIVER_SPOOL_DIR: memory });
      expect(status).toBe(1);
      expect(of('disk.sync')).toMatchObject({ state: 'fault' });
    } finally {
      await rm(memory, { recursive: true });
    }
  });
});

describe('doors', () => {
  let server: Server | undefined;
  afterEach(() => new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined))));

  async function greetWith(text: string): Promise<void> {
    server = createServer((socket) => socket.end(text));
    const port = Number(ports['ENVIGATE_RECEIVER_FTP_PORT']);
    await new Promise<void>((resolve) => server!.listen(port, '0.0.0.0', resolve));
  }

  test('another program has the port: its greeting, and how to find it', async () => {
    await greetWith('220 (vsFTPd 3.0.3)\r\n');
    const { status, of } = await findingsWith();
    expect(status).toBe(1);
    expect(of('door.ftp')).toMatchObject({
      state: 'fault',
      text: { en: expect.stringContaining('(220 (vsFTPd 3.0.3))') },
      remedy: { en: expect.stringContaining('ss -ltnp') },
    });
  });

  test('the gateway itself has it', async () => {
    await greetWith('220 Envigate receives station files.\r\n');
    expect((await findingsWith()).of('door.ftp')).toMatchObject({ state: 'good' });
  });

  test('an address of another machine', async () => {
    const { of } = await findingsWith({ ENVIGATE_RECEIVER_FTP_HOST: '192.0.2.1' });
    expect(of('door.ftp')).toMatchObject({
      state: 'fault',
      text: { en: expect.stringContaining('EADDRNOTAVAIL') },
    });
  });

  test('few data ports', async () => {
    const { of } = await findingsWith({
      ENVIGATE_RECEIVER_FTP_PASSIVE_PORT_FROM: '30000',
      ENVIGATE_RECEIVER_FTP_PASSIVE_PORT_TO: '30009',
    });
    expect(of('door.passive')).toMatchObject({ state: 'warning' });
  });
});

describe('the certificate', () => {
  async function certificateOf(days: number, madeDaysAgo = 0) {
    const now = new Date(Date.now() - madeDaysAgo * 86_400_000);
    const made = await selfSignedCertificate({ commonName: 'x', hosts: ['x'], now, days });
    const [certFile, keyFile] = [join(dir, 'cert.pem'), join(dir, 'key.pem')];
    await writeFile(certFile, made.certificate);
    await writeFile(keyFile, made.key);
    return {
      ENVIGATE_RECEIVER_FTP_TLS_CERT_FILE: certFile,
      ENVIGATE_RECEIVER_FTP_TLS_KEY_FILE: keyFile,
    };
  }

  test.each([
    ['a good one', 100, 0, 'good'],
    ['one that expires soon', 10, 0, 'warning'],
    ['one that has expired', 10, 20, 'fault'],
    ['one of tomorrow', 10, -3, 'fault'],
  ])('%s', async (_name, days, madeDaysAgo, state) => {
    const { of } = await findingsWith(await certificateOf(days, madeDaysAgo));
    expect(of('certificate.ftp')).toMatchObject({ state });
  });

  test('another key', async () => {
    const files = await certificateOf(100);
    const other = await selfSignedCertificate({
      ...{ commonName: 'y', hosts: ['y'], now: new Date(), days: 100 },
    });
    await writeFile(files.ENVIGATE_RECEIVER_FTP_TLS_KEY_FILE, other.key);
    const { of } = await findingsWith(files);
    expect(of('certificate.ftp')).toMatchObject({
      state: 'fault',
      text: { en: expect.stringMatching(/is not that of/) },
    });
  });

  test('none where one is named', async () => {
    const files = await certificateOf(100);
    await rm(files.ENVIGATE_RECEIVER_FTP_TLS_CERT_FILE);
    expect((await findingsWith(files)).of('certificate.ftp')).toMatchObject({ state: 'fault' });
  });
});

describe('mail', () => {
  const office = { ENVIGATE_NOTIFIER_FROM_ADDRESS: 'envigate@example.vn' };

  test('no server, which is no fault', async () => {
    const { of } = await findingsWith();
    expect(of('mail.server')).toMatchObject({ state: 'skipped' });
    expect(of('mail.office')).toBeUndefined();
  });

  test('one that does not answer, and nobody to write to', async () => {
    const { status, of } = await findingsWith({
      ...office,
      ENVIGATE_NOTIFIER_SMTP_HOST: '127.0.0.1',
      ENVIGATE_NOTIFIER_SMTP_PORT: String(await freePort()),
    });
    expect(status).toBe(1);
    expect(of('mail.server')).toMatchObject({
      state: 'fault',
      remedy: { en: 'envigate notices test' },
    });
    expect(of('mail.office')).toMatchObject({ state: 'warning' });
  });

  test('settings that do not go together', async () => {
    const { of } = await findingsWith({ ENVIGATE_NOTIFIER_SMTP_HOST: '127.0.0.1' });
    expect(of('mail.server')).toMatchObject({
      state: 'fault',
      text: { en: expect.stringContaining('notifier.from.address') },
    });
  });

  test('one that answers', async () => {
    const inbox = await MailInbox.open();
    try {
      const { of } = await findingsWith({
        ...office,
        ENVIGATE_NOTIFIER_SMTP_HOST: '127.0.0.1',
        ENVIGATE_NOTIFIER_SMTP_PORT: String(inbox.port),
        ENVIGATE_NOTIFIER_SMTP_SECURITY: 'none',
        ENVIGATE_NOTIFIER_OFFICE_TO: 'office@example.vn',
      });
      expect(of('mail.server')).toMatchObject({ state: 'good' });
      expect(of('mail.answers')).toMatchObject({ state: 'warning' });
      expect(of('mail.office')).toBeUndefined();
    } finally {
      await inbox.close();
    }
  });
});

describe('stores', () => {
  test('no database, and one that does not answer', async () => {
    const none = await findingsWith({ DATABASE_URL: '' });
    expect(none.of('database')).toMatchObject({ state: 'skipped' });
    const away = await findingsWith({
      DATABASE_URL: `postgres://x@127.0.0.1:${await freePort()}/x`,
    });
    expect(away.status).toBe(1);
    expect(away.of('database')).toMatchObject({
      state: 'fault',
      text: { en: expect.stringMatching(/ECONNREFUSED/) },
    });
  });

  test('a database that `envigate migrate` has not seen', async () => {
    const empty = await testDatabase({ migrated: false });
    try {
      const { status, of } = await findingsWith({ DATABASE_URL: empty.url });
      expect(status).toBe(1);
      expect(of('database.tables')).toMatchObject({
        state: 'fault',
        remedy: { en: 'envigate migrate' },
      });
    } finally {
      await empty.drop();
    }
  });

  test('Kafka that is away', async () => {
    const { of } = await findingsWith({
      ENVIGATE_EVENT_LOG_KIND: 'kafka',
      KAFKA_BROKERS: `127.0.0.1:${await freePort()}`,
    });
    expect(of('event-log')).toMatchObject({ state: 'fault' });
  });

  test('a target that cannot be reached, one that is switched off, a folder that is not there', async () => {
    const url = `ftp://127.0.0.1:${await freePort()}/in`;
    const bo = { code: 'bo', kind: 'ftp' as const, url, user: 'u', secret: 'p' };
    const dropFolders = [{ code: 'vs', path: join(dir, 'absent'), account: 'a' }];
    const targets = [bo, { ...bo, code: 'cu', disabled: true }];
    await importRegistry(db.database, { ...withTarget, targets, dropFolders }, { actor: 'test' });
    const { status, of } = await findingsWith({ ENVIGATE_FORWARDER_TIMEOUT_SECONDS: '3' });
    expect(status).toBe(1);
    expect(of('registry.stations')).toMatchObject({ state: 'good' });
    expect(of('target.bo')).toMatchObject({
      state: 'fault',
      remedy: { en: 'envigate deliveries target test bo' },
    });
    expect(of('target.cu')).toBeUndefined();
    expect(of('drop-folder.vs')).toMatchObject({ state: 'fault' });
  });

  test('stations without a target', async () => {
    const stations = withTarget.stations.map((station) => ({ ...station, targets: [] }));
    await importRegistry(db.database, { ...withTarget, stations, targets: [] }, { actor: 'test' });
    expect((await findingsWith()).of('registry.targets')).toMatchObject({ state: 'warning' });
  });
});
