// `make generate`: everything in the tree that is made from something else.
// With --check nothing is written; a file that is not as it would be made is named, exit status 1.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { contractModules } from './generate-contracts.mjs';
import { measurementsDocument } from './generate-measurements.mjs';
import { run, bin, root } from './run.mjs';

const check = process.argv.includes('--check');
let stale = 0;

async function bring(outputs) {
  for (const [path, text] of outputs) {
    if ((await readFile(path, 'utf8').catch(() => undefined)) === text) continue;
    stale += 1;
    console.log(`${check ? 'not up to date: ' : 'made '}${relative(root, path)}`);
    if (check) continue;
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}

await bring(await contractModules());
// What follows is made from the built code, which is made from the contracts.
if (!check && (await run(bin('tsc'), ['-b'])) !== 0) process.exit(1);
const { dashboards } = await import('./generate-dashboards.mjs');
await bring(dashboards());
const { referenceDocuments } = await import('./generate-reference.mjs');
await bring(await referenceDocuments());
const { formatsDocument } = await import('./generate-formats.mjs');
await bring([await formatsDocument()]);
await bring([await measurementsDocument()]);
if (check && stale > 0) {
  console.error('run `make generate` and commit what it makes');
  process.exit(1);
}
