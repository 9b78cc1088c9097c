import { connect, type Socket } from 'node:net';
import {
  RemoteSiteError,
  type RemoteEntry,
  type RemoteFileState,
  type RemoteSession,
  type RemoteSiteErrorCode,
} from '@envigate/domain';
import { PinnedHostKeys, codeOf, isUnreachable } from '@envigate/runtime';
import SftpClient from 'ssh2-sftp-client';
import { SiteSteps } from './steps.ts';

export interface SftpSessionOptions {
  readonly host: string;
  /** Default 22. */
  readonly port: number | undefined;
  readonly user: string;
  /** The password; with a private key the key's passphrase, which is never sent. */
  readonly secret: string | undefined;
  readonly privateKey: string | undefined;
  /** SHA256:… of the keys that the server may show. */
  readonly hostKeys: readonly string[];
  readonly timeoutMs: number;
}

/**
 * SFTP by ssh2-sftp-client, on a socket of our own that can be dropped at any moment. Of the
 * library only requests that every server answers are used: no fastGet, no second use of a client.
 */
export class SftpSession implements RemoteSession {
  readonly #options: SftpSessionOptions;
  readonly #client: SftpClient;
  readonly #steps: SiteSteps;
  #socket: Socket | undefined;
  #isLoginRefused = false;

  constructor(options: SftpSessionOptions) {
    this.#options = options;
    // Without callbacks of its own it would print to the console.
    this.#client = new SftpClient('', {});
    this.#steps = new SiteSteps({
      timeoutMs: options.timeoutMs,
      drop: () => this.#socket?.destroy(),
      siteErrorCodeOf: (error) => this.#siteErrorCodeOf(error),
    });
  }

  async open(): Promise<void> {
    const { host, port = 22, user, secret, privateKey, hostKeys, timeoutMs } = this.#options;
    const connection = `${host}:${port}`;
    await this.#steps.run(`log in at ${connection}`, async () => {
      const socket = connect({ host, port, noDelay: true });
      this.#socket = socket;
      this.#client.on('error', (error: { level?: string }) => {
        this.#isLoginRefused ||= error.level === 'client-authentication';
      });
      const pinned = new PinnedHostKeys(hostKeys);
      const connected = this.#client.connect({
        sock: socket,
        username: user,
        ...(privateKey === undefined
          ? { ...(secret !== undefined && { password: secret }) }
          : { privateKey, ...(secret !== undefined && { passphrase: secret }) }),
        hostVerifier: (key: Buffer) => pinned.accepts(key),
        // Ours comes first: it says which step it was.
        readyTimeout: 2 * timeoutMs,
      });
      await connected.catch((error: unknown) => {
        if (pinned.strange === undefined) throw error;
        const why = `${connection} shows the host key ${pinned.strange}, which is not pinned`;
        throw new RemoteSiteError('site-not-trusted', why, { cause: error });
      });
    });
  }

  async list(folder: string): Promise<readonly RemoteEntry[]> {
    const entries = await this.#steps.run(`list ${folder}`, () => this.#client.list(folder));
    return entries.map(({ name, type, size, modifyTime }) => ({
      name,
      kind: type === '-' ? 'file' : type === 'd' ? 'folder' : 'other',
      size,
      listed: timeOf(modifyTime),
      isCoarse: false,
    }));
  }

  async stat(path: string): Promise<RemoteFileState> {
    const { size, modifyTime } = await this.#steps.run(`look at ${path}`, () =>
      this.#client.stat(path),
    );
    return { size, modified: timeOf(modifyTime) };
  }

  read(path: string, maxBytes: number): Promise<Uint8Array> {
    return this.#steps.run(`read ${path}`, async () => {
      const chunks: Buffer[] = [];
      let size = 0;
      const stream = this.#client.createReadStream(path);
      // It closes the remote file after its end; nobody listens any more when that fails.
      stream.on('error', () => undefined);
      for await (const chunk of stream) {
        const bytes = chunk as Buffer;
        size += bytes.length;
        if (size > maxBytes)
          throw new RemoteSiteError('refused', `${path} has more than ${maxBytes} bytes`);
        chunks.push(bytes);
      }
      return Buffer.concat(chunks, size);
    });
  }

  async move(from: string, to: string): Promise<void> {
    await this.#steps.run(`move ${from} to ${to}`, () => this.#client.rename(from, to));
  }

  async makeFolder(path: string): Promise<void> {
    await this.#steps.run(`make ${path}`, () => this.#client.mkdir(path, true));
  }

  async remove(path: string): Promise<void> {
    await this.#steps.run(`remove ${path}`, () => this.#client.delete(path));
  }

  close(): void {
    this.#steps.end();
  }

  #siteErrorCodeOf(error: unknown): RemoteSiteErrorCode {
    if (this.#isLoginRefused) return 'login-refused';
    if (isUnreachable(error)) return 'site-unreachable';
    // What the connection died of may have a number, too.
    if (this.#socket?.readyState !== 'open') return 'connection-lost';
    switch (codeOf(error)) {
      case '2':
      case 'ENOENT':
        return 'not-found';
      case '3':
      case 'EACCES':
        return 'not-permitted';
      case '4':
      case '8':
      case 'ERR_BAD_PATH':
        return 'refused';
      default:
        return 'connection-lost';
    }
  }
}

function timeOf(ms: number): string {
  return new Date(ms).toISOString();
}
