import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../processes/free-port.ts';
import { findOrInstall, startForeign } from './foreign-program.ts';
import type { ServerUnderTest } from './server-under-test.ts';

/**
 * vsftpd as it is fastest: its anonymous user (no PAM, no password hash), no log of transfers. It
 * does not sync itself. Undefined where it is not installed and cannot be.
 */
export async function startVsftpd(dir: string): Promise<ServerUnderTest | undefined> {
  const program = await findOrInstall('/usr/sbin/vsftpd', 'vsftpd');
  if (program === undefined) return undefined;
  const port = await freePort();
  const [root, empty] = [join(dir, 'root'), join(dir, 'empty')];
  await mkdir(join(root, 'in'), { recursive: true });
  await mkdir(empty);
  // It refuses an anonymous user that may write to its own root.
  await chmod(root, 0o555);
  const settings = {
    listen: 'YES',
    listen_address: '127.0.0.1',
    listen_port: port,
    background: 'NO',
    run_as_launching_user: 'YES',
    ftp_username: userInfo().username,
    secure_chroot_dir: empty,
    local_enable: 'NO',
    anonymous_enable: 'YES',
    anon_root: root,
    write_enable: 'YES',
    anon_upload_enable: 'YES',
    anon_other_write_enable: 'YES',
    xferlog_enable: 'NO',
    seccomp_sandbox: 'NO',
    // Out of the range of outgoing ports: it gives up on a port that a closed connection still has.
    pasv_min_port: 1024,
    pasv_max_port: 9999,
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`);
  const file = join(dir, 'vsftpd.conf');
  await writeFile(file, lines.join(''));
  const running = await startForeign(program, [file], port);
  const [user, password] = ['anonymous', 'bench'];
  return { name: 'vsftpd', port, user, password, folder: 'in/', ...running };
}
