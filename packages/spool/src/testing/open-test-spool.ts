import { Telemetry, silentLogger, type Started } from '@envigate/runtime';
import type { SpoolEntry } from '../append-queue.ts';
import { openSpool, type Spool, type SpoolOptions } from '../spool.ts';
import type { SpooledFile } from '../spooled-file.ts';

export interface TestSpool extends Started<Spool> {
  readonly telemetry: Telemetry;
}

export async function openTestSpool(
  dir: string,
  options: Partial<SpoolOptions> = {},
): Promise<TestSpool> {
  const telemetry = new Telemetry();
  const started = await openSpool({
    dir,
    segmentBytes: 1024 * 1024,
    maxBytes: 1024 * 1024 * 1024,
    minFreeBytes: 0,
    // What is tested is, as a rule, what the disk holds.
    maxRecentBytes: 0,
    logger: silentLogger(),
    telemetry,
    ...options,
  }).start();
  return { ...started, telemetry };
}

export function entry(
  name: string,
  content: string | Uint8Array = `content of ${name}`,
): SpoolEntry {
  return {
    account: 'tram01',
    folder: '/2026/11',
    name,
    content: typeof content === 'string' ? Buffer.from(content) : content,
    protocol: 'ftp',
    peer: '192.0.2.7',
  };
}

/** Everything behind a sequence. */
export async function readAll(spool: Spool, after = 0): Promise<readonly SpooledFile[]> {
  const files: SpooledFile[] = [];
  for (;;) {
    const last = files.at(-1)?.reception.spoolSequence ?? after;
    const more = await spool.read(last, { maxRecords: 100, maxBytes: 1024 * 1024 });
    if (more.length === 0) return files;
    files.push(...more);
  }
}

export function namesOf(files: readonly SpooledFile[]): readonly string[] {
  return files.map(({ reception }) => reception.name);
}
