// docs/formats.md: the template, with every example and table made from the corpus.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { formatsPage, readCorpus, readCorpusRegistry } from '../test/support/dist/corpus/index.js';
import { root } from './run.mjs';

export async function formatsDocument() {
  const template = await readFile(join(root, 'docs/templates/formats.md'), 'utf8');
  return [join(root, 'docs/formats.md'), formatsPage(template, readCorpus(), readCorpusRegistry())];
}
