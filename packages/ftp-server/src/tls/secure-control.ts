import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { TlsCredentials } from './tls-credentials.ts';

/**
 * The server's side of TLS over a control connection. What goes wrong before it is set up is told
 * and ends the connection.
 */
export function secureControl(
  stream: Duplex,
  credentials: TlsCredentials,
  onFailure: (error: unknown) => void,
): Duplex {
  const secured = new TLSSocket(stream, credentials);
  const onError = (error: unknown): void => onFailure(error);
  secured.once('error', onError).once('secure', () => secured.off('error', onError));
  return secured;
}
