import type {
  Configuration,
  ListedDelivery,
  ListedReception,
  ReceptionOutcome,
  ReceptionPlace,
} from '@envigate/contracts';
import { expectedInVietnamese, reasonOf } from '@envigate/domain';
import { consoleQueries, type Database } from '@envigate/postgres';
import { firstRows } from '../../follow-pages.ts';
import { readLimit, readTime } from '../../options.ts';
import { requireStation } from '../../require-station.ts';
import { withStores } from '../../with-stores.ts';
import { localTime } from '../registry/local-time.ts';

export interface FilesOptions {
  /** A file name, or the beginning of one with `*` after it. */
  readonly name?: string;
  readonly station?: string;
  readonly account?: string;
  readonly outcome?: string;
  readonly from?: string;
  readonly to?: string;
  readonly limit?: string;
  readonly json?: true;
}

const outcomes: readonly ReceptionOutcome[] = ['stored', 'duplicate', 'quarantined'];
/** How many are shown. */
const limits = { unlessGiven: 20, most: 1_000 };
/** Of one file, the latest due: it has one for each of its moments and targets. */
const mostDeliveries = 100;

/** Prints what became of files, the newest first: what they brought, why not, and where it went. */
export async function printFiles(config: Configuration, options: FilesOptions): Promise<void> {
  const { name, station, account, json } = options;
  const [outcome, limit] = [readOutcome(options.outcome), readLimit(options.limit, limits)];
  const times = { from: readTime('from', options.from), to: readTime('to', options.to) };
  await withStores(config, async ({ database }) => {
    const filter = { name, station, account, outcome, ...times };
    const { rows, hasMore } = await firstRows<ListedReception, ReceptionPlace>(limit, (page) =>
      consoleQueries(database).receptions({ ...filter, ...page }),
    );
    if (rows.length === 0) {
      if (station !== undefined) await requireStation(database, station);
      if (json !== true) console.log(describeNone(name, Object.values(filter)));
    }
    for (const reception of rows) {
      const deliveries = await deliveriesOf(reception, database);
      const lines =
        json === true
          ? [JSON.stringify({ ...reception, deliveries })]
          : describe(reception, deliveries);
      for (const line of lines) console.log(line);
    }
    if (hasMore && json !== true) console.log(`the newest ${limit}; --limit shows more`);
  });
}

function readOutcome(text: string | undefined): ReceptionOutcome | undefined {
  const outcome = outcomes.find((known) => known === text);
  if (text === undefined || outcome !== undefined) return outcome;
  throw new Error(`--outcome must be stored, duplicate or quarantined, not '${text}'`);
}

/** Those of a duplicate are the first reception's; it brought none. */
async function deliveriesOf(
  { fileId, outcome }: ListedReception,
  database: Database,
): Promise<readonly ListedDelivery[]> {
  if (outcome !== 'stored') return [];
  const { rows } = await consoleQueries(database).deliveries({ fileId, limit: mostDeliveries });
  return rows;
}

function describeNone(name: string | undefined, selection: readonly unknown[]): string {
  const given = selection.filter((value) => value !== undefined).length;
  const what =
    given === 0 ? 'no file' : given === 1 && name ? `no file ${name}` : 'no file that fits';
  return `${what} is recorded; one that has just been sent appears within seconds, one that looks cut off waits: envigate held list`;
}

const indent = ' '.repeat('2026-03-25 00:00:00 '.length);

function describe(
  reception: ListedReception,
  deliveries: readonly ListedDelivery[],
): readonly string[] {
  const { receivedAt, outcome, name, account, station, notUnderstood } = reception;
  const whose = station === null ? account : `${account} / ${station}`;
  const head = `${localTime(receivedAt)} ${outcome.padEnd(12)} ${name}   ${whose}   ${describeYield(reception)}`;
  const more =
    notUnderstood.length === 0
      ? []
      : [`more: envigate quarantine list --text ${name}, then envigate quarantine show <number>`];
  return [
    head,
    ...[...notUnderstood.flatMap(describeReason), ...more, ...deliveries.map(describeDelivery)].map(
      (line) => `${indent}${line}`,
    ),
  ];
}

/** What a file brought: `2 new readings, 1 line not understood`. */
function describeYield(reception: ListedReception): string {
  switch (reception.outcome) {
    case 'quarantined':
      return 'not understood';
    case 'duplicate':
      return 'known before';
    case 'stored': {
      const { newReadings, corrections, repeats, rejectedLines } = reception;
      const parts = [
        count(newReadings, 'new reading'),
        count(corrections, 'correction'),
        count(repeats, 'known reading'),
        ...count(rejectedLines, 'line').map((lines) => `${lines} not understood`),
      ].flat();
      return parts.length === 0 ? 'no readings' : parts.join(', ');
    }
  }
}

/** Empty for 0: only what there is appears. */
function count(number: number, what: string): readonly string[] {
  return number === 0 ? [] : [`${number} ${what}${number === 1 ? '' : 's'}`];
}

function describeReason({
  reason,
  rows,
  open,
  line,
  expected,
}: ListedReception['notUnderstood'][number]): readonly string[] {
  const known = reasonOf(reason);
  const lines =
    line === null ? '' : ` (${count(rows, 'line').join('')}, the first is line ${line})`;
  const text = known === undefined ? '' : `: ${known.vi} · ${known.en}`;
  const resolved = open === 0 ? '   resolved by a replay' : '';
  return [
    `${reason}${lines}${text}${resolved}`,
    ...(expected === '' ? [] : [`  yêu cầu · expected: ${describeExpected(expected)}`]),
  ];
}

function describeExpected(expected: string): string {
  const vi = expectedInVietnamese(expected);
  return vi === undefined ? expected : `${vi} · ${expected}`;
}

function describeDelivery(delivery: ListedDelivery): string {
  const { target, state, dueAt, endedAt, receipt, failure, failureCode } = delivery;
  const why =
    failure === null ? '' : `: ${failure}${failureCode === null ? '' : ` (${failureCode})`}`;
  if (endedAt === null) return `${target}: due since ${localTime(dueAt)}${why}`;
  return `${target}: ${state} ${localTime(endedAt)}${receipt === null ? why : `, receipt ${receipt}`}`;
}
