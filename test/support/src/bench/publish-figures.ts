import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot } from '../gateway.ts';
import { toJsonLine, toTable, type Figure } from './figure.ts';

/** Prints a table for people; prints and appends one JSON line per figure to test/bench/results/. */
export async function publishFigures(figures: readonly Figure[], fileName: string): Promise<void> {
  console.log(`\n${toTable(figures)}\n`);
  const results = join(repositoryRoot, 'test/bench/results');
  await mkdir(results, { recursive: true });
  const lines = figures.map(toJsonLine).join('\n');
  console.log(lines);
  await appendFile(join(results, fileName), `${lines}\n`);
}
