import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgresIn, startTestPostgres } from '../servers/postgres.ts';

/** A folder and a PostgreSQL server for one bench. */
export interface BenchGround {
  readonly dir: string;
  /** Takes what ends the rest; called by `close`, the last first. */
  readonly stops: (() => Promise<unknown>)[];
  /** Makes a folder in `dir`. */
  folder(name: string): Promise<string>;
  close(): Promise<void>;
}

/** Nothing of it stays where that fails. `keepIn`: the folder of a server whose databases stay for the next run. */
export async function openBenchGround(keepIn?: string): Promise<BenchGround> {
  const dir = await mkdtemp(join(tmpdir(), 'envigate-bench-'));
  const stops: (() => Promise<unknown>)[] = [() => rm(dir, { recursive: true, force: true })];
  const close = async (): Promise<void> => {
    for (const stop of stops.splice(0).reverse()) await stop();
  };
  try {
    const postgres = await (keepIn === undefined ? startTestPostgres() : startPostgresIn(keepIn));
    stops.push(() => postgres.stop());
    process.env['ENVIGATE_TEST_POSTGRES'] = postgres.url;
  } catch (error) {
    await close();
    throw error;
  }
  const folder = async (name: string): Promise<string> => {
    const path = join(dir, name);
    await mkdir(path);
    return path;
  };
  return { dir, stops, folder, close };
}

/** Over one, five and fifteen minutes: figures of a busy machine do not compare. */
export function machineLoad(): string {
  return loadavg()
    .map((value) => value.toFixed(1))
    .join(' ');
}
