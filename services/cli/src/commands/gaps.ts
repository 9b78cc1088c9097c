import type { Configuration } from '@envigate/contracts';
import type { GapLevel, ListedGap } from '@envigate/domain';
import { consoleQueries } from '@envigate/postgres';
import { followPages } from '../follow-pages.ts';
import { requireStation } from '../require-station.ts';
import { withStores } from '../with-stores.ts';

export interface GapsOptions {
  readonly open?: true;
  readonly level?: string;
  readonly station?: string;
  readonly json?: true;
}

const levels: readonly GapLevel[] = ['15min', '1h', '12h'];
const pageSize = 1_000;

/** Prints interruptions of transmission, the latest first, or that there is none. */
export async function printGaps(config: Configuration, options: GapsOptions): Promise<void> {
  const level = levels.find((known) => known === options.level);
  if (options.level !== undefined && level === undefined) {
    throw new Error(`--level must be one of ${levels.join(', ')}, not '${options.level}'`);
  }
  await withStores(config, async ({ database }) => {
    const { open, station } = options;
    const queries = consoleQueries(database);
    let isEmpty = true;
    const gaps = followPages<ListedGap, number>((after) =>
      queries.gaps({ open, level, station, after, limit: pageSize }),
    );
    for await (const gap of gaps) {
      isEmpty = false;
      console.log(options.json === true ? JSON.stringify(gap) : describeGap(gap));
    }
    if (!isEmpty) return;
    if (station !== undefined) await requireStation(database, station);
    if (options.json !== true) console.log(describeNone(options));
  });
}

function describeNone({ open, station, level }: GapsOptions): string {
  return [
    open === true ? 'no open gaps' : 'no gaps',
    ...(station === undefined ? [] : [`of station ${station}`]),
    ...(level === undefined ? [] : [`of ${level} or more`]),
  ].join(' ');
}

/** Times at +07:00, as the officers read them. */
function describeGap(gap: ListedGap): string {
  const to = gap.to === null ? 'still open'.padEnd(19) : localTime(gap.to);
  return `${gap.station.padEnd(16)} ${localTime(gap.from)} – ${to} ${gap.hours.toFixed(1).padStart(8)} h  ${gap.level}`;
}

function localTime(instant: Date): string {
  return new Date(instant.getTime() + 7 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ');
}
