import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Faults, type InletKind } from './faults.ts';
import type { Journal, JournalEntry } from './journal.ts';

export interface Arrival {
  readonly via: InletKind;
  /** Absolute below the inlet's root, '/HN_ABCD_NUO001_20260101120000.txt'. */
  readonly path: string;
  readonly content: Uint8Array;
  readonly resend: boolean | null;
  readonly key: string | null;
}

/** Everything the ministry has accepted: the files in a folder, each acceptance in the journal. */
export class Inbox {
  readonly faults = new Faults();
  readonly #folder: string;
  readonly #journal: Journal;
  readonly #folders = new Set<string>();
  readonly #counts = new Map<string, number>();
  readonly #byKey = new Map<string, JournalEntry>();

  constructor(folder: string, journal: Journal) {
    this.#folder = folder;
    this.#journal = journal;
    for (const entry of journal.entries) this.#remember(entry);
  }

  get entries(): readonly JournalEntry[] {
    return this.#journal.entries;
  }

  /** The acceptance of this key, if it was accepted before. */
  acceptedBefore(key: string): JournalEntry | undefined {
    return this.#byKey.get(key);
  }

  /** Keeps the file and writes the journal; when it resolves the sender may be answered. */
  async accept(arrival: Arrival, kind: JournalEntry['kind'] = 'accepted'): Promise<JournalEntry> {
    const { via, path, content, resend, key } = arrival;
    if (kind === 'accepted') {
      this.#write(this.#pathOf(via, path), content);
    }
    const name = path.slice(1);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const earlier = this.#counts.get(`${via} ${name} ${sha256}`) ?? 0;
    const entry: JournalEntry = {
      at: new Date().toISOString(),
      via,
      kind,
      name,
      sha256,
      size: content.length,
      resend,
      key,
      count: kind === 'accepted' ? earlier + 1 : earlier,
    };
    this.#remember(entry);
    await this.#journal.append(entry);
    return entry;
  }

  /** Undefined where there is no such file. */
  async read(via: InletKind, path: string): Promise<Buffer | undefined> {
    return readFile(this.#pathOf(via, path)).catch(() => undefined);
  }

  async remove(via: InletKind, path: string): Promise<void> {
    await rm(this.#pathOf(via, path));
  }

  /** Without a trip through the thread pool: the ministry must not be what a sender waits for. */
  #write(path: string, content: Uint8Array): void {
    const folder = dirname(path);
    if (!this.#folders.has(folder)) mkdirSync(folder, { recursive: true });
    this.#folders.add(folder);
    writeFileSync(path, content);
  }

  #remember(entry: JournalEntry): void {
    this.#counts.set(`${entry.via} ${entry.name} ${entry.sha256}`, entry.count);
    if (entry.key !== null && entry.kind === 'accepted') this.#byKey.set(entry.key, entry);
  }

  #pathOf(via: InletKind, path: string): string {
    return join(this.#folder, via, join('/', path));
  }
}
