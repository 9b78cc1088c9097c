import type { FileWarning } from '@envigate/contracts';
import type { WarningReason } from './reasons.ts';

export function warn(code: WarningReason, detail: string): FileWarning {
  return { code, detail };
}

/** More of one kind are reported together: a warning is in the ledger. */
const maxReported = 20;

/** Warnings about lines of one kind, the first of them one by one. */
export class LineWarnings {
  readonly #code: WarningReason;
  readonly #reported: FileWarning[] = [];
  #unreported = 0;

  constructor(code: WarningReason) {
    this.#code = code;
  }

  add(detail: string): void {
    if (this.#reported.length < maxReported) this.#reported.push(warn(this.#code, detail));
    else this.#unreported++;
  }

  list(): FileWarning[] {
    if (this.#unreported === 0) return this.#reported;
    const rest = { ...warn(this.#code, `${this.#unreported} more lines`), lines: this.#unreported };
    return [...this.#reported, rest];
  }
}
