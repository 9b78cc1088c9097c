import type { Registry, Station } from '@envigate/contracts';

/** What a station's logger means by a symbol. */
export interface SymbolMapping {
  readonly station: string;
  /** As the logger writes it. */
  readonly symbol: string;
  /** Code of the catalogue. */
  readonly parameter: string;
}

export type MappingOutcome =
  | { readonly kind: 'mapped'; readonly registry: Registry }
  | { readonly kind: 'not-found'; readonly what: string }
  | { readonly kind: 'refused'; readonly reason: string };

/** Adds the mapping to the station. Whether the registry as a whole is sound is not asked here. */
export function mapSymbol(
  registry: Registry,
  { station: code, symbol, parameter }: SymbolMapping,
): MappingOutcome {
  const station = registry.stations.find((one) => one.code === code);
  if (station === undefined) return { kind: 'not-found', what: `station '${code}'` };
  if (!registry.parameters.some((one) => one.code === parameter))
    return { kind: 'not-found', what: `parameter '${parameter}'` };
  const { parameters = [] } = station;
  const other = parameters.find(({ mapping }) => mapping === symbol);
  if (other !== undefined)
    return refused(`'${symbol}' is parameter '${other.parameter}' at station '${code}' already`);
  const own = parameters.find((one) => one.parameter === parameter);
  if (own?.mapping !== undefined)
    return refused(
      `station '${code}' writes parameter '${parameter}' as '${own.mapping}': change that in the registry first`,
    );
  const mapped: Station = {
    ...station,
    parameters:
      own === undefined
        ? [...parameters, { parameter, mapping: symbol }]
        : parameters.map((one) => (one === own ? { ...own, mapping: symbol } : one)),
  };
  const stations = registry.stations.map((one) => (one === station ? mapped : one));
  return { kind: 'mapped', registry: { ...registry, stations } };
}

function refused(reason: string): MappingOutcome {
  return { kind: 'refused', reason };
}
