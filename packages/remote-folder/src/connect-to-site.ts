import { readFile } from 'node:fs/promises';
import type { RemoteSite } from '@envigate/contracts';
import { RemoteSiteError, type ConnectRemoteSite, type RemoteSession } from '@envigate/domain';
import { messageOf, readSecret } from '@envigate/runtime';
import { FtpSession } from './ftp-session.ts';
import { SftpSession } from './sftp-session.ts';

export interface ConnectToSiteOptions {
  /** Where `${NAME}` in a site's secret is looked up. */
  readonly env: NodeJS.ProcessEnv;
}

const defaultTimeoutSeconds = 30;

/** Makes the client that a site of the registry asks for, and logs in. A new one for each task. */
export function connectToSite({ env }: ConnectToSiteOptions): ConnectRemoteSite {
  return async (site, signal) => {
    const session = await newSession(site, env);
    const giveUp = (): void => session.close();
    signal.addEventListener('abort', giveUp);
    try {
      if (signal.aborted) throw new RemoteSiteError('connection-lost', 'given up before it began');
      await session.open();
      return session;
    } catch (error) {
      session.close();
      throw error;
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  };
}

type NewSession = RemoteSession & { open(): Promise<void> };

async function newSession(site: RemoteSite, env: NodeJS.ProcessEnv): Promise<NewSession> {
  const { host, port, user } = site;
  const secret = readSecret(site.secret, env, (why, options) => unusable(site, why, options));
  const timeoutMs = (site.timeoutSeconds ?? defaultTimeoutSeconds) * 1000;
  switch (site.kind) {
    case 'sftp': {
      const { hostKeys, privateKeyFile } = site;
      if (hostKeys === undefined) throw unusable(site, 'hostKeys must be pinned for sftp');
      const privateKey =
        privateKeyFile === undefined ? undefined : await fileOf(site, privateKeyFile);
      return new SftpSession({ host, port, user, secret, privateKey, hostKeys, timeoutMs });
    }
    case 'ftp':
      return new FtpSession({ host, port, user, secret, tls: undefined, timeoutMs });
    case 'ftps': {
      const { caFile } = site;
      const ca = caFile === undefined ? undefined : await fileOf(site, caFile);
      return new FtpSession({ host, port, user, secret, tls: { ca }, timeoutMs });
    }
  }
}

/** A file that the registry names: a private key, a certificate. Rejects with RemoteSiteError. */
async function fileOf(site: RemoteSite, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw unusable(site, messageOf(error), { cause: error });
  }
}

/** The registry's entry cannot be used as it is; it stops this site only. */
function unusable(site: RemoteSite, why: string, options?: ErrorOptions): RemoteSiteError {
  return new RemoteSiteError('site-unusable', `remote site ${site.code}: ${why}`, options);
}
