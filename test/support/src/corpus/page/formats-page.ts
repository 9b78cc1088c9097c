import { stringify } from 'yaml';
import type { Registry } from '@envigate/contracts';
import type { Reason } from '@envigate/domain';
import type { CorpusCase } from '../corpus-case.ts';
import { exampleOf } from './example.ts';
import {
  formTable,
  labelTable,
  nameTable,
  reasonTable,
  statusTable,
  symbolTable,
  timeTable,
  unitTable,
  valueTable,
} from './tables.ts';

const tables: Readonly<Record<string, (cases: readonly CorpusCase[]) => string>> = {
  values: valueTable,
  units: unitTable,
  times: timeTable,
  statuses: statusTable,
  names: nameTable,
  forms: formTable,
};

/**
 * The page of formats: the template with each `{{kind what}}` on a line of its own replaced by what
 * the corpus and the registry say. Kinds: `case <id>`; `values|units|times|statuses|names|forms
 * <id or group/>…`; `reasons <scope>`; `labels flags|statuses`; `symbols`; `profile <code>`.
 */
export function formatsPage(
  template: string,
  cases: readonly CorpusCase[],
  registry: Registry,
): string {
  return template.replaceAll(
    /^\{\{([a-z]+) ?([^}]*)\}\}$/gm,
    (_all, kind: string, what: string) => {
      const makeTable = tables[kind];
      if (makeTable !== undefined) return makeTable(pick(cases, what.split(' ')));
      switch (kind) {
        case 'case':
          return exampleOf(pick(cases, [what])[0]!);
        case 'reasons':
          return reasonTable(what as Reason['scope'], cases);
        case 'labels':
          return labelTable(what);
        case 'symbols':
          return symbolTable(registry);
        case 'profile':
          return profileBlock(registry, what);
        default:
          throw new Error(`the template of formats has '${kind}', which is no kind of example`);
      }
    },
  );
}

function pick(cases: readonly CorpusCase[], wanted: readonly string[]): readonly CorpusCase[] {
  return wanted.flatMap((item) => {
    const found = cases.filter(({ id }) =>
      item.endsWith('/') ? id.startsWith(item) : id === item,
    );
    if (found.length === 0) throw new Error(`the corpus has no case '${item}'`);
    return found;
  });
}

function profileBlock(registry: Registry, wanted: string): string {
  const { profiles = [] } = registry;
  const profile = profiles.find(({ code }) => code === wanted);
  if (profile === undefined)
    throw new Error(`the registry of the corpus has no profile '${wanted}'`);
  return `\`\`\`yaml\n${stringify({ profiles: [profile] }).trimEnd()}\n\`\`\``;
}
