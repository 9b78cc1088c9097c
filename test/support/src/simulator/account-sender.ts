import { pause } from '@envigate/runtime';
import { createHash } from 'node:crypto';
import type { SimulatedFile } from './simulate-station.ts';
import type { UploadSession } from './upload-session.ts';

/** What was done, for whoever checks the gateway against it. */
export interface SentFile {
  readonly at: string;
  readonly station: string;
  readonly account: string;
  readonly protocol: 'ftp' | 'sftp';
  readonly path: string;
  readonly kind: SimulatedFile['kind'];
  readonly fault?: SimulatedFile['fault'];
  readonly sha256: string;
  readonly bytes: number;
  /** More than 1: an earlier upload was not acknowledged and may have arrived all the same. */
  readonly attempts: number;
}

export interface AccountSenderOptions {
  readonly open: () => Promise<UploadSession>;
  readonly onSent: (sent: SentFile) => void;
  readonly onTrouble: (account: string, error: unknown) => void;
  /** Between two attempts at most; default: 5 s. */
  readonly longestPauseMs?: number;
}

const firstPauseMs = 200;
const defaultLongestPauseMs = 5_000;

/** Sends an account's files one after the other over one session, each until it is acknowledged. */
export class AccountSender {
  readonly #options: AccountSenderOptions;
  readonly #stopping = new AbortController();
  #session: UploadSession | undefined;
  #work = Promise.resolve();

  constructor(options: AccountSenderOptions) {
    this.#options = options;
  }

  send(file: SimulatedFile): void {
    this.#work = this.#work.then(() => this.#deliver(file));
  }

  /** When everything given so far is acknowledged, or the sender stopped. */
  async idle(): Promise<void> {
    await this.#work;
  }

  /** Gives up what is not acknowledged yet. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#session?.close();
    await this.#work;
  }

  async #deliver(file: SimulatedFile): Promise<void> {
    const { longestPauseMs = defaultLongestPauseMs } = this.#options;
    let pauseMs = firstPauseMs;
    for (let attempts = 1; !this.#stopping.signal.aborted; attempts++) {
      try {
        this.#session ??= await this.#options.open();
        await this.#session.put(file.path, file.content);
        this.#report(file, attempts);
        return;
      } catch (error) {
        await this.#session?.close();
        this.#session = undefined;
        if (this.#stopping.signal.aborted) return;
        this.#options.onTrouble(file.account, error);
        await pause(pauseMs, this.#stopping.signal);
        pauseMs = Math.min(pauseMs * 2, longestPauseMs);
      }
    }
  }

  #report(file: SimulatedFile, attempts: number): void {
    const { station, account, protocol, path, kind, fault, content } = file;
    this.#options.onSent({
      at: new Date().toISOString(),
      station,
      account,
      protocol,
      path,
      kind,
      ...(fault !== undefined && { fault }),
      sha256: createHash('sha256').update(content).digest('hex'),
      bytes: content.length,
      attempts,
    });
  }
}
