import { setTimeout as delay } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { RegistryView, type RegistrySource } from '@envigate/domain';
import { messageOf, type Component, type Logger } from '@envigate/runtime';
import { validateRegistry, type Registry } from '@envigate/contracts';
import type { Database } from '../connection/database.ts';
import { DatabaseError } from '../connection/session.ts';
import { exportRegistry, registryChannel, registryRevision } from './registry-store.ts';

export interface RegistrySourceOptions {
  readonly database: Database;
  /** Where the newest snapshot is kept, so that a process can start while the database is away. */
  readonly cacheFile: string;
  /** How often to look where no notification came. */
  readonly refreshSeconds: number;
  readonly logger: Logger;
}

/**
 * The registry as a snapshot in memory: from the cache file at first, then from the database, again
 * at each notification and at each period. While the database is away the last one stays. Starts
 * without it after a short wait; `ready` resolves with the first snapshot, however old.
 */
export function registrySource(options: RegistrySourceOptions): Component<RegistrySource> {
  return {
    name: 'registry',
    async start() {
      const source = new CachedRegistry(options);
      await source.open();
      return { value: source, stop: () => source.close() };
    },
  };
}

// A start waits so long for the database's own registry before it goes on with the cached one.
const patienceMs = 2_000;
const firstRetryMs = 250;

class CachedRegistry implements RegistrySource {
  readonly #options: RegistrySourceOptions;
  readonly #loaded = new Deferred();
  readonly #closing = new AbortController();
  #view = RegistryView.empty;
  /** Of the database; undefined while the view is not from there. */
  #revision: number | undefined;
  #refreshing: Promise<void> | undefined;
  #again = false;
  #failures = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: RegistrySourceOptions) {
    this.#options = options;
  }

  current(): RegistryView {
    return this.#view;
  }

  ready(): Promise<void> {
    return this.#loaded.promise;
  }

  async open(): Promise<void> {
    const { database, cacheFile, logger } = this.#options;
    try {
      const cached = await readSnapshot(cacheFile);
      // Without its revision: the first look replaces it, whatever database it came from.
      if (cached !== undefined) this.#show(new RegistryView(cached.registry));
    } catch (error) {
      logger.warn({ err: error, cacheFile }, 'cached registry cannot be used');
    }
    const stopListening = database.listen(registryChannel, () => void this.#refresh());
    this.#closing.signal.addEventListener('abort', stopListening);
    await Promise.race([this.#refresh(), delay(patienceMs, undefined, { ref: false })]);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearTimeout(this.#timer);
    await this.#refreshing;
  }

  /** One look at a time; what is asked for meanwhile is one more look afterwards. */
  #refresh(): Promise<void> {
    if (this.#refreshing !== undefined) {
      this.#again = true;
      return this.#refreshing;
    }
    clearTimeout(this.#timer);
    this.#refreshing = this.#look().finally(() => {
      this.#refreshing = undefined;
      if (this.#closing.signal.aborted) return;
      if (this.#again) void this.#refresh();
      else this.#timer = setTimeout(() => void this.#refresh(), this.#nextLookMs());
    });
    this.#again = false;
    return this.#refreshing;
  }

  #nextLookMs(): number {
    const periodMs = this.#options.refreshSeconds * 1000;
    if (this.#failures === 0) return periodMs;
    return Math.min(periodMs, firstRetryMs * 2 ** (this.#failures - 1));
  }

  /** Never rejects. */
  async #look(): Promise<void> {
    const { database, logger } = this.#options;
    try {
      const revision = await registryRevision(database);
      if (revision !== this.#revision) {
        // Read after its number: at worst newer than that says, and then read once more.
        const registry = await exportRegistry(database);
        this.#revision = revision;
        this.#show(new RegistryView(registry, revision));
        await this.#keep({ revision, registry });
      }
      if (this.#failures > 0) logger.info('registry can be refreshed again');
      this.#failures = 0;
    } catch (error) {
      this.#failures += 1;
      const level = this.#failures === 1 && !isUnprepared(error) ? 'warn' : 'debug';
      logger[level]({ reason: messageOf(error) }, 'registry cannot be refreshed');
    }
  }

  #show(view: RegistryView): void {
    this.#view = view;
    this.#loaded.resolve();
  }

  async #keep(snapshot: RegistrySnapshot): Promise<void> {
    const { cacheFile, logger } = this.#options;
    try {
      await writeSnapshot(cacheFile, snapshot);
    } catch (error) {
      logger.warn({ err: error, cacheFile }, 'registry snapshot cannot be written');
    }
  }
}

/** At the very first start the tables are made while the source is waiting. */
function isUnprepared(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '42P01';
}

class Deferred {
  resolve: () => void = () => undefined;
  readonly promise = new Promise<void>((resolve) => (this.resolve = resolve));
}

/** A registry and the revision of the database it was read at. */
interface RegistrySnapshot {
  readonly revision: number;
  readonly registry: Registry;
}

/** undefined where there is no file yet. Throws where it cannot be read as a snapshot. */
async function readSnapshot(path: string): Promise<RegistrySnapshot | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const { revision, registry } = JSON.parse(text) as { revision?: unknown; registry?: unknown };
  if (typeof revision !== 'number') throw new Error(`${path}: revision must be a number`);
  return { revision, registry: validateRegistry(registry) };
}

/**
 * Replaces the file whole: after a crash there is the old one or the new one. It holds password
 * hashes, so only its owner may read it. Several processes may share it.
 */
async function writeSnapshot(path: string, snapshot: RegistrySnapshot): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(JSON.stringify(snapshot));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
