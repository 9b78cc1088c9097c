import type { Station } from '@envigate/contracts';
import { lookupKey } from './lookup-key.ts';
import { indexOf, type MeasuredParameter } from './registry-index.ts';
import type { RegistryView } from './registry-view.ts';

/**
 * The parameter that a station means by a symbol: what the registry says for this station goes
 * before the catalogue, spelling as written before spelling by key. Undefined: unknown.
 */
export function findParameter(
  registry: RegistryView,
  station: Station,
  symbol: string,
): MeasuredParameter | undefined {
  const index = indexOf(registry);
  const own = index.station(station);
  const text = symbol.normalize('NFC');
  const exact = own.mappings.getExact(text) ?? index.symbols.getExact(text);
  if (exact !== undefined) return own.measured(exact);
  const key = lookupKey(symbol);
  const near = own.mappings.getByKey(key) ?? index.symbols.getByKey(key);
  return near === undefined ? undefined : own.measured(near);
}
