import { TreeError } from '@envigate/domain';

/** Bounds what all uploads under way hold together; files are small, but sessions are many. */
export class UploadMemory {
  readonly #maxBytes: number;
  #used = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get used(): number {
    return this.#used;
  }

  /** Throws TreeError `no-room` where too much is on its way already. */
  take(bytes: number): void {
    if (this.#used + bytes > this.#maxBytes) {
      throw new TreeError('no-room', 'too many uploads at once; try again later');
    }
    this.#used += bytes;
  }

  giveBack(bytes: number): void {
    this.#used -= bytes;
  }
}
