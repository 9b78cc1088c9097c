import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { validateRegistry, type Registry } from '@envigate/contracts';
import { readExampleRegistry } from '../example-registry.ts';
import { expandOutcome, type CorpusCase, type WrittenCase } from './corpus-case.ts';
import { makeContent } from './made-content.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
export const corpusFolder = join(root, 'test/fixtures/station-files');

/** Every case of the corpus, by its folder. */
export function readCorpus(): readonly CorpusCase[] {
  return readdirSync(corpusFolder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name === 'case.json')
    .map((entry) => entry.parentPath.slice(corpusFolder.length + 1))
    .sort()
    .map(readCase);
}

function readCase(id: string): CorpusCase {
  const folder = join(corpusFolder, id);
  const written = JSON.parse(readFileSync(join(folder, 'case.json'), 'utf8')) as WrittenCase;
  const { made, ...rest } = written;
  const content = made === undefined ? readFileSync(join(folder, written.file)) : makeContent(made);
  return {
    reference: [],
    name: written.file,
    folder: '/',
    ...rest,
    id,
    content,
    expected: expandOutcome(written.expected),
  };
}

/** The example registry with what the corpus adds to it. */
export function readCorpusRegistry(): Registry {
  const example = readExampleRegistry();
  const added = JSON.parse(
    readFileSync(join(corpusFolder, 'registry.json'), 'utf8'),
  ) as Partial<Registry>;
  const sections = Object.entries(added).map(([section, items]) => [
    section,
    [...(example[section as keyof Registry] ?? []), ...items],
  ]);
  return validateRegistry({ ...example, ...Object.fromEntries(sections) });
}
