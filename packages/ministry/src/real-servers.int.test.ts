import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { DeliveryError, type MinistryTarget } from '@envigate/domain';
import {
  hasProftpd,
  hasPureFtpd,
  hasSshd,
  hasVsftpd,
  startProftpd,
  startPureFtpd,
  startSshd,
  startVsftpd,
  type RemoteServer,
} from '@envigate/test-support';
import { connectTo } from './connect-to.ts';
import { corrected, file, old } from './testing/files.ts';
import type { Target } from './testing/inlets.ts';

// A busy machine is slow, not wrong.
jest.setTimeout(60_000);

interface Inlet {
  readonly server: RemoteServer;
  readonly target: Target;
}

interface InletKind {
  readonly name: string;
  readonly isThere: () => boolean;
  readonly start: () => Promise<Inlet>;
  /** It takes new files only: a correction is refused, and the older version stays. */
  readonly isWriteOnce?: true;
  /** So what its first file taught us lies there. */
  readonly forbidsToDelete?: true;
}

const vsftpd =
  (options: Parameters<typeof startVsftpd>[0] = {}) =>
  async (): Promise<Inlet> => {
    const server = await startVsftpd(options);
    const { port, user, caFile } = server;
    const target: Target =
      options.tls === true
        ? { code: 'bo', kind: 'ftps', url: `ftps://127.0.0.1:${port}/`, user, caFile }
        : { code: 'bo', kind: 'ftp', url: `ftp://127.0.0.1:${port}/`, user };
    return { server, target };
  };
type ServerWithPassword = Awaited<ReturnType<typeof startProftpd | typeof startPureFtpd>>;
const withPassword = (server: ServerWithPassword): Inlet => {
  const { port, user, password: secret } = server;
  const url = `ftp://127.0.0.1:${port}/`;
  return { server, target: { code: 'bo', kind: 'ftp', url, user, secret } };
};
const proftpd = (directives: readonly string[]) => async (): Promise<Inlet> =>
  withPassword(await startProftpd(directives));
const pureFtpd = (switches: readonly string[]) => async (): Promise<Inlet> =>
  withPassword(await startPureFtpd(switches));
const sshd = (refuses: readonly string[]) => async (): Promise<Inlet> => {
  const server = await startSshd({ refuses });
  const { port, user, privateKeyFile, hostKey } = server;
  const url = `sftp://127.0.0.1:${port}/`;
  const hostKeys: [string] = [hostKey];
  return { server, target: { code: 'bo', kind: 'sftp', url, user, privateKeyFile, hostKeys } };
};

const kinds: readonly InletKind[] = [
  { name: 'vsftpd', isThere: hasVsftpd, start: vsftpd() },
  { name: 'vsftpd with TLS', isThere: hasVsftpd, start: vsftpd({ tls: true }) },
  {
    name: 'vsftpd that takes new files only',
    isThere: hasVsftpd,
    start: vsftpd({ changes: false }),
    isWriteOnce: true,
    forbidsToDelete: true,
  },
  {
    name: 'vsftpd with TLS that takes new files only',
    isThere: hasVsftpd,
    start: vsftpd({ changes: false, tls: true }),
    isWriteOnce: true,
    forbidsToDelete: true,
  },
  { name: 'ProFTPD', isThere: hasProftpd, start: proftpd(['AllowOverwrite on']) },
  { name: 'ProFTPD that overwrites nothing', isThere: hasProftpd, start: proftpd([]) },
  {
    name: 'ProFTPD that forbids dot-files',
    isThere: hasProftpd,
    start: proftpd(['AllowOverwrite on', 'PathDenyFilter (^|/)[.][^/]*$']),
  },
  {
    name: 'ProFTPD that takes *.txt only',
    isThere: hasProftpd,
    start: proftpd(['AllowOverwrite on', 'PathAllowFilter [.]txt$']),
  },
  {
    name: 'ProFTPD that forbids to rename and to delete',
    isThere: hasProftpd,
    start: proftpd(['AllowOverwrite on', '<Limit RNFR RNTO DELE>', 'DenyAll', '</Limit>']),
    forbidsToDelete: true,
  },
  { name: 'Pure-FTPd', isThere: hasPureFtpd, start: pureFtpd([]) },
  { name: 'Pure-FTPd that forbids dot-files', isThere: hasPureFtpd, start: pureFtpd(['-x']) },
  { name: 'Pure-FTPd that forbids to rename', isThere: hasPureFtpd, start: pureFtpd(['-G']) },
  { name: 'OpenSSH', isThere: hasSshd, start: sshd([]) },
  { name: 'OpenSSH without posix-rename', isThere: hasSshd, start: sshd(['posix-rename']) },
  {
    name: 'OpenSSH that forbids to rename',
    isThere: hasSshd,
    start: sshd(['posix-rename', 'rename']),
  },
  {
    name: 'OpenSSH that forbids to rename and to delete',
    isThere: hasSshd,
    start: sshd(['posix-rename', 'rename', 'remove']),
    forbidsToDelete: true,
  },
];

for (const { name, isThere, start, isWriteOnce, forbidsToDelete } of kinds)
  (isThere() ? describe : describe.skip)(`a delivery to ${name}`, () => {
    let inlet: Inlet;
    let connection: MinistryTarget;
    beforeEach(async () => {
      inlet = await start();
      connection = connectTo({ timeoutMs: 20_000, env: {} })(inlet.target);
    });
    afterEach(async () => {
      await connection.close();
      await inlet.server.stop();
    });
    const there = (minute: number): Promise<string> =>
      readFile(join(inlet.server.dir, file(minute, '').name), 'utf8');

    test('brings in files, corrections and repeats, and leaves what cannot be removed only', async () => {
      expect(await connection.deliver(file(1, old))).toMatchObject({ kind: 'accepted' });
      const correction: unknown = await connection
        .deliver(file(1, corrected))
        .catch((error: unknown) => error);
      if (isWriteOnce === true) expect(correction).toMatchObject({ kind: 'refused', code: 4 });
      else expect(correction).toMatchObject({ kind: 'accepted' });
      expect(correction).not.toBeInstanceOf(DeliveryError);
      expect(await connection.deliver(file(2, old))).toMatchObject({ kind: 'accepted' });
      const repeat = { ...file(2, old), resend: true };
      expect(await connection.deliver(repeat)).toMatchObject({ kind: 'accepted' });

      expect(await there(1)).toBe(isWriteOnce === true ? old : corrected);
      expect(await there(2)).toBe(old);
      const names = await readdir(inlet.server.dir);
      const parts = names.filter((each) => each.endsWith('.part'));
      expect(parts).toHaveLength(forbidsToDelete === true ? 1 : 0);
      expect(names.filter((each) => !parts.includes(each)).sort()).toEqual([
        file(1, '').name,
        file(2, '').name,
      ]);
    });
  });
