import type { Parameter, Profile, Station } from '@envigate/contracts';
import type { RegistryView } from './registry-view.ts';

/**
 * 16 hexadecimal digits, made of everything in the registry that decides how files of a station are
 * read: equal bytes with equal marks give equal readings. What does not take part in the reading (names,
 * targets, intervals, cycles of analysers) does not change it. Remembered for each registry.
 */
export function readingMark(
  registry: RegistryView,
  station: Station,
  profile: Profile | undefined,
): string {
  const marks = marksOf(registry);
  let ofOne = marks.byStation.get(station.code);
  if (ofOne === undefined) {
    ofOne = new Map();
    marks.byStation.set(station.code, ofOne);
  }
  let mark = ofOne.get(profile?.code);
  if (mark === undefined) {
    mark = hash64(canonicalJson([marks.catalogue, ofStation(station), ofProfile(profile)]));
    ofOne.set(profile?.code, mark);
  }
  return mark;
}

/** Every mark that files of a station may have now, whichever of its profiles they are read by. */
export function readingMarksOf(registry: RegistryView, station: Station): readonly string[] {
  const accounts = registry.registry.accounts.filter(({ stations }) =>
    stations.includes(station.code),
  );
  const codes = [...(station.profiles ?? []), ...accounts.flatMap(({ profiles = [] }) => profiles)];
  const profiles = codes.flatMap((code) => registry.profiles.get(code) ?? []);
  return [...new Set([undefined, ...profiles])].map((profile) =>
    readingMark(registry, station, profile),
  );
}

interface Marks {
  readonly catalogue: string;
  /** By its code, then by that of the profile; undefined: none. */
  readonly byStation: Map<string, Map<string | undefined, string>>;
}

const remembered = new WeakMap<RegistryView, Marks>();

function marksOf(registry: RegistryView): Marks {
  let marks = remembered.get(registry);
  if (marks === undefined) {
    const byCode = registry.registry.parameters.toSorted((a, b) => (a.code < b.code ? -1 : 1));
    const catalogue = canonicalJson(byCode.map(ofParameter));
    marks = { catalogue, byStation: new Map() };
    remembered.set(registry, marks);
  }
  return marks;
}

function ofParameter(parameter: Parameter): unknown {
  return without(parameter, ['name', 'nameEn', 'official', 'source', 'cycleMinutes']);
}

function ofStation({ code, kind, utcOffsetMinutes, parameters = [] }: Station): unknown {
  const measured = parameters.map((own) => without(own, ['cycleMinutes']));
  return { code, kind, utcOffsetMinutes, measured };
}

function ofProfile(profile: Profile | undefined): unknown {
  return profile === undefined ? null : without(profile, ['name', 'fileNames']);
}

function without<T extends object>(item: T, fields: readonly (keyof T)[]): unknown {
  return Object.fromEntries(
    Object.entries(item).filter(([field]) => !fields.includes(field as keyof T)),
  );
}

/** Two hashes of 32 bits (cyrb53's mixing): it protects no secret, and is only compared. */
function hash64(text: string): string {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    a = Math.imul(a ^ code, 0x9e3779b1);
    b = Math.imul(b ^ code, 0x5f356495);
  }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  return [a, b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}

/** JSON with its keys in order, so that equal values are equal texts: jsonb keeps no order. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
