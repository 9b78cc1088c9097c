import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { selfSignedCertificate } from '@envigate/runtime';
import { freePort } from '../processes/free-port.ts';
import {
  hasServer,
  startServerProcess,
  temporaryFolder,
  type RemoteServer,
} from './server-process.ts';

const program = '/usr/sbin/vsftpd';

export const hasVsftpd = (): boolean => hasServer('vsftpd', program, 'vsftpd');

export interface Vsftpd extends RemoteServer {
  readonly user: string;
  /** PEM file of the certificate, which is its own authority. */
  readonly caFile: string;
}

export interface VsftpdOptions {
  /** AUTH TLS is required, on data connections too, and with session reuse. */
  readonly tls?: boolean;
  /** What its certificate is good for; default loopback. */
  readonly hosts?: readonly string[];
  /** False: new files only, no renaming, deleting or overwriting. */
  readonly changes?: boolean;
}

/** vsftpd on loopback: lists in the style of ls, with whole minutes, and knows no MLSD. */
export async function startVsftpd({
  tls = false,
  hosts = ['127.0.0.1', 'localhost'],
  changes = true,
}: VsftpdOptions = {}): Promise<Vsftpd> {
  const home = await temporaryFolder('vsftpd');
  const dir = join(home, 'site');
  const empty = join(home, 'empty');
  await Promise.all([mkdir(dir), mkdir(empty)]);
  const caFile = join(home, 'certificate.pem');
  const keyFile = join(home, 'key.pem');
  const { certificate, key } = await selfSignedCertificate({
    commonName: 'Remote site',
    hosts,
    now: new Date(),
    days: 30,
  });
  await writeFile(caFile, certificate);
  await writeFile(keyFile, key, { mode: 0o600 });
  const port = await freePort();
  const config = join(home, 'vsftpd.conf');
  await writeFile(
    config,
    [
      'listen=YES',
      'listen_ipv6=NO',
      'listen_address=127.0.0.1',
      `listen_port=${port}`,
      'background=NO',
      'run_as_launching_user=YES',
      'seccomp_sandbox=NO',
      `secure_chroot_dir=${empty}`,
      'anonymous_enable=YES',
      'local_enable=NO',
      `anon_root=${dir}`,
      'anon_world_readable_only=NO',
      'anon_umask=022',
      'write_enable=YES',
      'anon_upload_enable=YES',
      'anon_mkdir_write_enable=YES',
      `anon_other_write_enable=${changes ? 'YES' : 'NO'}`,
      'xferlog_enable=NO',
      `vsftpd_log_file=${join(home, 'vsftpd.log')}`,
      ...(tls ? tlsLines(caFile, keyFile) : []),
      '',
    ].join('\n'),
  );
  const stop = await startServerProcess({ program, args: [config], port, home });
  // It runs as the user of the tests, and so without chroot.
  return { port, dir, root: dir, user: 'anonymous', caFile, stop };
}

function tlsLines(certificateFile: string, keyFile: string): readonly string[] {
  return [
    'ssl_enable=YES',
    'allow_anon_ssl=YES',
    'force_anon_logins_ssl=YES',
    'force_anon_data_ssl=YES',
    'require_ssl_reuse=YES',
    'ssl_ciphers=HIGH',
    `rsa_cert_file=${certificateFile}`,
    `rsa_private_key_file=${keyFile}`,
  ];
}
