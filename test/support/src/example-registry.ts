import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { validateRegistry, type Registry } from '@envigate/contracts';
import { parse } from 'yaml';

const deploy = fileURLToPath(new URL('../../../deploy/', import.meta.url));

/** The catalogue of parameters alone. */
export function readCatalogue(): Registry['parameters'] {
  const { parameters } = readYaml('registry/catalogue.yaml') as Pick<Registry, 'parameters'>;
  return parameters;
}

/** The rules over time to begin with. */
export function readRules(): NonNullable<Registry['rules']> {
  const { rules } = readYaml('registry/rules.yaml') as Required<Pick<Registry, 'rules'>>;
  return rules;
}

/** The example registry with the catalogue, as `envigate registry import` puts the two together. */
export function readExampleRegistry(): Registry {
  const example = readYaml('examples/registry.yaml') as Omit<Registry, 'parameters'>;
  return validateRegistry({ ...example, parameters: readCatalogue() });
}

function readYaml(path: string): unknown {
  return parse(readFileSync(deploy + path, 'utf8'));
}
