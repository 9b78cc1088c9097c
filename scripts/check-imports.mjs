// The import rules: those of .dependency-cruiser.cjs, and that no two folders of a package import each other.
// A rule of dependency-cruiser cannot state the second: with `scope: 'folder'` a folder contains its
// subfolders, so that it sees no edge between `src` and `src/commands`.
import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { format } from 'dependency-cruiser';
import { bin, root } from './run.mjs';

const sourceOfPackage = /^((?:packages|services)\/[^/]+)\/src\//;
const test = /\.test\.ts$|\/testing\/|contract-suite/;

/** Pairs of folders that import each other, with one import of each direction. */
function mutualFolders(modules) {
  const edges = new Map();
  for (const { source, dependencies } of modules) {
    const owner = sourceOfPackage.exec(source)?.[1];
    if (owner === undefined || test.test(source)) continue;
    for (const { resolved } of dependencies) {
      if (sourceOfPackage.exec(resolved)?.[1] !== owner || test.test(resolved)) continue;
      const [from, to] = [dirname(source), dirname(resolved)];
      const key = `${from} ${to}`;
      if (from !== to && !edges.has(key))
        edges.set(key, { from, to, example: `${source} → ${resolved}` });
    }
  }
  return [...edges.values()].flatMap(({ from, to, example }) => {
    const back = edges.get(`${to} ${from}`);
    return back === undefined || from > to
      ? []
      : [{ folders: `${from} ↔ ${to}`, examples: [example, back.example] }];
  });
}

const { stdout } = await promisify(execFile)(
  bin('depcruise'),
  [
    '--config',
    '.dependency-cruiser.cjs',
    '--output-type',
    'json',
    'packages',
    'services',
    'test/support',
  ],
  { cwd: root, maxBuffer: 256 * 1024 * 1024 },
).catch((error) => {
  // The exit status is the number of violations; without a report the run itself failed.
  if (error.stdout?.startsWith('{')) return error;
  throw error;
});
const result = JSON.parse(stdout);
const { output, exitCode } = await format(result, { outputType: 'err' });
console.log(output);

const mutual = mutualFolders(result.modules);
for (const { folders, examples } of mutual) {
  console.error(`  error no-mutual-folders: ${folders}`);
  for (const example of examples) console.error(`      ${example}`);
  console.error('      move what both need into the folder that the other one imports');
}
process.exitCode = exitCode + mutual.length > 0 ? 1 : 0;
