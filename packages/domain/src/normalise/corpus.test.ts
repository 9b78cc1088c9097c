import { readFileSync, readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  validateNormalisedFile,
  validateQuarantinedFile,
  validateRegistry,
  type Registry,
} from '@envigate/contracts';
import { parse } from 'yaml';
import { checkRegistry } from '../registry/check-registry.ts';
import { RegistryView } from '../registry/registry-view.ts';
import { stationFile } from '../testing/station-file.ts';
import { normaliseFile } from './normalise-file.ts';

const root = new URL('../../../../', import.meta.url);
const corpus = new URL('test/fixtures/station-files/', root);

const read = (path: string, base = corpus) => readFileSync(new URL(path, base));
const example = validateRegistry(parse(read('deploy/examples/registry.yaml', root).toString()));
const added = validateRegistry(JSON.parse(read('registry.json').toString()));
const registry: Registry = {
  facilities: [...example.facilities, ...added.facilities],
  parameters: [...example.parameters, ...added.parameters],
  stations: [...example.stations, ...added.stations],
  accounts: [...example.accounts, ...added.accounts],
  targets: [...example.targets, ...added.targets],
};

interface Case {
  readonly trait: string;
  readonly file: string;
  readonly account: string;
  readonly receivedAt: string;
  readonly expected: unknown;
}

const cases = readdirSync(corpus, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => {
    const golden = JSON.parse(read(`${name}/case.json`).toString()) as Case;
    return { name, ...golden, content: read(`${name}/${golden.file}`) };
  });

describe('the example registry', () => {
  test('is whole, with and without the stations of the corpus', () => {
    expect(checkRegistry(example)).toEqual([]);
    expect(checkRegistry(registry)).toEqual([]);
  });
});

describe('the corpus', () => {
  const view = new RegistryView(registry);

  test.each(cases)('$name: $trait', ({ account, file, receivedAt, content, expected }) => {
    const message = stationFile({ account, name: file, receivedAt });
    const outcome = normaliseFile(message, content, view);
    // What is passed through is not repeated in every case.
    const { type, reception, content: passedOn, ...result } = outcome.message;
    expect({ kind: outcome.kind, ...result }).toEqual(expected);
    expect(type).toBe(`${outcome.kind}-file.v1`);
    expect(reception).toEqual(message.reception);
    expect(passedOn).toBe(message.content);
    const validate =
      outcome.kind === 'normalised' ? validateNormalisedFile : validateQuarantinedFile;
    expect(() => validate(outcome.message)).not.toThrow();
  });
});
