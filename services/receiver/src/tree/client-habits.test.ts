import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { SFTPWrapper } from 'ssh2';
import { Doors, FtpTalk, sftpOf } from '../testing/doors.ts';
import { Reception, account, station } from '../testing/reception.ts';

// What loggers and their FTP programs do that others do not, over the real servers.

let reception: Reception;
let doors: Doors;
let ftp: FtpTalk;

beforeEach(async () => {
  reception = await Reception.start();
  doors = await Doors.open(reception);
  ftp = await FtpTalk.loggedIn(doors.ftpPort, 'tram01', 'right');
});
afterEach(async () => {
  await doors.close();
  await reception.remove();
});

async function send(name: string, content: string): Promise<number> {
  return (await ftp.transfer(`STOR ${name}`, Buffer.from(content))).code;
}

async function sftp(): Promise<SFTPWrapper> {
  return sftpOf(await doors.ssh({ username: 'tram01', password: 'right' }));
}

function put(client: SFTPWrapper, path: string, content: string): Promise<void> {
  return new Promise((resolve, reject) =>
    client.writeFile(path, content, (error) => (error == null ? resolve() : reject(error))),
  );
}

describe('paths of Windows', () => {
  test.each([
    ['\\data\\a.txt', '/data a.txt'],
    ['C:\\data\\2026\\a.txt', '/data/2026 a.txt'],
    ['C:\\a.txt', '/ a.txt'],
    ['"a.txt"', '/ a.txt'],
    ['\\\\server\\share\\a.txt', '/ a.txt'],
  ])('%s is received as %s, over FTP and SFTP', async (path, place) => {
    expect(await send(path, 'pH 7.1')).toBe(226);
    expect((await ftp.command(`SIZE ${path}`)).text).toContain('213 6');
    await put(await sftp(), path, 'pH 7.2');
    expect(await reception.received()).toEqual([`${place}=pH 7.1`, `${place}=pH 7.2`]);
  });

  test('go together with folders that are made and entered', async () => {
    expect((await ftp.command('MKD NuocThai')).code).toBe(257);
    expect((await ftp.command('CWD \\NuocThai')).code).toBe(250);
    expect((await ftp.command('MKD 2026\\')).code).toBe(257);
    expect(await send('2026\\a.tmp', 'pH 7.1')).toBe(226);
    expect((await ftp.command('RNFR C:\\NuocThai\\2026\\a.tmp')).code).toBe(350);
    expect((await ftp.command('RNTO \\NuocThai\\2026\\a.txt')).code).toBe(250);
    expect((await ftp.transfer('NLST \\NuocThai\\2026')).data).toBe('/NuocThai/2026/a.txt\r\n');
    expect(await reception.received()).toEqual(['/NuocThai/2026 a.txt=pH 7.1']);
  });

  test('that end without a name are refused, and nothing is stored', async () => {
    for (const path of ['C:\\', '\\data\\', '""']) expect(await send(path, 'pH 7.1')).toBe(553);
    await expect(put(await sftp(), 'C:\\data\\', 'pH 7.1')).rejects.toThrow(/name is empty/);
    expect(await reception.received()).toEqual([]);
    expect((await ftp.transfer('NLST')).data).toBe('');
  });

  test('lead nowhere outside of the tree', async () => {
    expect(await send('..\\..\\..\\etc\\passwd', 'pH 7.1')).toBe(226);
    expect(await reception.received()).toEqual(['/etc passwd=pH 7.1']);
  });
});

describe('temporary names', () => {
  test.each([
    'tmp_a.txt',
    'TEMP_a.txt',
    'UPLOADING_a.txt',
    'a.txt.writing',
    'a.txt.~tmp',
    'a._tmp',
  ])('are renamed before they are received: %s', async (temporary) => {
    expect(await send(temporary, 'pH 7.1')).toBe(226);
    expect(await reception.received()).toEqual([]);
    expect((await reception.desk.list()).map(({ reason }) => reason)).toEqual(['awaiting-rename']);
    expect((await ftp.command(`RNFR ${temporary}`)).code).toBe(350);
    expect((await ftp.command('RNTO a.txt')).code).toBe(250);
    expect(await reception.received()).toEqual(['/ a.txt=pH 7.1']);
  });

  test('do not apply where a station of the account is called so', async () => {
    reception.registry.set([account('tram01', { stations: ['TMP_01'] })], [station('TMP_01')]);
    expect(await send('TMP_01_20261129224700.txt', 'pH 7.1')).toBe(226);
    expect(await send('tmp_TMP_01_20261129224700.txt', 'pH 7.2')).toBe(226);
    expect(await reception.received()).toEqual(['/ TMP_01_20261129224700.txt=pH 7.1']);
  });
});

