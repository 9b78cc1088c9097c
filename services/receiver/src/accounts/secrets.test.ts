import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { RegistrySource } from '@envigate/domain';
import { RegistryView } from '@envigate/domain';
import { hashPassword } from '@envigate/runtime';
import pino from 'pino';
import ssh2, { type ConnectConfig } from 'ssh2';
import { Doors, FtpTalk, sftpOf } from '../testing/doors.ts';
import { account, Reception } from '../testing/reception.ts';

/** What must never be written down: each is recognisable, wherever it turns up. */
const right = 'Zq7-right-Kx';
const wrong = 'Zq7-wrong-Kx';
const asUser = 'Zq7 as user Kx';
const long = `Zq7-long-${'x'.repeat(5000)}`;
const secrets = /Zq7|PRIVATE KEY/;

const own = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256, comment: 'Zq7-comment' });
const strange = ssh2.utils.generateKeyPairSync('ecdsa', { bits: 256 });
const blobs = [own, strange].map(({ public: line }) => line.split(' ')[1]!);

type LogLine = Readonly<Record<string, string | boolean | undefined>>;

const lines: LogLine[] = [];
let text = '';
/** As chatty as can be, and without the redaction that ours has: secrets must not get that far. */
const logger = pino(
  { level: 'trace' },
  {
    write(line: string) {
      text += line;
      lines.push(JSON.parse(line) as LogLine);
    },
  },
);

let reception: Reception;
let doors: Doors;

beforeAll(async () => {
  reception = await Reception.start({
    logger,
    accounts: [
      account('tram01', { passwordHash: await hashPassword(right), publicKeys: [own.public] }),
      account('tram02', { passwordHash: await hashPassword(right), disabled: true }),
      account('tram03', { passwordHash: await hashPassword(right), quotas: { sessions: 1 } }),
    ],
    guard: { failuresToBan: 15 },
  });
  doors = await Doors.open(reception, logger);
});
afterAll(async () => {
  await doors.close();
  await reception.remove();
});

async function byFtp(...commands: readonly string[]): Promise<number | undefined> {
  const talk = await FtpTalk.connect(doors.ftpPort);
  let code: number | undefined;
  for (const command of commands) ({ code } = await talk.command(command));
  talk.close();
  return code;
}

/** Whether it was let in. */
async function bySsh(config: ConnectConfig): Promise<boolean> {
  const client = await doors.ssh(config).catch(() => undefined);
  if (client === undefined) return false;
  const sftp = await sftpOf(client);
  await new Promise((resolve) => sftp.mkdir('/Zq8', resolve));
  client.end();
  return true;
}

function audit(): readonly string[] {
  return lines
    .filter((line) => line['audit'] === true)
    .map((line) =>
      ['event', 'user', 'protocol', 'reason'].flatMap((field) => line[field] ?? []).join(' '),
    );
}

function count(event: string): number {
  return audit().filter((line) => line.startsWith(`${event} `)).length;
}

