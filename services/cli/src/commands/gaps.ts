import type { Configuration, ListedGap } from '@envigate/contracts';
import {
  gapKindLabels,
  gapLevelLabels,
  gapPartLabels,
  labelOf,
  officersNumber,
  type GapKind,
  gapLevels,
} from '@envigate/domain';
import { consoleQueries } from '@envigate/postgres';
import { followPages, localTime } from '../shared/lists.ts';
import {
  readChoice,
  readScope,
  readTimeRange,
  type ScopeOptions,
  type TimeRangeOptions,
} from '../shared/options.ts';
import { requireStation, stationsOfKnownScope, withStores } from '../shared/stores.ts';

export interface GapsOptions extends ScopeOptions, TimeRangeOptions {
  readonly open?: true;
  readonly probablyOurs?: true;
  readonly level?: string;
  readonly parameter?: string;
  readonly kind?: string;
  readonly json?: true;
}

const kinds: readonly GapKind[] = ['transmission', 'no-valid-data'];
const pageSize = 1_000;

/** Prints interruptions of transmission, the latest first, or that there is none. */
export async function printGaps(config: Configuration, options: GapsOptions): Promise<void> {
  const level = readChoice('--level', options.level, gapLevels);
  const kind = readChoice('--kind', options.kind, kinds);
  const scope = readScope(options);
  const range = readTimeRange(options);
  await withStores(config, async ({ database }) => {
    const { open, station, parameter, probablyOurs } = options;
    const queries = consoleQueries(database);
    const stations =
      scope === undefined || scope.kind === 'station'
        ? undefined
        : await stationsOfKnownScope(database, scope);
    const filter = { ...range, open, level, station, stations, parameter, kind, probablyOurs };
    let isEmpty = true;
    const gaps = followPages<ListedGap, number>((after) =>
      queries.gaps({ ...filter, after, limit: pageSize }),
    );
    for await (const gap of gaps) {
      if (isEmpty && options.json !== true) console.log(headings);
      isEmpty = false;
      console.log(options.json === true ? JSON.stringify(gap) : describeGap(gap));
    }
    if (!isEmpty) return;
    if (station !== undefined) await requireStation(database, station);
    if (options.json !== true) console.log(describeNone(options));
  });
}

function describeNone({ open, station, level }: GapsOptions): string {
  const known = gapLevels.find((one) => one === level);
  const { vi, en } = known === undefined ? { vi: '', en: '' } : gapLevelLabels[known];
  const none =
    open === true
      ? {
          vi:
            station === undefined
              ? 'không có trạm nào đang gián đoạn'
              : `trạm ${station} hiện không gián đoạn`,
          en: 'no open gaps',
        }
      : {
          vi: `${station === undefined ? '' : `trạm ${station} `}không có khoảng gián đoạn`,
          en: 'no gaps',
        };
  const ofStation = station === undefined ? '' : ` of station ${station}`;
  return level === undefined
    ? `${none.vi} · ${none.en}${ofStation}`
    : `${none.vi} ${vi} · ${none.en}${ofStation}, ${en}`;
}

const headings =
  `${'Số · Id'.padStart(8)} ${'Trạm · Station'.padEnd(16)} ${'Thông số · Parameter'.padEnd(20)} ${'Từ · From'.padEnd(19)} – ${'Đến · To'.padEnd(19)} ` +
  `${'Thời gian · Length'.padStart(18)} ${'Tính · Counts'.padStart(14)}  Mức · Level`;

function describeGap(gap: ListedGap): string {
  const to = gap.to === null ? 'đang gián đoạn'.padEnd(19) : localTime(gap.to);
  const length = `${officersNumber(gap.hours)} giờ`.padStart(18);
  const net = `${officersNumber(gap.netHours)} giờ`.padStart(14);
  const whose = `${String(gap.gapId).padStart(8)} ${gap.station.padEnd(16)} ${(gap.parameter ?? '').padEnd(20)}`;
  const notes = [
    ...(gap.jointId === null
      ? []
      : [`gián đoạn cùng lúc ${gap.jointId}: chưa quyết định · joint ${gap.jointId}: not decided`]),
    ...(gap.kind === 'transmission' ? [] : [labelOf(gapKindLabels, gap.kind)]),
    ...gap.takenOut.map(
      ({ by, id, hours }) =>
        `${labelOf(gapPartLabels, by)}${id === null ? '' : ` ${id}`}: ${officersNumber(hours)} giờ`,
    ),
  ];
  if (gap.isProbablyOurs) notes.push('có thể do hệ thống tiếp nhận của Sở · probably ours');
  const line = `${whose} ${localTime(gap.from)} – ${to} ${length} ${net}  ${labelOf(gapLevelLabels, gap.level)}`;
  return [line, ...notes].join('; ');
}
