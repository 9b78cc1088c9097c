import type { RemoteSite } from '@envigate/contracts';
import { hasPyftpdlib, startPyftpdlib } from './pyftpdlib.ts';
import type { RemoteServer } from './server-process.ts';
import { hasSshd, startSshd } from './sshd.ts';
import { hasVsftpd, startVsftpd } from './vsftpd.ts';

/** A server and the registry's entry for it. */
export interface SiteUnderTest {
  readonly server: RemoteServer;
  readonly site: RemoteSite;
}

export interface RemoteSiteKind {
  readonly name: string;
  readonly isThere: () => boolean;
  /** Whether its listings report whole minutes only. */
  readonly isCoarse: boolean;
  readonly start: () => Promise<SiteUnderTest>;
}

const common = { code: 'site', account: 'tram01', host: '127.0.0.1', timeoutSeconds: 20 };

export async function startOpenssh(): Promise<SiteUnderTest> {
  const server = await startSshd();
  const { port, user, privateKeyFile, hostKey, root } = server;
  const site: RemoteSite = {
    ...{ ...common, kind: 'sftp', port, user, privateKeyFile },
    ...{ folders: [root], hostKeys: [hostKey] },
  };
  return { server, site };
}

export async function startFtp(): Promise<SiteUnderTest> {
  const server = await startVsftpd();
  const { port, user } = server;
  return { server, site: { ...common, kind: 'ftp', port, user, folders: ['/'] } };
}

export async function startFtps(hosts?: readonly string[]): Promise<SiteUnderTest> {
  const server = await startVsftpd({ tls: true, ...(hosts !== undefined && { hosts }) });
  const { port, user, caFile } = server;
  return { server, site: { ...common, kind: 'ftps', port, user, caFile, folders: ['/'] } };
}

export async function startMlsd(): Promise<SiteUnderTest> {
  const server = await startPyftpdlib();
  const { port, user } = server;
  const site: RemoteSite = {
    ...{ ...common, kind: 'ftp', port, user, secret: '${SITE_SECRET}', folders: ['/'] },
  };
  return { server, site };
}

/** What the secrets of these sites are taken from. */
export const siteEnv = { SITE_SECRET: 'p@ss w0rd' };

export const remoteSiteKinds: readonly RemoteSiteKind[] = [
  { name: 'OpenSSH', isThere: hasSshd, isCoarse: false, start: startOpenssh },
  { name: 'vsftpd', isThere: hasVsftpd, isCoarse: true, start: startFtp },
  { name: 'vsftpd with TLS', isThere: hasVsftpd, isCoarse: true, start: () => startFtps() },
  { name: 'pyftpdlib', isThere: hasPyftpdlib, isCoarse: false, start: startMlsd },
];
