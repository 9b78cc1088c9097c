import type { Fault } from '@envigate/contracts';
import { pointerKeys } from '@envigate/domain';
import type { YamlDocument } from '@envigate/runtime';
import { CommandError } from '../../options.ts';
import type { RegistryDraft } from './describe-faults.ts';

/** Sections of the same name one after the other; anything else as the first document has it. */
export function joinDocuments(documents: readonly YamlDocument[]): RegistryDraft {
  const [first, ...others] = documents;
  if (first === undefined)
    throw new CommandError({ vi: 'cần ít nhất một tệp', en: 'name at least one file' });
  if (others.length === 0) {
    return {
      document: first.value,
      notes: [],
      isTables: false,
      doubts: [],
      faults: [],
      locate: ({ path, key }) => placeIn(first, pointerKeys(path), key),
    };
  }
  const joined = new Map<string, unknown>();
  const elements = new Map<string, { readonly from: YamlDocument; readonly index: number }[]>();
  const owners = new Map<string, YamlDocument>();
  for (const document of documents) {
    for (const [section, value] of Object.entries(asObject(document))) {
      const known = joined.get(section);
      if (known === undefined) {
        joined.set(section, value);
        owners.set(section, document);
      } else if (Array.isArray(known) && Array.isArray(value)) {
        joined.set(section, [...(known as unknown[]), ...(value as unknown[])]);
      }
      if (Array.isArray(value)) {
        const places = elements.get(section) ?? [];
        value.forEach((_, index) => places.push({ from: document, index }));
        elements.set(section, places);
      }
    }
  }
  return {
    document: Object.fromEntries(joined),
    notes: [],
    isTables: false,
    doubts: [],
    faults: [],
    locate: ({ path, key }: Fault) => {
      const [section = key ?? '', index, ...within] = pointerKeys(path);
      const element = index === undefined ? undefined : elements.get(section)?.[Number(index)];
      if (element !== undefined)
        return placeIn(element.from, [section, String(element.index), ...within], key);
      const owner = owners.get(section);
      if (owner === undefined) return documents.map(({ file }) => file).join(', ');
      return placeIn(owner, pointerKeys(path), key);
    },
  };
}

function asObject({ file, value }: YamlDocument): object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new CommandError({
    vi: `${file}:1:1: phải chứa các phần của danh mục (facilities, stations, …)`,
    en: `${file}:1:1: must hold sections of the registry (facilities, stations, …)`,
  });
}

function placeIn(document: YamlDocument, keys: readonly string[], key?: string): string {
  const place = document.place(keys, key);
  return place === undefined ? document.file : `${document.file}:${place.line}:${place.column}`;
}
