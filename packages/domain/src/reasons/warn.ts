import type { FileWarning } from '@envigate/contracts';
import type { WarningReason } from './reasons.ts';

export function warn(code: WarningReason, detail: string): FileWarning {
  return { code, detail };
}

/** More of one kind are told together: a warning stands in the ledger. */
const mostTold = 20;

/** Warnings about lines of one kind, the first of them one by one. */
export class LineWarnings {
  readonly #code: WarningReason;
  readonly #told: FileWarning[] = [];
  #untold = 0;

  constructor(code: WarningReason) {
    this.#code = code;
  }

  add(detail: string): void {
    if (this.#told.length < mostTold) this.#told.push(warn(this.#code, detail));
    else this.#untold++;
  }

  list(): FileWarning[] {
    if (this.#untold === 0) return this.#told;
    const rest = { ...warn(this.#code, `${this.#untold} more lines`), lines: this.#untold };
    return [...this.#told, rest];
  }
}
