import { readFile } from 'node:fs/promises';
import type { Usage } from '@envigate/domain';
import { writeDurably } from '../home/durable-file.ts';

/** What was received of a spool up to a sequence, on one day. */
export interface DayOfUsage {
  readonly spoolId: string;
  readonly upTo: number;
  /** `yyyyMMdd` at +07:00. */
  readonly day: string;
  readonly accounts: readonly (readonly [account: string, usage: Usage])[];
}

const version = 1;

/** Undefined where there is none. Rejects where it is damaged. */
export async function readUsage(path: string): Promise<DayOfUsage | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const content: unknown = JSON.parse(text);
  if (!isDayOfUsage(content)) throw new Error(`${path} has another form than expected`);
  return content;
}

/** Resolves when it would survive the loss of power. */
export async function writeUsage(path: string, usage: DayOfUsage): Promise<void> {
  const content = Buffer.from(JSON.stringify({ version, ...usage }));
  await writeDurably(path, `${path}.unfinished`, [content]);
}

function isDayOfUsage(content: unknown): content is DayOfUsage {
  const { version: found, spoolId, upTo, day, accounts } = content as Record<string, unknown>;
  return (
    found === version &&
    typeof spoolId === 'string' &&
    Number.isSafeInteger(upTo) &&
    typeof day === 'string' &&
    Array.isArray(accounts) &&
    accounts.every(isEntry)
  );
}

function isEntry(entry: unknown): boolean {
  if (!Array.isArray(entry)) return false;
  const [account, usage] = entry as [unknown, Partial<Usage> | null | undefined];
  return (
    typeof account === 'string' &&
    Number.isSafeInteger(usage?.files) &&
    Number.isSafeInteger(usage?.bytes)
  );
}
