import {
  inBothLanguages,
  type Configuration,
  type ListedDelivery,
  type ListedReception,
  type ReceptionOutcome,
  type ReceptionPlace,
} from '@envigate/contracts';
import {
  deliveryFailureLabels,
  deliveryStateLabels,
  labelOf,
  officersNumber,
  quarantineStateLabels,
  reasonOf,
  receptionOutcomeLabels,
} from '@envigate/domain';
import { consoleQueries, type Database } from '@envigate/postgres';
import { firstRows, localTime } from '../shared/lists.ts';
import { readChoice, readLimit, readTimeRange, type TimeRangeOptions } from '../shared/options.ts';
import { requireStation, withStores } from '../shared/stores.ts';

export interface FilesOptions extends TimeRangeOptions {
  /** A file name, or the beginning of one with `*` after it. */
  readonly name?: string;
  readonly station?: string;
  readonly account?: string;
  readonly outcome?: string;
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
  const outcome = readChoice('--outcome', options.outcome, outcomes);
  const limit = readLimit(options.limit, limits);
  await withStores(config, async ({ database }) => {
    const filter = { name, station, account, outcome, ...readTimeRange(options) };
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
    if (hasMore && json !== true)
      console.log(
        `${officersNumber(limit)} lượt mới nhất, xem thêm bằng --limit · the newest ${limit}; --limit shows more`,
      );
  });
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
  const { vi, en } =
    given === 0
      ? { vi: 'chưa ghi nhận tệp nào', en: 'no file' }
      : given === 1 && name
        ? { vi: `chưa ghi nhận tệp ${name}`, en: `no file ${name}` }
        : { vi: 'chưa ghi nhận tệp nào theo điều kiện lọc', en: 'no file that fits' };
  return inBothLanguages({
    vi: `${vi}; tệp vừa gửi xuất hiện sau vài giây, tệp có dấu hiệu bị cắt được tạm giữ: envigate held list`,
    en: `${en} is recorded; one that has just been sent appears within seconds, one that looks cut off waits: envigate held list`,
  });
}

const indent = ' '.repeat('25/03/2026 00:00:00 '.length);

function describe(
  reception: ListedReception,
  deliveries: readonly ListedDelivery[],
): readonly string[] {
  const { receivedAt, outcome, name, account, station, notUnderstood } = reception;
  const whose = station === null ? account : `${account} / ${station}`;
  const head = `${localTime(receivedAt)} ${labelOf(receptionOutcomeLabels, outcome).padEnd(21)} ${name}   ${whose}   ${describeYield(reception)}`;
  const more =
    notUnderstood.length === 0
      ? []
      : [
          `xem thêm · more: envigate quarantine list --text ${name}, envigate quarantine show <number>`,
        ];
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
      return 'không đọc được · not understood';
    case 'duplicate':
      return 'đã nhận trước đó · known before';
    case 'stored': {
      const { newReadings, corrections, repeats, rejectedLines } = reception;
      const parts = [
        count(newReadings, 'giá trị mới', 'new readings'),
        count(corrections, 'giá trị thay thế', 'corrections'),
        count(repeats, 'giá trị đã có', 'known readings'),
        count(rejectedLines, 'dòng không đọc được', 'lines not understood'),
      ].flat();
      return parts.length === 0 ? 'không có giá trị · no readings' : parts.join(', ');
    }
  }
}

/** Empty for 0: only what there is appears. */
function count(number: number, vi: string, en: string): readonly string[] {
  return number === 0 ? [] : [`${officersNumber(number)} ${vi} · ${en}`];
}

function describeReason({
  reason,
  rows,
  open,
  line,
  expected,
  expectedVi,
}: ListedReception['notUnderstood'][number]): readonly string[] {
  const known = reasonOf(reason);
  const lines =
    line === null ? '' : ` (${officersNumber(rows)} dòng · lines, từ dòng · from line ${line})`;
  const text = known === undefined ? '' : `: ${inBothLanguages(known)}`;
  const resolved = open === 0 ? `   ${labelOf(quarantineStateLabels, 'resolved')}` : '';
  return [
    `${reason}${lines}${text}${resolved}`,
    ...(expected === ''
      ? []
      : [`  yêu cầu · expected: ${inBothLanguages({ vi: expectedVi, en: expected })}`]),
  ];
}

function describeDelivery(delivery: ListedDelivery): string {
  const { target, state, dueAt, endedAt, receipt, failure, failureVi, failureCode } = delivery;
  const kind =
    failureCode === null ? '' : `, ${labelOf(deliveryFailureLabels, String(failureCode))}`;
  const why = failure === null ? '' : `${kind}: ${inBothLanguages({ vi: failureVi, en: failure })}`;
  const shown = labelOf(deliveryStateLabels, state);
  if (endedAt === null) return `${target}: ${shown}, từ · since ${localTime(dueAt)}${why}`;
  return `${target}: ${shown} ${localTime(endedAt)}${receipt === null ? why : `, xác nhận · receipt ${receipt}`}`;
}
