import type { TreeEntry } from '@envigate/domain';
import { BoundedMap } from '@envigate/runtime';

interface StatedTime {
  readonly time: Date;
  /** The file's own time then: another one is another file. */
  readonly of: number;
}

/**
 * What clients say of their files' times (MFMT), for the listings in which they look for it. A view,
 * like the files that it is of: bounded, and forgotten at a restart. The reception's time is another.
 */
export class StatedTimes {
  readonly #times = new BoundedMap<StatedTime>(4096);

  set(path: string, { modifiedAt }: TreeEntry, time: Date): void {
    this.#times.set(path, { time, of: modifiedAt.getTime() });
  }

  /** The entry with the time that its client gave it, where it did. */
  of(path: string, entry: TreeEntry): TreeEntry {
    const stated = this.#times.get(path);
    if (stated?.of !== entry.modifiedAt.getTime()) return entry;
    return { ...entry, modifiedAt: stated.time };
  }
}
