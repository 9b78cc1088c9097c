import type { Attributes, SFTPWrapper } from 'ssh2';
import {
  answerExtension,
  extensions,
  isExtension,
  malformed,
  status,
  type Reply,
} from './protocol.ts';
import type { SftpSession } from './sftp-session.ts';
import {
  announceExtensions,
  sendExitStatus,
  sendExtendedReply,
  unsentBytes,
} from './ssh2-internals.ts';

/** What a channel asks of the connection that carries it. */
export interface Carrier {
  /** A request came in: the session is not idle. */
  touch(): void;
  /** Bytes were taken in (positive) or worked off (negative): too many, and the connection stops reading. */
  hold(bytes: number): void;
  /** What is sent in the present turn of work leaves in one write. */
  gather(): void;
  /** A reply was sent, or waits for the client to grant the channel more room. */
  replied(): void;
}

/**
 * Bytes that a request counts in addition to its data until it is answered. Without them a client could
 * queue any number of small requests: it is not read while too many wait.
 */
const requestBytes = 512;

/**
 * Joins one SFTP channel of ssh2 to a session: registers every operation, sends each reply
 * once, and ends the channel as clients expect it. READLINK and SYMLINK have no handler here:
 * ssh2 answers them OP_UNSUPPORTED.
 */
export class SftpChannel {
  /** Resolves when the channel has ended and its uploads are committed or aborted. */
  readonly ended: Promise<void>;
  readonly session: SftpSession;
  readonly #sftp: SFTPWrapper;
  readonly #carrier: Carrier;
  readonly #replying = new Set<Promise<void>>();
  /** ssh2 hands on what still comes behind the end; it has no effect any more. */
  #isEnding = false;
  #closed = false;

  constructor(sftp: SFTPWrapper, session: SftpSession, carrier: Carrier) {
    this.session = session;
    this.#sftp = sftp;
    this.#carrier = carrier;
    announceExtensions(sftp, extensions);
    this.#register();
    this.ended = new Promise((resolve) => {
      const end = (reason: string): void => void this.#end(reason).then(resolve);
      // 'end' comes for the client's EOF as well as for a lost connection; 'error' is a
      // malformed packet, after which ssh2 has closed the channel.
      sftp.once('end', () => end('the session ended before the file was closed'));
      sftp.on('error', (error: Error) => end(`malformed SFTP packet: ${error.message}`));
    });
  }

  /** Whether a request waits for its reply. */
  get working(): boolean {
    return this.#replying.size > 0;
  }

  /** Whether the client would lose something by an end now. */
  get busy(): boolean {
    return this.working || this.session.uploading;
  }

  #register(): void {
    const { session } = this;
    const sftp = this.#sftp;
    sftp.on('OPEN', (id, path, flags) =>
      this.#answerOn(id, 'open', [path], () => session.open(path, flags)),
    );
    sftp.on('WRITE', (id, handle, offset, data) => this.#write(id, handle, offset, data));
    sftp.on('CLOSE', (id, handle) => this.#answer(id, 'close', () => session.close(handle)));
    sftp.on('READ', (id) => this.#answer(id, 'read', () => session.read()));
    sftp.on('FSTAT', (id, handle) => this.#answer(id, 'fstat', () => session.fstat(handle)));
    sftp.on('FSETSTAT', (id, handle, changed: Partial<Attributes>) =>
      this.#answer(id, 'fsetstat', () => session.fsetstat(handle, changed)),
    );
    sftp.on('OPENDIR', (id, path) => this.#answer(id, 'opendir', () => session.opendir(path)));
    sftp.on('READDIR', (id, handle) => this.#answer(id, 'readdir', () => session.readdir(handle)));
    sftp.on('STAT', (id, path) => this.#answer(id, 'stat', () => session.stat(path)));
    sftp.on('LSTAT', (id, path) => this.#answer(id, 'lstat', () => session.stat(path)));
    sftp.on('SETSTAT', (id, path, changed: Partial<Attributes>) =>
      this.#answerOn(id, 'setstat', [path], () => session.setstat(path, changed)),
    );
    sftp.on('REALPATH', (id, path) => this.#answer(id, 'realpath', () => session.realpath(path)));
    sftp.on('MKDIR', (id, path) => this.#answerOn(id, 'mkdir', [path], () => session.mkdir(path)));
    sftp.on('RMDIR', (id, path) => this.#answer(id, 'rmdir', () => session.rmdir(path)));
    sftp.on('REMOVE', (id, path) => this.#answer(id, 'remove', () => session.remove(path)));
    sftp.on('EXTENDED', (id, name, data: Buffer | undefined) =>
      this.#answer(id, isExtension(name) ? name : 'extended', () =>
        answerExtension(name, data, session),
      ),
    );
    sftp.on('RENAME', (id, from, to) =>
      this.#answerOn(id, 'rename', [from, to], () => session.rename(from, to)),
    );
  }

  /** Bytes of replies that wait for the client to grant the channel more room. */
  get unsentBytes(): number {
    return this.#closed ? 0 : unsentBytes(this.#sftp);
  }

  #write(id: number, handle: Buffer, offset: number, data: Buffer): void {
    const work = (): Promise<Reply> => this.session.write(handle, offset, data);
    this.#answer(id, 'write', work, data.length);
  }

  /** ssh2 makes sure of a request's last field only: a path before it that is cut comes as undefined. */
  #answerOn(
    id: number,
    operation: string,
    paths: readonly (string | undefined)[],
    work: () => Promise<Reply>,
  ): void {
    this.#answer(
      id,
      operation,
      paths.includes(undefined) ? () => Promise.resolve(malformed) : work,
    );
  }

  #answer(id: number, operation: string, work: () => Promise<Reply>, dataBytes = 0): void {
    if (this.#isEnding) return;
    this.#carrier.touch();
    const held = requestBytes + dataBytes;
    this.#carrier.hold(held);
    const replying = this.session.answer(operation, work).then((reply) => {
      this.#carrier.gather();
      this.#send(id, reply);
      this.#replying.delete(replying);
      this.#carrier.hold(-held);
      this.#carrier.replied();
    });
    this.#replying.add(replying);
  }

  #send(id: number, reply: Reply): void {
    if (this.#closed) return;
    try {
      switch (reply.kind) {
        case 'status':
          this.#sftp.status(id, reply.code, reply.message);
          return;
        case 'handle':
          this.#sftp.handle(id, reply.handle);
          return;
        case 'names':
          this.#sftp.name(id, [...reply.entries]);
          return;
        case 'attributes':
          this.#sftp.attrs(id, reply.attributes);
          return;
        case 'extended':
          if (sendExtendedReply(this.#sftp, id, reply.data)) return;
          this.#sftp.status(id, status.failure, 'read the other answers first');
          return;
      }
    } catch {
      // ssh2 throws when the connection broke before its 'close' event; no client is left to answer.
      this.#closed = true;
    }
  }

  async #end(reason: string): Promise<void> {
    this.#isEnding = true;
    // Uploads whose CLOSE came in are committed; their replies go out before the channel closes.
    await this.session.end(reason);
    await Promise.all(this.#replying);
    if (this.#closed) return;
    this.#closed = true;
    try {
      // Without the status scp exits 1, without the close sftp hangs after the upload.
      sendExitStatus(this.#sftp, 0);
      this.#sftp.end();
    } catch {
      // The connection is gone, and the channel with it.
    }
  }
}
