import { pause } from '@envigate/runtime';
import { posix } from 'node:path';
import type { Fleet, FleetFile } from '../fleet/fleet.ts';
import type { PushTarget } from '../pushers/pushers.ts';
import { AccountSender, type SentFile } from '../simulator/account-sender.ts';
import type { SimulatedFile } from '../simulator/simulate-station.ts';
import { openFtp, openSftp } from '../simulator/upload-session.ts';

/** A receiver that is killed every few seconds would hardly ever be met by those who wait longer. */
const longestPauseMs = 500;

export interface LoggersOptions {
  readonly fleet: Fleet;
  readonly target: Pick<PushTarget, 'host' | 'ftpPort' | 'sftpPort' | 'password'>;
  /** All files are due within this time, evenly. */
  readonly withinMs: number;
}

/**
 * A logger for each account of a fleet, over FTP and SFTP in turn: sends its files in order, and each
 * again until it is acknowledged, as long as that takes.
 */
export class Loggers {
  readonly #options: LoggersOptions;
  readonly #senders = new Map<string, AccountSender>();
  readonly #protocols = new Map<string, SimulatedFile['protocol']>();
  readonly #stopping = new AbortController();
  readonly #acknowledged: SentFile[] = [];
  #interruptions = 0;

  constructor(options: LoggersOptions) {
    this.#options = options;
    const { host, ftpPort, sftpPort, password } = options.target;
    for (const [index, account] of [...options.fleet.sendings.keys()].entries()) {
      const protocol = index % 2 === 0 ? 'ftp' : 'sftp';
      this.#protocols.set(account, protocol);
      const open = () =>
        protocol === 'ftp'
          ? openFtp({ host, port: ftpPort }, account, password)
          : openSftp({ host, port: sftpPort }, account, password);
      this.#senders.set(
        account,
        new AccountSender({
          open,
          longestPauseMs,
          onSent: (sent) => this.#acknowledged.push(sent),
          onTrouble: () => (this.#interruptions += 1),
        }),
      );
    }
  }

  /** One entry for each sending that was acknowledged. */
  get acknowledged(): readonly SentFile[] {
    return this.#acknowledged;
  }

  /** Uploads and log-ins that failed, and were tried again. */
  get interruptions(): number {
    return this.#interruptions;
  }

  /** Resolves when every sending was acknowledged, or they were stopped. */
  async sendAll(): Promise<void> {
    const lives = [...this.#options.fleet.sendings];
    const rounds = Math.max(...lives.map(([, files]) => files.length));
    const roundMs = this.#options.withinMs / rounds;
    const begunAt = performance.now();
    for (let round = 0; round < rounds; round++) {
      for (const [place, [account, files]] of lives.entries()) {
        const dueMs = begunAt + (round + place / lives.length) * roundMs - performance.now();
        if (dueMs > 0) await this.#rest(dueMs);
        if (this.#stopping.signal.aborted) return;
        const file = files[round];
        if (file !== undefined) this.#senders.get(account)?.send(this.#toSend(file));
      }
    }
    await Promise.all([...this.#senders.values()].map((sender) => sender.idle()));
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#senders.values()].map((sender) => sender.stop()));
  }

  async #rest(ms: number): Promise<void> {
    await pause(ms, this.#stopping.signal);
  }

  #toSend({ station, account, folder, name, content, fate, late }: FleetFile): SimulatedFile {
    return {
      ...{ station, account, content, path: posix.join(folder, name) },
      protocol: this.#protocols.get(account)!,
      kind: fate === 'broken' ? 'broken' : late ? 'late' : 'good',
    };
  }
}
