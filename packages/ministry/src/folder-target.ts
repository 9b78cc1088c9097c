import {
  DeliveryError,
  type DeliveryOutcome,
  type MinistryFile,
  type MinistryTarget,
} from '@envigate/domain';
import { DeadlineError } from '@envigate/runtime';
import { messageOf } from './error-parts.ts';
import { deliverKept } from './kept-session.ts';
import { placeFile } from './place-file.ts';
import { Refusal, type RemoteFolder } from './remote-folder.ts';
import type { TargetMemory } from './target-memory.ts';

export interface FolderSession extends RemoteFolder {
  readonly isEnded: boolean;
  /** Drops the connection at once. Safe to call twice. */
  end(): void;
}

export interface FolderTargetOptions {
  readonly target: string;
  /** For errors: host and port. */
  readonly place: string;
  /** A session that is not logged in yet, and its login. */
  readonly connect: () => { readonly session: FolderSession; readonly ready: Promise<void> };
  readonly memory: TargetMemory;
}

/**
 * An inlet that is a folder of the ministry's: FTP, FTPS, SFTP. The session is kept from file to
 * file; after anything but a clear answer it is dropped, as no library is to be trusted then.
 */
export class FolderTarget implements MinistryTarget {
  readonly #options: FolderTargetOptions;
  #session: FolderSession | undefined;
  #closed = false;

  constructor(options: FolderTargetOptions) {
    this.#options = options;
  }

  deliver(file: MinistryFile): Promise<DeliveryOutcome> {
    return deliverKept(
      {
        kept: () => this.#session,
        open: () => this.#open(),
        deliverOver: (session, each) => this.#deliverOver(session, each),
        mayHaveEndedIdle: (error): error is DeliveryError => !this.#closed && isSessionLoss(error),
      },
      file,
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#drop();
  }

  async #deliverOver(session: FolderSession, file: MinistryFile): Promise<DeliveryOutcome> {
    try {
      return await placeFile(session, file, this.#options.memory);
    } catch (error) {
      if (!leavesSessionGood(error)) this.#drop();
      throw this.#failed('transfer-failed', `${file.name} could not be sent`, error);
    }
  }

  async #open(): Promise<FolderSession> {
    if (this.#closed) throw this.#failed('ministry-unreachable', 'not connected', 'closed');
    const { connect, place } = this.#options;
    const { session, ready } = connect();
    this.#session = session; // so that `close` ends a login, too
    try {
      await ready;
      return session;
    } catch (error) {
      this.#drop();
      throw this.#failed('ministry-unreachable', `cannot log in at ${place}`, error);
    }
  }

  #drop(): void {
    this.#session?.end();
    this.#session = undefined;
  }

  #failed(code: DeliveryError['code'], what: string, cause: unknown): DeliveryError {
    const known = cause instanceof DeliveryError ? cause : undefined;
    return new DeliveryError(code, `target ${this.#options.target}: ${what}: ${messageOf(cause)}`, {
      cause: known === undefined ? cause : known.cause,
      refusesFile: known?.refusesFile ?? false,
      // An error that the server itself reports is an answer: it did not take the file.
      inDoubt: known?.inDoubt ?? (code === 'transfer-failed' && !(cause instanceof Refusal)),
    });
  }
}

function leavesSessionGood(error: unknown): boolean {
  if (!(error instanceof DeliveryError)) return false;
  const { cause } = error;
  if (cause === undefined) return true;
  // Where the folder is gone a new session makes it again.
  return cause instanceof Refusal && cause.isForGood && cause.meaning !== 'missing';
}

/** The session ended, rather than that the server answered something or, in time, nothing. */
function isSessionLoss(error: unknown): error is DeliveryError {
  if (!(error instanceof DeliveryError)) return false;
  const { cause } = error;
  if (cause instanceof Refusal) return cause.meaning === 'session-ended';
  return cause !== undefined && !(cause instanceof DeadlineError);
}
