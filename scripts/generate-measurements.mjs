// docs/measurements.md: the template, with each `{{figures FILE}}` made from the newest figures of
// test/bench/results/FILE.jsonl, to which the benches append.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './run.mjs';

export async function measurementsDocument() {
  const template = await readFile(join(root, 'docs/templates/measurements.md'), 'utf8');
  const parts = template.split(/\{\{figures ([a-z-]+)\}\}/);
  const filled = parts.map((part, i) => (i % 2 === 0 ? part : table(part)));
  return [join(root, 'docs/measurements.md'), (await Promise.all(filled)).join('')];
}

async function table(name) {
  const text = await readFile(join(root, `test/bench/results/${name}.jsonl`), 'utf8');
  const figures = text.trim().split('\n').map(JSON.parse);
  const newest = new Map(figures.map((figure) => [figure.name, figure]));
  const rows = [...newest.values()].map(({ name, ours, baseline, unit, ratio, goal, against }) => {
    const met = ratio >= goal ? '' : ' (not met)';
    return [name, `${ours} ${unit}`, `${baseline} ${unit}`, against, `${ratio}`, `${goal}${met}`];
  });
  return [
    ['What', 'Envigate', 'Baseline', 'Which is', 'Ratio', 'Goal'],
    ['---', '---', '---', '---', '---', '---'],
    ...rows,
  ]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}
