import type { BilingualText, Facility, Station } from '@envigate/contracts';
import type { RegistryView } from '../registry/registry-view.ts';
import { stationsOfScope, unknownScope, type StopScope } from '../stops/planned-stops.ts';
import { officersNumber } from '../wording/officers-format.ts';

/** Which stations a report is about, and of which time. */
export interface ReportQuestion {
  /** Undefined: all stations of the registry. */
  readonly scope: StopScope | undefined;
  /** Half open. A gap that reaches into it belongs to it. */
  readonly from: Date;
  readonly to: Date;
}

/** Why there is no report: what was asked, what is possible, what to do. */
export interface ReportRefusal {
  readonly kind: 'unknown' | 'too-large' | 'invalid';
  readonly text: BilingualText;
}

export const maxReportDays = 366;
/** A month of 1,000 stations. Each is a few milliseconds of the database. */
export const maxStationDays = 31_000;
/** Rows that a table of a report has at most: it is made in memory, and nobody reads more. */
export const maxReportRows = 20_000;
const dayMs = 86_400_000;

/** The stations of a report in their order, or why there is none. */
export function stationsOfReport(
  { scope, from, to }: ReportQuestion,
  view: RegistryView,
): readonly Station[] | ReportRefusal {
  if (from >= to) {
    const text = { vi: 'from phải trước to', en: 'from must be before to' };
    return { kind: 'invalid', text };
  }
  const days = Math.ceil((to.getTime() - from.getTime()) / dayMs);
  if (days > maxReportDays) {
    const text = {
      vi: `kỳ báo cáo ${officersNumber(days)} ngày, tối đa ${maxReportDays} ngày: chia thành nhiều kỳ`,
      en: `the period has ${days} days, ${maxReportDays} at most: ask for several periods`,
    };
    return { kind: 'too-large', text };
  }
  const unknown = scope === undefined ? undefined : unknownScope(scope, view);
  if (unknown !== undefined) return { kind: 'unknown', text: unknown };
  const codes = scope === undefined ? undefined : new Set(stationsOfScope(scope, view));
  const stations = view.registry.stations.filter(({ code }) => codes?.has(code) !== false);
  return inOrder(stations, view);
}

/** Of a report that counts readings: whether it can be made in bounded time. */
export function objectionToSize(
  stations: readonly Station[],
  { from, to }: ReportQuestion,
): ReportRefusal | undefined {
  const days = Math.ceil((to.getTime() - from.getTime()) / dayMs);
  const stationDays = stations.length * days;
  if (stationDays <= maxStationDays) return undefined;
  const [most, asked] = [officersNumber(maxStationDays), officersNumber(stationDays)];
  const text = {
    vi: `${officersNumber(stations.length)} trạm × ${officersNumber(days)} ngày = ${asked}, tối đa ${most}: chọn kỳ ngắn hơn, một tỉnh hoặc một cơ sở`,
    en: `${stations.length} stations × ${days} days = ${stationDays}, ${maxStationDays} at most: ask for a shorter period, a province or a facility`,
  };
  return { kind: 'too-large', text };
}

/** Of a table: whether it has no more rows than a report may have. */
export function objectionToRows(what: BilingualText, rows: number): ReportRefusal | undefined {
  if (rows <= maxReportRows) return undefined;
  const [most, found] = [officersNumber(maxReportRows), officersNumber(rows)];
  const text = {
    vi: `${found} ${what.vi}, tối đa ${most}: chọn kỳ ngắn hơn, một tỉnh, một cơ sở hoặc mức gián đoạn cao hơn`,
    en: `${rows} ${what.en}, ${maxReportRows} at most: ask for a shorter period, a province, a facility or a higher level`,
  };
  return { kind: 'too-large', text };
}

/** A station as reports name it. */
export interface ReportStation {
  readonly code: string;
  readonly name: BilingualText;
  readonly kind: Station['kind'];
  readonly facility: { readonly code: string; readonly name: BilingualText };
  /** As in file names; undefined where the registry has none. */
  readonly province: string | undefined;
}

export function reportStationOf(station: Station, view: RegistryView): ReportStation {
  const facility = view.facilities.get(station.facility);
  return {
    code: station.code,
    name: nameOf(station),
    kind: station.kind,
    facility: {
      code: station.facility,
      name: facility === undefined ? bothAs(station.facility) : nameOf(facility),
    },
    province: facility?.provinceCode,
  };
}

function nameOf({ name, nameEn }: Pick<Facility, 'name' | 'nameEn'>): BilingualText {
  return { vi: name, en: nameEn ?? name };
}

/** A text that is the same in both languages. */
export const bothAs = (text: string): BilingualText => ({ vi: text, en: text });

const byVietnamese = new Intl.Collator('vi');

/** By facility, and there by station, as a Vietnamese list has them. */
function inOrder(stations: readonly Station[], view: RegistryView): readonly Station[] {
  const facilityOf = (station: Station): string =>
    view.facilities.get(station.facility)?.name ?? station.facility;
  return [...stations].sort(
    (a, b) =>
      byVietnamese.compare(facilityOf(a), facilityOf(b)) ||
      byVietnamese.compare(a.facility, b.facility) ||
      byVietnamese.compare(a.code, b.code),
  );
}
