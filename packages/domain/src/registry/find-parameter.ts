import type { Station } from '@envigate/contracts';
import { canonicalUnit } from '../units/canonical-unit.ts';
import { lookupKey } from '../texts/lookup-key.ts';
import {
  indexOf,
  type FoundParameter,
  type RegistryIndex,
  type StationIndex,
} from './registry-index.ts';
import type { RegistryView } from './registry-view.ts';

/**
 * The parameter that a station means by a symbol: what the registry says for this station goes
 * before the catalogue, spelling as written before spelling by key. A name with its unit in
 * brackets, as in headers of exports, is the name. Undefined: unknown.
 */
export function findParameter(
  registry: RegistryView,
  station: Station,
  symbol: string,
): FoundParameter | undefined {
  const index = indexOf(registry);
  const own = index.station(station);
  const remembered = own.found.get(symbol);
  if (remembered !== undefined || own.found.has(symbol)) return remembered;
  const found = find(index, own, symbol);
  if (own.found.size < maxRemembered) own.found.set(symbol, found);
  return found;
}

/** A station writes some ten symbols, and garbage may write any number. */
const maxRemembered = 1000;

function find(
  { symbols }: RegistryIndex,
  own: StationIndex,
  symbol: string,
): FoundParameter | undefined {
  const lookUp = (name: string) => {
    const text = name.normalize('NFC');
    const key = lookupKey(name);
    return (
      own.mappings.getExact(text) ??
      own.mappings.getByKey(key) ??
      symbols.getExact(text) ??
      symbols.getByKey(key)
    );
  };
  const bracketed = splitUnit(symbol);
  const code = lookUp(symbol) ?? (bracketed === undefined ? undefined : lookUp(bracketed.name));
  const parameter = code === undefined ? undefined : own.measured(code);
  return parameter === undefined ? undefined : { parameter, unitInSymbol: bracketed?.unit };
}

/** `Áp suất khí quyển(hPa)` → its name and its unit; undefined where there is no known unit in brackets. */
function splitUnit(symbol: string): { name: string; unit: string } | undefined {
  const open = symbol.lastIndexOf('(');
  if (open < 1 || !symbol.endsWith(')')) return undefined;
  const unit = symbol.slice(open + 1, -1).trim();
  return unit === '' || canonicalUnit(unit) === undefined
    ? undefined
    : { name: symbol.slice(0, open), unit };
}
