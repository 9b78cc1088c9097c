import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SpoolOptions } from '../spool.ts';
import { openTestSpool, type TestSpool } from './open-test-spool.ts';
import { temporaryFolder, type TemporaryFolder } from './temporary-folder.ts';

/** One spool folder of one test: opens it as often as asked and leaves nothing behind. */
export class TestSpools {
  readonly dir: string;
  readonly #folder: TemporaryFolder;
  readonly #open = new Set<TestSpool>();

  private constructor(folder: TemporaryFolder) {
    this.#folder = folder;
    this.dir = join(folder.path, 'spool');
  }

  static async create(): Promise<TestSpools> {
    return new TestSpools(await temporaryFolder());
  }

  async open(options: Partial<SpoolOptions> = {}): Promise<TestSpool> {
    const spool = await openTestSpool(this.dir, options);
    this.#open.add(spool);
    return spool;
  }

  async close(spool: TestSpool): Promise<void> {
    this.#open.delete(spool);
    await spool.stop();
  }

  async segmentFiles(): Promise<readonly string[]> {
    return (await readdir(this.dir)).filter((name) => name.endsWith('.seg')).sort();
  }

  async remove(): Promise<void> {
    for (const spool of this.#open) await spool.stop();
    await this.#folder.remove();
  }
}
