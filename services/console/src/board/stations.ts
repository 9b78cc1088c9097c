import type { Station, StationHeard } from '@envigate/contracts';
import { intervalMinutesOf, type RegistryView, both, html, type Markup } from '@envigate/domain';
import {
  pill,
  rowTable,
  tableRow,
  count,
  dateTime,
  duration,
  durationEn,
  minuteMs,
  officeOffsetMinutes,
  zoneOf,
} from './html.ts';

const stationsPerPage = 100;

interface StationState {
  /** 0 in a gap, 1 late, 2 never heard, 3 in time. */
  readonly rank: 0 | 1 | 2 | 3;
  readonly label: Markup;
}

export interface JudgedStation {
  readonly station: Station;
  readonly heard: StationHeard | undefined;
  readonly state: StationState;
}

/** Those without data first, the longest silent at the top. */
export function judgeStations(
  stations: readonly Station[],
  heardOf: ReadonlyMap<string, StationHeard>,
  now: Date,
  graceMinutes: number,
): readonly JudgedStation[] {
  const judged = stations.map((station): JudgedStation => {
    const heard = heardOf.get(station.code);
    return { station, heard, state: stationState(station, heard, now, graceMinutes) };
  });
  const lastOf = ({ heard }: JudgedStation): number => heard?.lastInstant?.getTime() ?? 0;
  return judged.sort((a, b) => a.state.rank - b.state.rank || lastOf(a) - lastOf(b));
}

function stationState(
  station: Station,
  heard: StationHeard | undefined,
  now: Date,
  graceMinutes: number,
): StationState {
  if (heard?.openGap) {
    const length = now.getTime() - heard.openGap.from.getTime();
    const tone = heard.openGap.level === '12h' ? 'bad' : 'warn';
    return {
      rank: 0,
      label: pill(tone, `Gián đoạn ${duration(length)}`, `No data for ${durationEn(length)}`),
    };
  }
  const last = heard?.lastInstant ?? null;
  if (last === null) {
    return { rank: 2, label: pill('idle', 'Chưa nhận được dữ liệu', 'Never heard') };
  }
  const age = now.getTime() - last.getTime();
  return age > (intervalMinutesOf(station) + graceMinutes) * minuteMs
    ? { rank: 1, label: pill('warn', `Chậm ${duration(age)}`, `Late, ${durationEn(age)}`) }
    : { rank: 3, label: pill('good', 'Bình thường', 'In time') };
}

/** How many stations are in which state. */
export function countStations(stations: readonly JudgedStation[]): {
  readonly inGap: number;
  readonly late: number;
  readonly neverHeard: number;
  readonly inTime: number;
} {
  const ofRank = (rank: StationState['rank']): number =>
    stations.filter(({ state }) => state.rank === rank).length;
  return { inGap: ofRank(0), late: ofRank(1), neverHeard: ofRank(2), inTime: ofRank(3) };
}

/** One page of the stations, from 1; beyond the last it is the last. */
export function renderStations(
  stations: readonly JudgedStation[],
  registry: RegistryView,
  place: { readonly page: number; readonly refreshes: boolean },
): Markup {
  const pages = Math.max(1, Math.ceil(stations.length / stationsPerPage));
  const page = Math.min(place.page, pages);
  const shown = stations.slice((page - 1) * stationsPerPage, page * stationsPerPage);
  const { inGap, late, neverHeard, inTime } = countStations(stations);
  const summary =
    stations.length === 0
      ? both('Chưa khai báo trạm nào.', 'No station is registered.')
      : both(
          `Tổng số ${count(stations.length)} trạm: đang gián đoạn ${count(inGap)}, chậm ${count(late)}, chưa nhận được dữ liệu ${count(neverHeard)}, bình thường ${count(inTime)}.`,
          `${stations.length} stations: ${inGap} without data, ${late} late, ${neverHeard} never heard, ${inTime} in time.`,
        );
  const columns = [
    both('Trạm', 'Station'),
    both('Tình trạng', 'State'),
    both('Dữ liệu gần nhất', 'Newest data'),
    both('Lượt nhận gần nhất', 'Last reception'),
  ];
  const rows = shown.map((station) => stationRow(station, registry));
  return html`<section aria-labelledby="tram">
    <h2 id="tram">${both('Trạm', 'Stations')}</h2>
    <p>${summary}</p>
    ${rows.length > 0 ? rowTable('tram', columns, rows) : undefined}
    ${pages > 1 ? pageLinks(page, pages, place.refreshes) : undefined}
  </section>`;
}

function stationRow({ station, heard, state }: JudgedStation, registry: RegistryView): Markup {
  const { code, name, nameEn } = station;
  const facility = registry.facilities.get(station.facility)?.name ?? station.facility;
  const offset = station.utcOffsetMinutes ?? officeOffsetMinutes;
  const title = html`<a href="/api/v1/stations/${encodeURIComponent(code)}"><bdi>${code}</bdi></a>
    ${nameEn === undefined ? html`<bdi>${name}</bdi>` : both(html`<bdi>${name}</bdi>`, nameEn)}
    <small><bdi>${facility}</bdi></small>`;
  return tableRow(title, [
    state.label,
    stamp('Dữ liệu gần nhất', heard?.lastInstant, offset),
    stamp('Lượt nhận gần nhất', heard?.lastReceivedAt),
  ]);
}

function pageLinks(page: number, pages: number, refreshes: boolean): Markup {
  const link = (to: number, vi: string, en: string): Markup | undefined =>
    to < 1 || to > pages
      ? undefined
      : html`<a href="/?page=${to}${refreshes ? '' : '&refresh=off'}#tram">${both(vi, en)}</a>`;
  return html`<nav aria-label="Trang · Pages">
    ${link(page - 1, 'Trang trước', 'Previous')}
    <span>${both(`Trang ${page}/${pages}`, 'Page')}</span> ${link(page + 1, 'Trang sau', 'Next')}
  </nav>`;
}

/** The label is for phones, where the heads of the columns are not shown. */
function stamp(
  label: string,
  instant: Date | null | undefined,
  offset = officeOffsetMinutes,
): Markup {
  const zone = offset === officeOffsetMinutes ? '' : ` (${zoneOf(offset)})`;
  const time = instant ? `${dateTime(instant, offset)}${zone}` : '–';
  return html`<small class="label" aria-hidden="true">${label}</small>${time}`;
}
