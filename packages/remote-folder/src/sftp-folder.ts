import { connect, type Socket } from 'node:net';
import { BoundedSink, PinnedHostKeys, codeOf } from '@envigate/runtime';
import SftpClient from 'ssh2-sftp-client';
import { Steps, maxAnswerBytes, transferMs } from './steps.ts';
import {
  Refusal,
  meaningOfWords,
  measureThenRename,
  type MeasuredRename,
  type Meaning,
  type RemoteFolder,
  type RemoteSize,
  type Renaming,
} from './remote-folder.ts';

interface SftpAccess {
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  /** The password; with a private key the key's passphrase, which is never sent. */
  readonly secret: string | undefined;
  readonly privateKey: string | undefined;
  /** SHA256:… of the keys that the server may show; absent: any. */
  readonly hostKeys: readonly string[] | undefined;
  /** Absent: where the login leads to. Made where it is missing. */
  readonly folder: string | undefined;
}

/** Not 0666, the default of ssh2: others could change the file. */
const fileMode = 0o644;

/** SFTP by ssh2-sftp-client, on a socket of our own that can be dropped at any moment. */
export class SftpFolder implements RemoteFolder {
  readonly #steps: Steps;
  readonly #timeoutMs: number;
  // Without callbacks of its own it would print to the console.
  readonly #client = new SftpClient('', {});
  #socket: Socket | undefined;
  /** How much more the server may send in the step under way. */
  #answerBytesLeft = maxAnswerBytes;
  #folder = '';
  /** False once the server said that it knows no posix-rename@openssh.com. */
  #renamesOver = true;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    this.#steps = new Steps(timeoutMs, () => this.#socket?.destroy());
  }

  get isEnded(): boolean {
    return this.#steps.isEnded;
  }

  async open(access: SftpAccess): Promise<void> {
    const { host, port, folder } = access;
    await this.#steps.run(`log in at ${host}:${port}`, () => this.#logIn(access));
    if (folder === undefined) return;
    this.#folder = `${folder.replace(/\/+$/, '')}/`;
    await this.#step('make the folder', () => this.#client.mkdir(folder, true));
  }

  end(): void {
    this.#steps.end();
  }

  async store(name: string, bytes: Uint8Array): Promise<string> {
    const options = { writeStreamOptions: { mode: fileMode } };
    const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const put = () => this.#client.put(content, this.#path(name), options);
    await this.#step('send', put, bytes.length);
    return `${bytes.length} bytes were written and closed as ${name}`;
  }

  async sizeOf(name: string): Promise<RemoteSize> {
    try {
      return (await this.#step('ask for the size', () => this.#client.stat(this.#path(name)))).size;
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return error.meaning === 'missing' ? 'missing' : 'untold';
    }
  }

  async read(name: string, maxBytes: number): Promise<Uint8Array | undefined> {
    const sink = new BoundedSink(name, maxBytes);
    try {
      const get = () => this.#client.get(this.#path(name), sink);
      await this.#step('read back', get, maxBytes);
    } catch (error) {
      if (error instanceof Refusal && error.isForGood) return undefined;
      throw error;
    }
    return sink.content();
  }

  async rename(from: string, to: string): Promise<string> {
    const [oldPath, newPath] = [this.#path(from), this.#path(to)];
    const said = `renamed to ${to}`;
    if (this.#renamesOver) {
      try {
        await this.#step('rename', () => this.#client.posixRename(oldPath, newPath));
        return said;
      } catch (error) {
        if (!(error instanceof Refusal) || error.meaning !== 'unsupported') throw error;
        this.#renamesOver = false;
      }
    }
    await this.#step('rename', () => this.#client.rename(oldPath, newPath));
    return said;
  }

  measureAndRename(rename: MeasuredRename): Promise<Renaming> {
    return measureThenRename(this, rename);
  }

  async remove(name: string): Promise<boolean> {
    try {
      await this.#step('remove', () => this.#client.delete(this.#path(name)));
      return true;
    } catch (error) {
      if (error instanceof Refusal) return false;
      throw error;
    }
  }

  #path(name: string): string {
    return `${this.#folder}${name}`;
  }

  async #logIn({ host, port, user, secret, privateKey, hostKeys }: SftpAccess): Promise<void> {
    const socket = connect({ host, port, noDelay: true });
    this.#socket = socket;
    // That the server ended an idle session is noticed by the next request.
    socket.on('error', () => undefined);
    const pinned = new PinnedHostKeys(hostKeys ?? []);
    const connected = this.#client.connect({
      sock: socket,
      username: user ?? 'anonymous',
      ...(privateKey === undefined
        ? { ...(secret !== undefined && { password: secret }) }
        : { privateKey, ...(secret !== undefined && { passphrase: secret }) }),
      hostVerifier: (key: Buffer) => hostKeys === undefined || pinned.accepts(key),
      // Ours comes first: it says which step it was.
      readyTimeout: 2 * this.#timeoutMs,
    });
    await connected.catch((error: unknown) => {
      if (pinned.strange === undefined) throw error;
      const why = `${host}:${port} shows the host key ${pinned.strange}, which is not pinned in hostKeys`;
      throw new Error(why, { cause: error });
    });
    socket.on('data', (chunk: Buffer) => {
      this.#answerBytesLeft -= chunk.length;
      if (this.#answerBytesLeft < 0)
        this.#steps.end(`the server answers without end (over ${maxAnswerBytes} bytes)`);
    });
  }

  /** `bytes`: what it moves of a file, either way. */
  async #step<T>(what: string, work: () => Promise<T>, bytes = 0): Promise<T> {
    this.#answerBytesLeft = maxAnswerBytes + bytes;
    try {
      return await this.#steps.run(what, work, transferMs(bytes));
    } catch (error) {
      // What the connection died of may have a number, too.
      const meaning = this.#socket?.readyState === 'open' ? meaningOfStatus(error) : undefined;
      if (meaning === undefined) throw error;
      throw new Refusal(error instanceof Error ? error.message : what, meaning, { cause: error });
    }
  }
}

/** Status codes of SFTP 3 to 6, as ssh2-sftp-client passes them on. Undefined: no answer at all. */
function meaningOfStatus(error: unknown): Meaning | undefined {
  const text = error instanceof Error ? error.message : '';
  if (/not support this extended request/i.test(text)) return 'unsupported';
  switch (codeOf(error)) {
    case '2': // NO_SUCH_FILE
    case 'ENOENT':
    case '10': // NO_SUCH_PATH
      return 'missing';
    case '3': // PERMISSION_DENIED
    case 'EACCES':
    case '12': // WRITE_PROTECT
    case '20': // INVALID_FILENAME
      return 'denied';
    case '4': // FAILURE
    case '5': // BAD_MESSAGE: to OpenSSH also a name that is too long
      return meaningOfWords(text) ?? 'unclear';
    case '8': // OP_UNSUPPORTED
      return 'unsupported';
    case '11': // FILE_ALREADY_EXISTS
      return 'exists';
    case '14': // NO_SPACE_ON_FILESYSTEM
    case '15': // QUOTA_EXCEEDED
    case '17': // LOCK_CONFLICT
      return 'not-now';
    default:
      return undefined;
  }
}
