import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { listSettings, loadConfiguration, variableOf, readSecret } from './load.ts';

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'envigate-configuration-'));
});
afterAll(() => rm(dir, { recursive: true }));

async function file(text: string): Promise<string> {
  const path = join(dir, `${Math.random()}.yaml`);
  await writeFile(path, text);
  return path;
}

describe('configuration', () => {
  test('is complete without a file', async () => {
    const configuration = await loadConfiguration({ env: {} });
    expect(configuration.receiver.ftp.port).toBe(2121);
    expect(configuration.console).toMatchObject({ host: '127.0.0.1', port: 8080, hosts: [] });
  });

  test('of the delivered example is that of the defaults', async () => {
    const example = new URL('../../../../deploy/examples/envigate.yaml', import.meta.url);
    expect(await loadConfiguration({ env: {}, file: fileURLToPath(example) })).toEqual(
      await loadConfiguration({ env: {} }),
    );
  });

  test('the file wins over defaults and the environment over the file', async () => {
    const path = await file('receiver:\n  ftp: { port: 21, idleSeconds: 60 }\n');
    const configuration = await loadConfiguration({
      file: path,
      env: { ENVIGATE_RECEIVER_FTP_PORT: '2100' },
    });
    expect(configuration.receiver.ftp).toMatchObject({
      port: 2100,
      idleSeconds: 60,
      enabled: true,
    });
  });

  test.each([
    'console:\n  operatorToken: *hunter2-hunter2-hunter2\n',
    'console:\n  operatorToken: |hunter2-hunter2-hunter2\n',
    'console:\n  operatorToken: >hunter2 hunter2\n   x\n',
    'console:\n  operatorToken: "hunter2\n',
    'console:\n  operatorToken: hunter2\n',
    'console:\n  operatorToken: { hunter2: hunter2\n',
  ])('a fault is reported without the value there, which may be a secret: %j', async (text) => {
    const loading = loadConfiguration({ file: await file(text), env: {} });
    await expect(loading).rejects.toThrow(/\.yaml.*: /);
    await expect(loading).rejects.not.toThrow('hunter2');
  });

  test('conventional names work and the specific name wins over them', async () => {
    const env = {
      DATABASE_URL: 'postgres://a/b',
      KAFKA_BROKERS: 'a:1, b:2',
      ENVIGATE_DATABASE_URL: 'postgres://c/d',
    };
    const configuration = await loadConfiguration({ env });
    expect(configuration.database.url).toBe('postgres://c/d');
    expect(configuration.eventLog.kafka.brokers).toEqual(['a:1', 'b:2']);
  });

  test('a fault names file, line, key and what was expected', async () => {
    const path = await file('log:\n  level: loud\nreceiver:\n  ftp:\n    prot: 21\n');
    await expect(loadConfiguration({ file: path, env: {} })).rejects.toThrow(
      `${path}:2: log.level phải là một trong trace, debug, info, warn, error, fatal · ` +
        'log.level must be one of trace, debug, info, warn, error, fatal\n' +
        `${path}:5: receiver.ftp không có trường 'prot'`,
    );
  });

  test.each([
    ['  ftp: { passivePortFrom: 50000, passivePortTo: 4000 }', 'passivePortTo must not be below'],
    [
      '  ftp: { passivePortFrom: 50000 }',
      'passivePortTo must not be below passivePortFrom (50000)',
    ],
    ['  ftp: { publicAddress: ftp.example.vn }', 'publicAddress must match format "ipv4"'],
    ['  ftp: { publicAddress: "2001:db8::1" }', 'publicAddress must match format "ipv4"'],
    ['  ftp: { tls: { certFile: a.pem } }', 'must have property keyFile'],
  ])('what cannot work is refused at the start: %s', async (text, fault) => {
    const path = await file(`receiver:\n${text}\n`);
    await expect(loadConfiguration({ file: path, env: {} })).rejects.toThrow(fault);
  });

  test('a fault of the environment names the variable', async () => {
    await expect(loadConfiguration({ env: { ENVIGATE_CONSOLE_PORT: '99999' } })).rejects.toThrow(
      'ENVIGATE_CONSOLE_PORT: console.port không được lớn hơn 65535 · console.port must be <= 65535',
    );
    await expect(loadConfiguration({ env: { ENVIGATE_CONSOLE_PORT: 'http' } })).rejects.toThrow(
      "ENVIGATE_CONSOLE_PORT phải là số; giá trị hiện tại 'http' · ENVIGATE_CONSOLE_PORT must be a number, not 'http'",
    );
    await expect(loadConfiguration({ env: { ENVIGATE_CONSOL_PORT: '1' } })).rejects.toThrow(
      'không có thiết lập ENVIGATE_CONSOL_PORT; xem docs/reference/configuration.md · ENVIGATE_CONSOL_PORT is no setting',
    );
  });

  test('${NAME} is taken from the environment and must be set', async () => {
    const path = await file('database: { url: "postgres://envigate:${PGPASS}@db/envigate" }\n');
    const configuration = await loadConfiguration({ file: path, env: { PGPASS: 's3cret' } });
    expect(configuration.database.url).toBe('postgres://envigate:s3cret@db/envigate');
    await expect(loadConfiguration({ file: path, env: {} })).rejects.toThrow(
      'có dùng ${PGPASS} nhưng chưa đặt biến PGPASS · ${PGPASS} is used but the variable PGPASS is not set',
    );
  });

  test('every setting has a variable of its own', () => {
    const variables = listSettings().map((setting) => setting.variable);
    expect(new Set(variables).size).toBe(variables.length);
    expect(variableOf(['receiver', 'ftp', 'passivePortFrom'])).toBe(
      'ENVIGATE_RECEIVER_FTP_PASSIVE_PORT_FROM',
    );
  });
});

describe('the secret of an item of the registry', () => {
  const fault = (why: string, options: ErrorOptions): Error => new Error(`site x: ${why}`, options);

  test('is read from its variable', () => {
    expect(readSecret('${SITE}', { SITE: 'hidden' }, fault)).toBe('hidden');
    expect(readSecret(undefined, {}, fault)).toBeUndefined();
  });

  test('that is not set is a fault of the item, in English', () => {
    expect(() => readSecret('${SITE}', {}, fault)).toThrow(
      'site x: ${SITE} is used but the variable SITE is not set',
    );
  });
});