describe('with logins of every kind over FTP and SFTP, at level trace', () => {
  test('FTP', async () => {
    expect(await byFtp('USER tram01', `PASS ${right}`, 'PWD')).toBe(257);
    expect(await byFtp('USER tram01', `PASS ${wrong}`)).toBe(530);
    expect(await byFtp('USER tram02', `PASS ${right}`)).toBe(530);
    expect(await byFtp(`USER ${asUser}`, `PASS ${right}`)).toBe(530);
    expect(await byFtp('USER nobody', `PASS ${wrong}`)).toBe(530);
    // Where it does not belong.
    await byFtp(`PASS ${wrong}`, ` PASS ${wrong}`, `PASS${wrong}`, `pass\t${wrong}`, wrong);
    await byFtp(`ACCT ${wrong}`, `USER ${long}`, `PASS ${long}`, `QUIT ${wrong}`);
    await byFtp('USER tram01', `PASS ${right}`, `PASS ${wrong}`, `USER ${asUser}`, `SITE ${wrong}`);
    await byFtp(`USER tram01\0${wrong}`, `PASS ${right}\0`);
    // Hung up in the middle of it.
    const talk = await FtpTalk.connect(doors.ftpPort);
    await talk.command('USER tram01');
    void talk.command(`PASS ${wrong}`);
    talk.close();
  });

  test('SFTP', async () => {
    const privateKey = own.private;
    expect(await bySsh({ username: 'tram01', password: right })).toBe(true);
    expect(await bySsh({ username: 'tram01', privateKey })).toBe(true);
    expect(await bySsh({ username: 'tram01', password: wrong })).toBe(false);
    expect(await bySsh({ username: 'tram01', privateKey: strange.private })).toBe(false);
    expect(await bySsh({ username: 'tram02', password: right })).toBe(false);
    expect(await bySsh({ username: asUser, password: right })).toBe(false);
    expect(await bySsh({ username: 'nobody', privateKey, password: long })).toBe(false);
  });

  test('while the registry is not there, and while an account has its sessions', async () => {
    const first = await FtpTalk.loggedIn(doors.ftpPort, 'tram03', right);
    expect(await byFtp('USER tram03', `PASS ${right}`)).toBe(421);
    expect(await bySsh({ username: 'tram03', password: right })).toBe(false);
    first.close();

    const unloaded: RegistrySource = {
      current: () => RegistryView.empty,
      ready: () => new Promise(() => undefined),
    };
    const early = await Reception.start({ logger, registrySource: unloaded });
    const earlyDoors = await Doors.open(early, logger);
    const talk = await FtpTalk.connect(earlyDoors.ftpPort);
    await talk.command('USER tram01');
    expect((await talk.command(`PASS ${right}`)).code).toBe(421);
    talk.close();
    await expect(earlyDoors.ssh({ username: 'tram01', password: right })).rejects.toThrow();
    await earlyDoors.close();
    await early.remove();
  });

  test('everybody who guesses is banned in the end', async () => {
    for (let n = 0; n < 15; n += 1)
      await bySsh({ username: `guess${n}`, password: `${wrong}${n}` });
    expect(await bySsh({ username: 'tram01', password: right })).toBe(false);
  });

  test('no password and no key was written down', async () => {
    expect(lines.length).toBeGreaterThan(50);
    expect(text).not.toMatch(secrets);
    for (const blob of blobs) expect(text).not.toContain(blob);
  });

  test('and every login, refusal, ban and end of session was', async () => {
    // The servers may still be at the last connection's end.
    while (count('session-ended') < count('login-accepted'))
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(count('session-ended')).toBe(count('login-accepted'));
    const audited = audit();
    for (const expected of [
      'login-accepted tram01 ftp',
      'session-ended tram01 ftp',
      'login-refused tram01 ftp wrong-password',
      'login-refused tram02 ftp disabled',
      'login-refused (no account code) ftp unknown-account',
      'login-refused nobody ftp unknown-account',
      'login-accepted tram01 sftp',
      'session-ended tram01 sftp',
      'login-refused tram01 sftp wrong-password',
      'login-refused tram02 sftp disabled',
      'credential-refused tram01 sftp key-not-welcome',
      'credential-refused nobody sftp key-not-welcome',
      'credential-refused nobody sftp too-long',
      'login-put-off tram03 ftp too-many-sessions',
      'login-put-off tram03 sftp too-many-sessions',
      'login-put-off tram01 ftp unavailable',
      'login-put-off tram01 sftp unavailable',
      'peer-banned',
      'peer-refused sftp banned',
    ])
      expect(audited).toContain(expected);
    const withUser = lines.filter((line) => line['audit'] === true && 'user' in line);
    for (const line of withUser) expect(line['peer']).toBe('127.0.0.1');
  });

  test('no metric is named after a stranger', async () => {
    // The help of a metric is ours.
    const metrics = (await reception.telemetry.metrics()).replace(/^# HELP .*$/gm, '');
    expect(metrics).toContain('envigate_logins_refused_total');
    expect(metrics).not.toMatch(/Zq7|nobody|guess\d|127\.0\.0\.1/);
  });
});
