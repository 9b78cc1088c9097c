// The import rules: those of .dependency-cruiser.cjs, and that no two folders of a package import each other.
// A rule of dependency-cruiser cannot state the second: with `scope: 'folder'` a folder contains its
// subfolders, so that it sees no edge between `src` and `src/commands`.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
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
        edges.set(key, { from, to, example: { from: source, to: resolved } });
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
const { modules, summary } = JSON.parse(stdout);

/** `file:line → file` of an import; the line of its first mention. */
function describeImport({ from, to }) {
  const { dependencies = [] } = modules.find(({ source }) => source === from) ?? {};
  const specifier = dependencies.find(({ resolved }) => resolved === to)?.module;
  const lines = readFileSync(join(root, from), 'utf8').split('\n');
  const line = lines.findIndex((text) => text.includes(`'${specifier}'`)) + 1;
  return `${from}:${line} → ${to}`;
}

const comments = new Map(summary.ruleSetUsed.forbidden.map(({ name, comment }) => [name, comment]));
const circles = summary.violations.filter(({ rule }) => rule.name === 'no-circle');
const crossings = summary.violations.filter(({ rule }) => rule.name !== 'no-circle');
for (const { rule, ...violation } of crossings) {
  console.error(`  error ${rule.name}: ${describeImport(violation)}`);
  if (comments.get(rule.name) !== undefined) console.error(`      ${comments.get(rule.name)}`);
}
// An import that a layer must not have closes circles through all of it: they are gone with it.
if (crossings.length > 0 && circles.length > 0)
  console.error(`  ${circles.length} circles are not listed; look again without the above`);
else
  for (const { rule, cycle = [], ...violation } of circles) {
    console.error(`  error ${rule.name}: ${describeImport(violation)}`);
    console.error(`      ${[violation.from, ...cycle.map(({ name }) => name)].join(' → ')}`);
  }

const mutual = mutualFolders(modules);
for (const { folders, examples } of mutual) {
  console.error(`  error no-mutual-folders: ${folders}`);
  for (const example of examples) console.error(`      ${describeImport(example)}`);
  console.error('      move what both need into the folder that the other one imports');
}
const faults = summary.violations.length + mutual.length;
if (faults === 0) console.log(`${modules.length} modules keep the import rules`);
process.exitCode = faults === 0 ? 0 : 1;
