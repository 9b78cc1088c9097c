import type { BilingualText, Registry, Station } from '@envigate/contracts';

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
  | { readonly kind: 'not-found'; readonly what: BilingualText }
  | { readonly kind: 'refused'; readonly reason: BilingualText };

/** Adds the mapping to the station. Whether the registry as a whole is sound is not asked here. */
export function mapSymbol(
  registry: Registry,
  { station: code, symbol, parameter }: SymbolMapping,
): MappingOutcome {
  const station = registry.stations.find((one) => one.code === code);
  if (station === undefined) {
    return {
      kind: 'not-found',
      what: { vi: `trạm '${code}' chưa khai báo`, en: `station '${code}' is not in the registry` },
    };
  }
  if (!registry.parameters.some((one) => one.code === parameter))
    return {
      kind: 'not-found',
      what: {
        vi: `thông số '${parameter}' chưa khai báo`,
        en: `parameter '${parameter}' is not in the registry`,
      },
    };
  const { parameters = [] } = station;
  const other = parameters.find(({ mapping }) => mapping === symbol);
  if (other !== undefined)
    return refused({
      vi: `ký hiệu '${symbol}' đã gán cho thông số '${other.parameter}' tại trạm '${code}'`,
      en: `'${symbol}' is parameter '${other.parameter}' at station '${code}' already`,
    });
  const own = parameters.find((one) => one.parameter === parameter);
  if (own?.mapping !== undefined)
    return refused({
      vi: `trạm '${code}' đang dùng ký hiệu '${own.mapping}' cho thông số '${parameter}': sửa trong danh mục trước`,
      en: `station '${code}' writes parameter '${parameter}' as '${own.mapping}': change that in the registry first`,
    });
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

function refused(reason: BilingualText): MappingOutcome {
  return { kind: 'refused', reason };
}
