import { readableName } from './readable-name.ts';
import type { DropEmit, StayReason } from './telemetry.ts';

interface Staying {
  readonly reason: StayReason;
  readonly account: string;
  readonly example: string;
  files: number;
}

/** Names of folders that nobody knows may be many; what is counted beyond these keeps its reason. */
const maxKinds = 200;

/** What one look at everything found that cannot be taken, by reason and account. */
export class StayReport {
  readonly #kinds = new Map<string, Staying>();

  add(reason: StayReason, account: string, example: string): void {
    const own = `${reason} ${account}`;
    const hasRoom = this.#kinds.size < maxKinds || this.#kinds.has(own);
    const key = hasRoom ? own : reason;
    const known = this.#kinds.get(key);
    if (known === undefined)
      this.#kinds.set(key, { reason, account: hasRoom ? account : '', example, files: 1 });
    else known.files += 1;
  }

  count(reason: StayReason): number {
    return [...this.#kinds.values()]
      .filter((kind) => kind.reason === reason)
      .reduce((sum, { files }) => sum + files, 0);
  }

  /** Emits each kind once, when it was not there the time before; not for files awaiting their rename. */
  emitNew(before: StayReport, folder: string, emit: DropEmit): void {
    for (const [key, { reason, account, files, example }] of this.#kinds) {
      if (reason === 'temporary' || before.#kinds.has(key)) continue;
      emit('drop-files-stay', {
        folder,
        reason,
        account: readableName(account),
        files,
        example: readableName(example),
      });
    }
  }
}
