import { isIP } from 'node:net';

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
