import { readFile } from 'node:fs/promises';
import { load, type LoadOptions } from './load.ts';

// The senders of a bench in a process of their own: node load-process.js <options.json>
const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('which options?');
const options = JSON.parse(await readFile(file, 'utf8'), (_, value: unknown) =>
  isBuffer(value) ? Buffer.from(value.data) : value,
) as LoadOptions;
await load(options);

function isBuffer(value: unknown): value is { type: 'Buffer'; data: number[] } {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer';
}
