import { createHash } from 'node:crypto';
import { isIP } from 'node:net';

// How clients make sure that a server is the one that was meant.

/** For an SSH client: accepts only host keys whose fingerprints are pinned. */
export class PinnedHostKeys {
  readonly #pinned: readonly string[];
  #strange: string | undefined;

  /** `pinned`: SHA256:…, as `ssh-keygen -l` prints it. */
  constructor(pinned: readonly string[]) {
    this.#pinned = pinned;
  }

  /** The fingerprint that was rejected; undefined: none was. */
  get strange(): string | undefined {
    return this.#strange;
  }

  /** `key` in the wire format of SSH. */
  accepts(key: Uint8Array): boolean {
    const fingerprint = fingerprintOf(key);
    if (this.#pinned.includes(fingerprint)) return true;
    this.#strange = fingerprint;
    return false;
  }
}

function fingerprintOf(key: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

export interface ExpectedServer {
  readonly ca?: string;
  readonly servername?: string;
}

/**
 * For a TLS client: whose certificate is expected. `ca` is PEM; absent: the public authorities. An
 * address is no server name (RFC 6066), and is compared with the certificate all the same.
 */
export function expectedServer(host: string, ca: string | undefined): ExpectedServer {
  return { ...(ca !== undefined && { ca }), ...(isIP(host) === 0 && { servername: host }) };
}
