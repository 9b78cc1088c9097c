import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { SFTPWrapper } from 'ssh2';
import { Doors, FtpTalk, sftpOf } from './testing/doors.ts';
import { Reception } from './testing/reception.ts';

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
