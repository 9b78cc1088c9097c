import { createHash } from 'node:crypto';
import { isIP } from 'node:net';

// How a client makes sure that a server is the right one, and how a server proves it without an authority.

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

const DAY_MS = 24 * 3600 * 1000;
const SUBJECT_ALT_DNS = 2;
const SUBJECT_ALT_IP = 7;

/** A key pair whose certificate vouches for itself. */
export interface SelfSignedCertificate {
  /** PEM, PKCS #8. Never logged. */
  readonly key: string;
  /** PEM; also what a client must trust. */
  readonly certificate: string;
}

export interface SelfSignedOptions {
  readonly commonName: string;
  /** DNS names and IP addresses that the certificate is good for. */
  readonly hosts: readonly string[];
  readonly now: Date;
  /** Validity from `now`. It begins a day earlier, for clients whose clocks are behind. */
  readonly days: number;
}

/** A certificate on a new P-256 key, signed with SHA-256 by that key; its own authority (RFC 5280). */
export async function selfSignedCertificate(
  options: SelfSignedOptions,
): Promise<SelfSignedCertificate> {
  const { commonName, hosts, now, days } = options;
  // Only here: the library is large, and most processes never make a certificate.
  const { generate } = await import('selfsigned');
  const made = await generate([{ name: 'commonName', value: commonName }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(now.getTime() - DAY_MS),
    notAfterDate: new Date(now.getTime() + days * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      {
        name: 'subjectAltName',
        altNames: hosts.map((host) =>
          isIP(host) === 0
            ? { type: SUBJECT_ALT_DNS, value: host }
            : { type: SUBJECT_ALT_IP, ip: host },
        ),
      },
    ],
  });
  return { key: made.private, certificate: made.cert };
}
