import { mkdir, open, readFile, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { remotePath, type RemoteEntry, type Sighting, type TakenFile } from '@envigate/domain';
import { syncFolder, writeDurably } from '../home/durable-file.ts';

/** A file that was not listed for so long is forgotten; a disk that is not mounted comes back sooner. */
const forgetMs = 24 * 3_600_000;

/** What is known of a site between two looks. A restart forgets it, and costs a look more. */
export class SiteMemory {
  readonly #sightings = new Map<string, Sighting>();
  #missingSinceMs = new Map<string, number>();
  readonly #troubles = new Set<string>();
  readonly #complaints = new Map<string, string>();

  sighting(path: string): Sighting | undefined {
    return this.#sightings.get(path);
  }

  /** Remembers since when the file has been as it is. */
  see(path: string, { size, listed }: RemoteEntry, nowMs: number): void {
    const before = this.#sightings.get(path);
    if (before?.size === size && before.listed === listed) return;
    this.#sightings.set(path, { size, listed, sinceMs: nowMs });
  }

  /** It was taken, or is another file than before. */
  unsee(path: string): void {
    this.#sightings.delete(path);
  }

  /** A file or folder that the connection broke at: it comes last from now on. */
  addTrouble(path: string): void {
    this.#troubles.add(path);
  }

  endTrouble(path: string): void {
    this.#troubles.delete(path);
  }

  isTrouble(path: string): boolean {
    return this.#troubles.has(path);
  }

  /** Whether a fault of this file, in this state, has not been reported yet. */
  isNewComplaint(path: string, fault: string): boolean {
    if (this.#complaints.get(path) === fault) return false;
    this.#complaints.set(path, fault);
    return true;
  }

  /**
   * After a look at everything: keeps nothing of what was not listed. Gives the paths of `taken`
   * that have been missing for long. `nowMs` is on the sightings' clock.
   */
  settle(listed: ReadonlySet<string>, taken: Iterable<string>, nowMs: number): readonly string[] {
    for (const known of [this.#sightings, this.#complaints, this.#troubles])
      for (const path of known.keys()) if (!listed.has(path)) known.delete(path);
    const missingSinceMs = new Map<string, number>();
    for (const path of taken)
      if (!listed.has(path)) missingSinceMs.set(path, this.#missingSinceMs.get(path) ?? nowMs);
    this.#missingSinceMs = missingSinceMs;
    return [...missingSinceMs]
      .filter(([, sinceMs]) => nowMs - sinceMs >= forgetMs)
      .map(([path]) => path);
  }
}

/** Below so many lines a rewrite saves nothing. */
const fewLines = 1000;

/**
 * What was taken from one site: a file of lines, `<CRC-32> <JSON>`, added with fdatasync. Of a path
 * the last line counts. To forget a line is harmless: that file is fetched once more, and known as
 * a duplicate by its content. So whatever a crash tore or a disk spoilt is simply no line.
 */
export class TakenLedger {
  readonly #path: string;
  readonly #taken: Map<string, TakenFile>;
  #lines: number;
  #file: FileHandle;

  private constructor(
    path: string,
    taken: Map<string, TakenFile>,
    lines: number,
    file: FileHandle,
  ) {
    this.#path = path;
    this.#taken = taken;
    this.#lines = lines;
    this.#file = file;
  }

  /** `site` is a code of the registry, and so a name that any file system takes. */
  static async open(dir: string, site: string): Promise<TakenLedger> {
    await mkdir(dir, { recursive: true, mode: 0o750 });
    const path = join(dir, `${site}.ledger`);
    const { taken, lines, isWhole } = await readLedger(path);
    // A line that is added to half a line would be lost with it.
    if (!isWhole) await rewrite(path, taken);
    const file = await open(path, 'a', 0o640);
    await syncFolder(dir);
    return new TakenLedger(path, taken, isWhole ? lines : taken.size, file);
  }

  get size(): number {
    return this.#taken.size;
  }

  find(path: string): TakenFile | undefined {
    return this.#taken.get(path);
  }

  paths(): Iterable<string> {
    return this.#taken.keys();
  }

  /** Resolves when it survives the loss of power. After a failure the ledger must be opened anew. */
  async add(file: TakenFile): Promise<void> {
    await this.#file.appendFile(lineOf(file));
    await this.#file.datasync();
    this.#lines += 1;
    this.#taken.set(pathOf(file), file);
  }

  /** Makes room where forgotten and superseded lines outnumber the others; a few lines stay as they are. */
  async forget(paths: Iterable<string>): Promise<void> {
    for (const path of paths) this.#taken.delete(path);
    if (this.#lines < fewLines || this.#lines < 2 * this.#taken.size) return;
    await rewrite(this.#path, this.#taken);
    await this.#file.close();
    this.#file = await open(this.#path, 'a', 0o640);
    this.#lines = this.#taken.size;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

interface LedgerContent {
  readonly taken: Map<string, TakenFile>;
  readonly lines: number;
  /** False where some line could not be read. */
  readonly isWhole: boolean;
}

async function readLedger(path: string): Promise<LedgerContent> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  });
  const taken = new Map<string, TakenFile>();
  const lines = text.split('\n');
  let isWhole = lines.pop() === '';
  for (const line of lines) {
    const file = parseLine(line);
    if (file === undefined) isWhole = false;
    else taken.set(pathOf(file), file);
  }
  return { taken, lines: lines.length, isWhole };
}

async function rewrite(path: string, taken: ReadonlyMap<string, TakenFile>): Promise<void> {
  const lines = [...taken.values()].map(lineOf);
  await writeDurably(path, `${path}.unfinished`, [Buffer.from(lines.join(''))]);
}

function lineOf({ folder, name, size, modified, takenAtMs, listed }: TakenFile): string {
  const json = JSON.stringify([folder, name, size, modified, takenAtMs, listed ?? null]);
  return `${checksumOf(json)} ${json}\n`;
}

function parseLine(line: string): TakenFile | undefined {
  const json = line.slice(9);
  if (line.slice(0, 9) !== `${checksumOf(json)} `) return undefined;
  // The checksum vouches for the form.
  const [folder, name, size, modified, takenAtMs, listed] = JSON.parse(json) as Fields;
  return { folder, name, size, modified, takenAtMs, listed: listed ?? undefined };
}

type Fields = [string, string, number, string, number, string | null];

function checksumOf(text: string): string {
  return crc32(text).toString(16).padStart(8, '0');
}

function pathOf({ folder, name }: TakenFile): string {
  return remotePath(folder, name);
}
