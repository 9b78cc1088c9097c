import type { TreeEntry } from '@envigate/domain';
import type { UploadHandle } from './upload-handle.ts';

export interface FolderHandle {
  readonly kind: 'folder';
  readonly path: string;
  readonly entries: readonly TreeEntry[];
  /** How many of them READDIR has returned. */
  given: number;
  /** Returns the entries to the listing budget. */
  readonly giveBack: () => void;
}

export type Handle = UploadHandle | FolderHandle;

const handleBytes = 4;

/**
 * Open handles of one session. A number is used once, so that a client's stale handle is an
 * error and never another file.
 */
export class Handles {
  readonly #open = new Map<number, Handle>();
  #next = 0;

  get size(): number {
    return this.#open.size;
  }

  add(handle: Handle): Buffer {
    const id = this.#next;
    this.#next = (this.#next + 1) >>> 0;
    this.#open.set(id, handle);
    const bytes = Buffer.allocUnsafe(handleBytes);
    bytes.writeUInt32BE(id);
    return bytes;
  }

  get(bytes: Buffer): Handle | undefined {
    return bytes.length === handleBytes ? this.#open.get(bytes.readUInt32BE()) : undefined;
  }

  /** Takes the handle out: later requests on it are refused. */
  take(bytes: Buffer): Handle | undefined {
    const handle = this.get(bytes);
    if (handle !== undefined) this.#open.delete(bytes.readUInt32BE());
    return handle;
  }

  /** Takes out all. */
  takeAll(): Handle[] {
    const handles = [...this.#open.values()];
    this.#open.clear();
    return handles;
  }

  /** Uploads that a client has open. */
  get uploads(): number {
    let count = 0;
    for (const handle of this.#open.values()) if (handle.kind === 'upload') count += 1;
    return count;
  }
}
