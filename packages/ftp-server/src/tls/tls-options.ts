export type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

/** How the server speaks TLS (RFC 4217). */
export interface FtpTlsOptions {
  /** Of the port that begins in the clear. off: AUTH is refused; required: no login without it. */
  readonly mode: 'off' | 'offered' | 'required';
  /** PEM, the server's certificate first, then its chain. Read again when it changes. */
  readonly certFile: string;
  /** PEM, without a passphrase. */
  readonly keyFile: string;
  readonly minVersion: TlsVersion;
  /** Not older than `minVersion`, which alone is spoken where `requireSessionReuse` is on. */
  readonly maxVersion: TlsVersion;
  /** A client that speaks TLS must use it for its data connections too. */
  readonly protectData: boolean;
  /** Data connections must resume the TLS session of their own control connection. */
  readonly requireSessionReuse: boolean;
  /** An upload over TLS must end with close_notify; otherwise its end is judged as one in the clear. */
  readonly requireCloseNotify: boolean;
  /** How often the files are looked at; default 10. */
  readonly checkSeconds?: number;
}
