import { Server } from 'node:net';
import type { SecureContext } from 'node:tls';

/** More than the control connection's own session is kept only for clients that resume another. */
const MAX_SESSIONS = 4;

/** What the TLS connections of one FTP session have in common. */
export interface TlsCredentials {
  readonly isServer: true;
  readonly secureContext: SecureContext;
  /** Asked for the sessions of clients that take no tickets, such as curl up to TLS 1.2. */
  readonly server: Server;
}

/** Credentials for one FTP session: what it resumes without tickets is only its own. */
export function tlsCredentials(secureContext: SecureContext): TlsCredentials {
  const sessions = new Map<string, Uint8Array>();
  // Never listens: TLS sockets store sessions in their server and look them up there.
  const server = new Server();
  server.on('newSession', (id: Buffer, session: Uint8Array, done: () => void) => {
    if (id.length > 0 && sessions.size < MAX_SESSIONS) sessions.set(id.toString('hex'), session);
    done();
  });
  server.on(
    'resumeSession',
    (id: Buffer, done: (error: null, session: Uint8Array | null) => void) =>
      done(null, sessions.get(id.toString('hex')) ?? null),
  );
  return { isServer: true, secureContext, server };
}
