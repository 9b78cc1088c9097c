import {
  RemoteSiteError,
  remotePath,
  type RemoteEntry,
  type RemoteFileState,
  type RemoteSession,
  type RemoteSiteErrorCode,
} from '@envigate/domain';
import { BoundedSink, expectedServer, codeOf, isUnreachable } from '@envigate/runtime';
import { Client, FTPError, type FileInfo } from 'basic-ftp';
import { SiteSteps } from './steps.ts';

export interface FtpSessionOptions {
  readonly host: string;
  /** Default 21. */
  readonly port: number | undefined;
  readonly user: string;
  readonly secret: string | undefined;
  /** AUTH TLS, and never without it; `ca` is PEM, absent: the public authorities. */
  readonly tls: { readonly ca: string | undefined } | undefined;
  readonly timeoutMs: number;
}

/** A folder with a hundred thousand files has some eight million bytes. */
const maxListingBytes = 16 * 1024 * 1024;

/**
 * FTP by basic-ftp, passive mode only, with data connections only to the host of the control
 * connection. LIST is asked for the folder that was changed into: some servers answer `LIST folder`
 * of a missing folder with an empty list, and names with blanks or a leading '-' with another one.
 */
export class FtpSession implements RemoteSession {
  readonly #options: FtpSessionOptions;
  readonly #client: Client;
  readonly #steps: SiteSteps;
  /** Where relative paths begin. */
  #home = '/';
  /** False once the server said that it knows no SIZE or no MDTM. */
  #reportsStates = true;

  constructor(options: FtpSessionOptions) {
    this.#options = options;
    // Our limit comes first: it says which step it was.
    this.#client = new Client(2 * options.timeoutMs, {
      allowSeparateTransferHost: false,
      maxListingBytes,
    });
    this.#steps = new SiteSteps({
      timeoutMs: options.timeoutMs,
      drop: () => this.#client.close(),
      siteErrorCodeOf: (error) => this.#siteErrorCodeOf(error),
    });
  }

  async open(): Promise<void> {
    const { host, port = 21, user, secret, tls } = this.#options;
    const client = this.#client;
    await this.#steps.run(`log in at ${host}:${port}`, async () => {
      await client.access({
        host,
        port,
        user,
        ...(secret !== undefined && { password: secret }),
        ...(tls !== undefined && { secure: true, secureOptions: expectedServer(host, tls.ca) }),
      });
      // "LIST -a" is an empty list to IIS, and dot-files are not wanted anyway.
      client.availableListCommands = client.availableListCommands.filter(
        (command) => command !== 'LIST -a',
      );
      this.#home = await client.pwd();
    });
  }

  async list(folder: string): Promise<readonly RemoteEntry[]> {
    const entries = await this.#steps.run(`list ${folder}`, () => this.#list(folder));
    return entries.map(toEntry);
  }

  stat(path: string): Promise<RemoteFileState> {
    return this.#steps.run(`look at ${path}`, async () => {
      const asked = this.#reportsStates ? await this.#askForState(path) : undefined;
      if (asked !== undefined) return asked;
      this.#reportsStates = false;
      return this.#stateByListing(path);
    });
  }

  read(path: string, maxBytes: number): Promise<Uint8Array> {
    return this.#steps.run(`read ${path}`, async () => {
      const sink = new BoundedSink(path, maxBytes);
      await this.#client.downloadTo(sink, this.#absolute(path));
      return sink.content();
    });
  }

  async move(from: string, to: string): Promise<void> {
    await this.#steps.run(`move ${from} to ${to}`, () =>
      this.#client.rename(this.#absolute(from), this.#absolute(to)),
    );
  }

  async makeFolder(path: string): Promise<void> {
    await this.#steps.run(`make ${path}`, () => this.#client.ensureDir(this.#absolute(path)));
  }

  async remove(path: string): Promise<void> {
    await this.#steps.run(`remove ${path}`, () => this.#client.remove(this.#absolute(path)));
  }

  close(): void {
    this.#steps.end();
  }

  async #list(folder: string): Promise<readonly FileInfo[]> {
    await this.#client.cd(this.#absolute(folder));
    return this.#client.list();
  }

  /** Undefined where the server knows no such command. */
  async #askForState(path: string): Promise<RemoteFileState | undefined> {
    try {
      const size = await this.#client.size(this.#absolute(path));
      const modified = await this.#client.lastMod(this.#absolute(path));
      return Number.isNaN(modified.getTime()) ? undefined : { size, modified: timeOf(modified) };
    } catch (error) {
      if (error instanceof FTPError && [500, 502, 504].includes(error.code)) return undefined;
      throw error;
    }
  }

  async #stateByListing(path: string): Promise<RemoteFileState> {
    const slash = path.lastIndexOf('/');
    const name = path.slice(slash + 1);
    const folder = slash < 0 ? '.' : path.slice(0, slash) || '/';
    const found = (await this.#list(folder)).find((entry) => entry.name === name);
    if (found === undefined) throw new RemoteSiteError('not-found', `there is no ${path}`);
    const { size, listed: modified } = toEntry(found);
    return { size, modified };
  }

  #absolute(path: string): string {
    if (path.startsWith('/')) return path;
    return path === '.' ? this.#home : remotePath(this.#home, path);
  }

  #siteErrorCodeOf(error: unknown): RemoteSiteErrorCode {
    if (isUnreachable(error)) return 'site-unreachable';
    if (isCertificateFault(error)) return 'site-not-trusted';
    // What a socket died of has a code too, in letters.
    const isReply = error instanceof FTPError && typeof error.code === 'number';
    return isReply ? codeOfReply(error) : 'connection-lost';
  }
}

/** Many servers have no other number for "not there" and "not allowed" than 550. */
function codeOfReply({ code, message }: FTPError): RemoteSiteErrorCode {
  switch (code) {
    case 421:
      return 'connection-lost';
    case 530:
      return 'login-refused';
    case 550:
      return /denied|permi|not allowed/i.test(message) ? 'not-permitted' : 'not-found';
    case 532:
    case 553:
      return 'not-permitted';
    default:
      return 'refused';
  }
}

function isCertificateFault(error: unknown): boolean {
  const faults = /^(ERR_TLS_CERT|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|HOSTNAME_MISMATCH|INVALID)/;
  return faults.test(codeOf(error));
}

function toEntry(file: FileInfo): RemoteEntry {
  const { name, size, modifiedAt, rawModifiedAt } = file;
  return {
    name,
    kind: file.isFile ? 'file' : file.isDirectory ? 'folder' : 'other',
    size,
    listed: modifiedAt === undefined ? rawModifiedAt : timeOf(modifiedAt),
    isCoarse: modifiedAt === undefined,
  };
}

/** To the second: MDTM and MLSD of one server may differ in what comes after it. */
function timeOf(date: Date): string {
  return `${date.toISOString().slice(0, 19)}Z`;
}
