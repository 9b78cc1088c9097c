import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { emptyRecord, type HeardRecord } from '@envigate/domain';

/** The longest record, with a thousand doors and a thousand outages, has some 700 KB. */
const slotBytes = 1024 * 1024;
const fileBytes = 2 * slotBytes;
const headBytes = 128;

export type HeardFileState =
  | { readonly kind: 'read'; readonly record: HeardRecord }
  | { readonly kind: 'new' }
  | { readonly kind: 'unreadable'; readonly reason: string };

/**
 * The receiver's record of when it could hear: a file of two slots that are written in turn, each with its
 * length and hash. The slot before the last is whole whatever happens to the last one: kill -9, loss of power,
 * an error of the disk. All its bytes are there from the beginning, so a full disk takes it too.
 */
export class HeardFile {
  readonly #path: string;
  #file: FileHandle | undefined;
  #sequence: number;

  private constructor(path: string, file: FileHandle | undefined, sequence: number) {
    this.#path = path;
    this.#file = file;
    this.#sequence = sequence;
  }

  /** Makes no file: the first write does. */
  static async open(
    path: string,
  ): Promise<{ readonly file: HeardFile; readonly state: HeardFileState }> {
    let handle: FileHandle;
    try {
      handle = await open(path, constants.O_RDWR | constants.O_DSYNC);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      return { file: new HeardFile(path, undefined, 0), state: { kind: 'new' } };
    }
    const bytes = await handle.readFile();
    const slots = [bytes.subarray(0, slotBytes), bytes.subarray(slotBytes)].map(readSlot);
    const [first, second] = slots;
    const newest = (second?.sequence ?? 0) > (first?.sequence ?? 0) ? second : first;
    if (newest !== undefined) {
      const state = { kind: 'read', record: newest.record } as const;
      return { file: new HeardFile(path, handle, newest.sequence), state };
    }
    await handle.close();
    const state = { kind: 'unreadable', reason: `${path} has no whole record` } as const;
    return { file: new HeardFile(path, undefined, 0), state };
  }

  /** Durable when it resolves. Rejects where the disk does not take it; the record before is still there. */
  async write(record: HeardRecord): Promise<void> {
    const body = Buffer.from(JSON.stringify(record));
    const sequence = this.#sequence + 1;
    const hash = hashOf(String(sequence), body);
    const head = `envigate-heard 1 ${sequence} ${body.length} ${hash}\n`.padEnd(headBytes);
    const slot = Buffer.concat([Buffer.from(head), body]);
    if (slot.length > slotBytes) throw new Error(`the record has ${slot.length} bytes`);
    this.#file ??= await create(this.#path);
    await this.#file.write(slot, 0, slot.length, (sequence % 2) * slotBytes);
    // Only now: after a failure the same slot is written again, and the other one stays whole.
    this.#sequence = sequence;
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }
}

/** With all its bytes; in place only when they are written. */
async function create(path: string): Promise<FileHandle> {
  const unfinished = `${path}.tmp`;
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC | constants.O_DSYNC;
  const file = await open(unfinished, flags, 0o640);
  try {
    await file.writeFile(Buffer.alloc(fileBytes));
    await rename(unfinished, path);
    return file;
  } catch (error) {
    await file.close();
    await unlink(unfinished).catch(() => undefined);
    throw error;
  }
}

function readSlot(
  slot: Buffer,
): { readonly sequence: number; readonly record: HeardRecord } | undefined {
  const head = /^envigate-heard 1 (\d+) (\d+) ([0-9a-f]{64})\n/.exec(
    slot.subarray(0, headBytes).toString('latin1'),
  );
  if (head === null) return undefined;
  const [, sequence = '', length, hash] = head;
  const body = slot.subarray(headBytes, headBytes + Number(length));
  if (hashOf(sequence, body) !== hash) return undefined;
  return { sequence: Number(sequence), record: recordOf(JSON.parse(body.toString())) };
}

/** With the sequence: a new one over an old body is no record. */
function hashOf(sequence: string, body: Buffer): string {
  return createHash('sha256').update(`${sequence}\n`).update(body).digest('hex');
}

/** JSON leaves out what is undefined. */
function recordOf(value: unknown): HeardRecord {
  const { doors, closed, unreported, setBackTo } = value as Partial<HeardRecord>;
  return {
    ...emptyRecord,
    doors: (doors ?? []).map((door) => ({
      ...door,
      outage: door.outage && { ...door.outage, to: door.outage.to },
    })),
    closed: closed ?? [],
    unreported: (unreported ?? []).map((outage) => ({ ...outage, to: outage.to })),
    setBackTo,
  };
}
