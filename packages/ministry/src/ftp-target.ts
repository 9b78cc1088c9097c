import { createHash } from 'node:crypto';
import { Readable, Writable } from 'node:stream';
import {
  DeliveryError,
  deliveryCodes,
  type DeliveryOutcome,
  type MinistryFile,
  type MinistryTarget,
} from '@envigate/domain';
import { DeadlineError, withDeadline } from '@envigate/runtime';
import { Client, FTPError } from 'basic-ftp';
import { messageOf } from './error-parts.ts';
import { deliverKept } from './kept-session.ts';

export interface FtpTargetOptions {
  readonly target: string;
  /** ftp://host:port/folder */
  readonly url: URL;
  readonly user: string | undefined;
  readonly secret: string | undefined;
  readonly timeoutMs: number;
}

/**
 * The ministry's plain FTP inlet. A file becomes visible only whole: it is sent under a temporary
 * name, its size is compared, then it is renamed. The session is kept from file to file; after
 * any error it is dropped, as basic-ftp's client is not to be trusted then.
 */
export class FtpTarget implements MinistryTarget {
  readonly #options: FtpTargetOptions;
  #session: Client | undefined;
  #closed = false;
  /** False once the server said that it knows no RNFR. */
  #renames = true;

  constructor(options: FtpTargetOptions) {
    this.#options = options;
  }

  deliver(file: MinistryFile): Promise<DeliveryOutcome> {
    return deliverKept(
      {
        kept: () => this.#session,
        open: () => this.#connect(),
        deliverOver: (session, each) => this.#deliverOver(session, each),
        mayHaveEndedIdle: (error) => !this.#closed && isSessionLoss(error),
      },
      file,
    );
  }

  async #deliverOver(session: Client, file: MinistryFile): Promise<DeliveryOutcome> {
    try {
      if (file.resend && (await this.#holds(session, file)))
        return { kind: 'accepted', receipt: `${file.name} was there already, whole` };
      return await this.#send(session, file);
    } catch (error) {
      if (refusesName(error)) return { kind: 'refused', ...refusal(error) };
      this.#drop();
      throw this.#failed('transfer-failed', `${file.name} could not be sent`, error);
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#drop();
  }

  #drop(): void {
    this.#session?.close();
    this.#session = undefined;
  }

  async #connect(): Promise<Client> {
    const { url, user, secret, timeoutMs } = this.#options;
    // Its own limit comes second: ours says which step it was.
    const session = new Client(2 * timeoutMs);
    const step = this.#stepOf(session);
    try {
      await step(
        'log in',
        session.access({
          host: url.hostname.replace(/^\[|\]$/g, ''),
          port: url.port === '' ? 21 : Number(url.port),
          ...(user !== undefined && { user }),
          ...(secret !== undefined && { password: secret }),
        }),
      );
      const folder = decodeURIComponent(url.pathname);
      if (folder !== '/') await step('change folder', openFolder(session, folder));
    } catch (error) {
      session.close();
      throw this.#failed('ministry-unreachable', `cannot log in at ${url.host}`, error);
    }
    if (this.#closed) {
      session.close();
      throw this.#failed('ministry-unreachable', 'closed', undefined);
    }
    this.#session = session;
    return session;
  }

  async #send(session: Client, file: MinistryFile): Promise<DeliveryOutcome> {
    const step = this.#stepOf(session);
    const upload = (name: string): Promise<{ message: string }> =>
      step('send', session.uploadFrom(Readable.from([file.payload]), name));