describe('files without bytes that mark another one', () => {
  test.each(['a.txt.done', 'a.ok', 'a.FLAG', 'a.txt.lck', 'a.txt.camelLock', 'done'])(
    'are acknowledged and not received: %s',
    async (marker) => {
      expect(await send('a.txt', 'pH 7.1')).toBe(226);
      expect(await send(marker, '')).toBe(226);
      await put(await sftp(), `/${marker}`, '');
      expect(await reception.received()).toEqual(['/ a.txt=pH 7.1']);
      expect(await reception.desk.list()).toEqual([]);
      expect((await ftp.command(`SIZE ${marker}`)).text).toContain('213 0');
      expect((await ftp.transfer('NLST')).data.split('\r\n').sort()).toEqual(
        ['', 'a.txt', marker].sort(),
      );
      expect(await reception.telemetry.metrics()).toContain(
        'envigate_marker_files_total{account="tram01"} 2',
      );
      expect((await ftp.command(`DELE ${marker}`)).code).toBe(250);
      expect((await ftp.transfer('NLST')).data).toBe('a.txt\r\n');
    },
  );

  test('may come under a temporary name, and be made a file of data', async () => {
    expect(await send('a.done.tmp', '')).toBe(226);
    expect((await ftp.command('RNFR a.done.tmp')).code).toBe(350);
    expect((await ftp.command('RNTO a.done')).code).toBe(250);
    expect(await reception.received()).toEqual([]);
    expect(await reception.desk.list()).toEqual([]);
    expect((await ftp.transfer('APPE a.done', Buffer.from('pH 7.1'))).code).toBe(226);
    expect(await reception.received()).toEqual(['/ a.done=pH 7.1']);
  });

  test('with bytes are data', async () => {
    expect(await send('a.done', 'pH 7.1')).toBe(226);
    expect(await send('a.txt', '')).toBe(226);
    expect(await reception.received()).toEqual(['/ a.done=pH 7.1', '/ a.txt=']);
  });
});

describe('a plain RENAME of SFTP onto a file that is there', () => {
  const rename = (client: SFTPWrapper, from: string, to: string): Promise<void> =>
    new Promise((resolve, reject) =>
      client.rename(from, to, (error) => (error == null ? resolve() : reject(error))),
    );

  test('with the same content succeeds, and nothing waits afterwards', async () => {
    const client = await sftp();
    await put(client, '/a.txt', 'pH 7.1');
    await put(client, '/t.tmp', 'pH 7.1');
    await rename(client, '/t.tmp', '/a.txt');
    expect(await reception.desk.list()).toEqual([]);
    expect((await ftp.transfer('NLST')).data).toBe('a.txt\r\n');
    // Both are in the ledger: the second is a duplicate.
    expect(await reception.received()).toEqual(['/ a.txt=pH 7.1', '/ a.txt=pH 7.1']);
  });

  test('with the same content succeeds where the spool no longer has the first', async () => {
    await doors.close();
    await reception.remove();
    reception = await Reception.start({ spool: { segmentBytes: 4096 } });
    doors = await Doors.open(reception);
    ftp = await FtpTalk.loggedIn(doors.ftpPort, 'tram01', 'right');
    const client = await sftp();
    await put(client, '/a.txt', 'pH 7.1');
    for (let n = 0; n < 12; n += 1) await put(client, `/fill${n}.txt`, '.'.repeat(1000));
    await reception.spool.release(reception.spool.head);
    await expect(ftp.transfer('APPE a.txt', Buffer.from('x'))).resolves.toMatchObject({
      code: 550,
    });
    await put(client, '/t.tmp', 'pH 7.1');
    await rename(client, '/t.tmp', '/a.txt');
    await put(client, '/t.tmp', 'pH 7.2');
    await expect(rename(client, '/t.tmp', '/a.txt')).rejects.toThrow(/exists already/);
  });

  test('with other content is refused, and the bytes stay for the sender', async () => {
    const client = await sftp();
    await put(client, '/a.txt', 'pH 7.1');
    await put(client, '/t.tmp', 'pH 7.2');
    await expect(rename(client, '/t.tmp', '/a.txt')).rejects.toThrow(/exists already/);
    await expect(rename(client, '/t.tmp', '/b.txt')).resolves.toBeUndefined();
    expect(await reception.received()).toEqual(['/ a.txt=pH 7.1', '/ b.txt=pH 7.2']);
  });
});
