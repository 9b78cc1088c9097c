import type { NoDataConnection } from './data-connection.ts';

/** Why a transfer was interrupted. */
export type InterruptionReason =
  | 'client-aborted'
  | 'control-lost'
  | 'data-lost'
  | 'no-close-notify'
  | 'stalled'
  | 'stopping'
  | NoDataConnection;

/** A transfer under way, as the rest of its session sees it. */
export class Transfer {
  readonly path: string;
  bytes = 0;
  /** Set by whichever step of the transfer can be interrupted at the moment; the others run to their end. */
  onInterrupt: (() => void) | undefined;
  #interruption: InterruptionReason | undefined;

  constructor(path: string) {
    this.path = path;
  }

  /** Why the transfer is to end early, if it is. The first reason counts. */
  get interruption(): InterruptionReason | undefined {
    return this.#interruption;
  }

  interrupt(reason: InterruptionReason): void {
    if (this.#interruption !== undefined) return;
    this.#interruption = reason;
    this.onInterrupt?.();
  }
}
