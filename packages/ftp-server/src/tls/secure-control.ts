import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { TlsCredentials } from './tls-credentials.ts';

/** One of both is called, once, unless the connection ends before. */
export interface HandshakeOutcome {
  readonly onSecured: (version: string) => void;
  readonly onFailure: (error: unknown) => void;
}

/** The server's side of TLS over a control connection. A failed handshake ends the connection. */
export function secureControl(
  stream: Duplex,
  credentials: TlsCredentials,
  { onSecured, onFailure }: HandshakeOutcome,
): Duplex {
  const secured = new TLSSocket(stream, credentials);
  secured.once('error', onFailure).once('secure', () => {
    secured.off('error', onFailure);
    onSecured(secured.getProtocol() ?? 'unknown');
  });
  return secured;
}
