import { X509Certificate, constants } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { Server } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  TLSSocket,
  createSecureContext,
  type SecureContext,
  type SecureContextOptions,
} from 'node:tls';
import { messageOf } from '@envigate/runtime';

/**
 * How long a ticket is good for. A session kept open resumes its control connection's TLS session
 * for each file, so this bounds how long one can last where resumption is required.
 */
const TICKET_SECONDS = 24 * 3600;

/** The certificate files cannot be used; the message says which and why, never what is in them. */
class CertificateError extends Error {
  readonly code = 'bad-certificate';
  readonly retryable = false;

  constructor({ certFile, keyFile }: FtpTlsOptions, cause: unknown) {
    super(`certificate ${certFile} with key ${keyFile} cannot be used: ${messageOf(cause)}`, {
      cause,
    });
    this.name = 'CertificateError';
  }
}

/** What is logged of a certificate that came into use. */
interface CertificateFacts {
  readonly subject: string;
  /** SHA-256, as `openssl x509 -fingerprint` prints it: what a station's operator compares. */
  readonly fingerprint: string;
  readonly expiresAt: Date;
}

interface Loaded {
  /** Of the files when they were read; another one means that they changed. */
  readonly version: string;
  readonly options: SecureContextOptions;
  readonly context: SecureContext;
  /** For peers that cannot cope with TLS 1.3; absent where TLS 1.2 is not spoken beside it. */
  readonly olderContext: SecureContext | undefined;
  readonly facts: CertificateFacts;
}

/** The certificate in use, and the TLS contexts made of it. */
export class TlsContexts {
  readonly #options: FtpTlsOptions;
  #loaded: Loaded;
  #versionTried: string;
  readonly #olderTlsPeers = new OlderTlsPeers();

  /** Rejects with a CertificateError. */
  static async open(options: FtpTlsOptions): Promise<TlsContexts> {
    const version = await versionOf(options);
    return new TlsContexts(options, await load(options, version));
  }

  private constructor(options: FtpTlsOptions, loaded: Loaded) {
    this.#options = options;
    this.#loaded = loaded;
    this.#versionTried = loaded.version;
  }

  get facts(): CertificateFacts {
    return this.#loaded.facts;
  }

  /**
   * For the control connection of a new session and its data connections. The key of the tickets is
   * the context's. So where data connections must resume their own control connection's session
   * each session has a context to itself, and a ticket of any other session is worth nothing to it;
   * elsewhere they share one, and a client that comes back can resume.
   */
  forSession(peerAddress: string): TlsCredentials {
    const { options, context, olderContext } = this.#loaded;
    if (this.#options.requireSessionReuse) return tlsCredentials(createSecureContext(options));
    const isOlder = olderContext !== undefined && this.#olderTlsPeers.has(peerAddress);
    return tlsCredentials(isOlder ? olderContext : context);
  }

  /**
   * Offers TLS 1.2 to this address from now on, for a day. False where that is not to be had: the
   * settings allow TLS 1.3 only.
   */
  offerOlderTls(peerAddress: string): boolean {
    if (this.#loaded.olderContext === undefined) return false;
    this.#olderTlsPeers.add(peerAddress);
    return true;
  }

  /**
   * Reads the files again if they changed. True where a new certificate is in use from now on.
   * Rejects with a CertificateError, once for each change, where they cannot be used: then the
   * certificate in use stays, such as between the writing of a certificate and that of its key.
   */
  async refresh(): Promise<boolean> {
    const version = await versionOf(this.#options);
    if (version === this.#versionTried) return false;
    this.#versionTried = version;
    if (version === this.#loaded.version) return false;
    this.#loaded = await load(this.#options, version);
    return true;
  }
}

async function load(options: FtpTlsOptions, version: string): Promise<Loaded> {
  try {
    const [cert, key] = await Promise.all([readFile(options.certFile), readFile(options.keyFile)]);
    const { subject, fingerprint256: fingerprint, validTo } = new X509Certificate(cert);
    const contextOptions: SecureContextOptions = {
      cert,
      key,
      minVersion: options.minVersion,
      maxVersion: newestVersion(options),
      sessionIdContext: 'envigate-ftp',
      sessionTimeout: TICKET_SECONDS,
      // A client that begins handshakes over and over on one connection would cost us much.
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_CIPHER_SERVER_PREFERENCE,
    };
    const speaksBoth = options.minVersion !== contextOptions.maxVersion;
    return {
      version,
      options: contextOptions,
      context: createSecureContext(contextOptions),
      olderContext: speaksBoth
        ? createSecureContext({ ...contextOptions, maxVersion: options.minVersion })
        : undefined,
      facts: { subject: subject.replaceAll('\n', ', '), fingerprint, expiresAt: new Date(validTo) },
    };
  } catch (error) {
    throw new CertificateError(options, error);
  }
}

/**
 * A ticket of TLS 1.3 is used once by most clients, and those that upload never read the next one,
 * which comes on the data connection: they could resume for two files. In TLS 1.2 the session of
 * the control connection can be resumed as often as it takes.
 */
function newestVersion(options: FtpTlsOptions): TlsVersion {
  return options.requireSessionReuse ? options.minVersion : options.maxVersion;
}

/** Missing files have a version too, so that their absence is logged once. */
async function versionOf({ certFile, keyFile }: FtpTlsOptions): Promise<string> {
  const versions = [certFile, keyFile].map(async (file) => {
    try {
      const { ino, size, mtimeMs } = await stat(file);
      return `${ino}:${size}:${mtimeMs}`;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? messageOf(error);
    }
  });
  return (await Promise.all(versions)).join(' ');
}

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
function tlsCredentials(secureContext: SecureContext): TlsCredentials {
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

type TlsVersion = 'TLSv1.2' | 'TLSv1.3';

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

const REMEMBERED_MS = 24 * 3600 * 1000;
const MAX_PEERS = 1000;

/**
 * Addresses that are offered TLS 1.2 although TLS 1.3 is spoken. Old programs take the session
 * tickets that follow a TLS 1.3 handshake for the end of the connection: wput 0.6.2 leaves before it
 * has sent its password, and tries again for ever. Whoever left so gets TLS 1.2 at its next try. The
 * operator allows both versions, so that whoever causes this from outside gains nothing new.
 */
export class OlderTlsPeers {
  /** Until when, by address; the oldest entry first. */
  readonly #until = new Map<string, number>();
  readonly #now: () => number;

  /** `now` is in milliseconds and monotonic. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** For a day. Of more than 1,000 addresses the oldest is forgotten. */
  add(address: string): void {
    this.#until.delete(address);
    this.#until.set(address, this.#now() + REMEMBERED_MS);
    if (this.#until.size <= MAX_PEERS) return;
    for (const oldest of this.#until.keys()) {
      this.#until.delete(oldest);
      return;
    }
  }

  has(address: string): boolean {
    const until = this.#until.get(address);
    if (until === undefined) return false;
    if (this.#now() < until) return true;
    this.#until.delete(address);
    return false;
  }
}

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