    if (!this.#renames) {
      const { message } = await upload(file.name);
      await this.#checkSize(session, file.name, file.payload.length);
      return { kind: 'accepted', receipt: message };
    }
    const temporary = temporaryName(file);
    await upload(temporary);
    await this.#checkSize(session, temporary, file.payload.length);
    try {
      const { message } = await step('rename', rename(session, temporary, file.name));
      return { kind: 'accepted', receipt: message };
    } catch (error) {
      if (!isUnknownCommand(error) && !refusesName(error)) throw error;
      await step('tidy up', session.remove(temporary, true));
      if (refusesName(error)) throw error;
      this.#renames = false;
      return this.#send(session, file);
    }
  }

  async #checkSize(session: Client, name: string, expected: number): Promise<void> {
    const actual = await this.#sizeOf(session, name);
    if (actual !== undefined && actual !== expected)
      throw new Error(`the ministry holds ${actual} of ${expected} bytes`);
  }

  /** Undefined where there is no such file, or the server does not tell sizes. */
  async #sizeOf(session: Client, name: string): Promise<number | undefined> {
    try {
      return await this.#stepOf(session)('ask for the size', session.size(name));
    } catch (error) {
      if (error instanceof FTPError) return undefined;
      throw error;
    }
  }

  /**
   * Has an earlier attempt arrived? A correction has the name and often the size of the file that
   * it corrects, so an equal size is only a reason to read the file back and compare.
   */
  async #holds(session: Client, file: MinistryFile): Promise<boolean> {
    if ((await this.#sizeOf(session, file.name)) !== file.payload.length) return false;
    const chunks: Buffer[] = [];
    const sink = new Writable({
      write(chunk: Buffer, _encoding, done) {
        chunks.push(chunk);
        done();
      },
    });
    try {
      await this.#stepOf(session)('read back', session.downloadTo(sink, file.name));
    } catch (error) {
      // Many inlets are write-only: then the file is sent again, marked as a resend.
      if (error instanceof FTPError) return false;
      throw error;
    }
    return Buffer.concat(chunks).equals(file.payload);
  }

  #stepOf(session: Client) {
    return <T>(what: string, work: Promise<T>): Promise<T> =>
      withDeadline(work, this.#options.timeoutMs, what, () => session.close());
  }

  #failed(code: DeliveryError['code'], what: string, cause: unknown): DeliveryError {
    const { target } = this.#options;
    return new DeliveryError(code, `target ${target}: ${what}: ${messageOf(cause)}`, {
      cause,
      // An error that the server itself reports is an answer: it did not take the file.
      inDoubt: code === 'transfer-failed' && !(cause instanceof FTPError),
    });
  }
}

async function openFolder(session: Client, folder: string): Promise<void> {
  try {
    await session.cd(folder);
  } catch (error) {
    if (!(error instanceof FTPError)) throw error;
    await session.ensureDir(folder);
  }
}

/** Some servers (IIS) do not rename over an existing file: a correction has to remove it first. */
async function rename(session: Client, from: string, to: string): Promise<{ message: string }> {
  try {
    return await session.rename(from, to);
  } catch (error) {
    if (!(error instanceof FTPError) || error.code !== 550) throw error;
    const removed = await session.remove(to, true);
    if (removed.code >= 400) throw error;
    return session.rename(from, to);
  }
}

/**
 * Without the station's code in it: the ministry's reader takes every name that contains a
 * station's code, whatever its ending. The same for every attempt, so that a broken one is
 * overwritten by the next.
 */
function temporaryName(file: MinistryFile): string {
  const key = createHash('sha256').update(file.idempotencyKey).digest('hex').slice(0, 16);
  return `.${key}.part`;
}

/** The session ended, rather than that the server answered something or, in time, nothing. */
function isSessionLoss(error: unknown): error is DeliveryError {
  if (!(error instanceof DeliveryError)) return false;
  return !(error.cause instanceof FTPError) && !(error.cause instanceof DeadlineError);
}

function isUnknownCommand(error: unknown): boolean {
  return error instanceof FTPError && (error.code === 500 || error.code === 502);
}

/** 553 alone speaks of this very name; other errors may be the folder's or the disk's. */
function refusesName(error: unknown): error is FTPError {
  return error instanceof FTPError && error.code === 553;
}

function refusal(error: FTPError): { code: 4; reason: string } {
  return { code: deliveryCodes.invalidFormat, reason: error.message };
}
