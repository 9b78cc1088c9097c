import { userInfo } from 'node:os';
import {
  inBothLanguages,
  type Configuration,
  type ListedDelivery,
  type DeliveryFilter,
  type DeliveryState,
} from '@envigate/contracts';
import {
  deliveryFailureLabels,
  deliveryNoteLabels,
  deliveryStateLabels,
  labelOf,
  officersNumber,
  RegistryView,
  showDeclined,
  waitsFor,
  type DeliveryDecision,
} from '@envigate/domain';
import { consoleQueries, exportRegistry, deliveryDesk } from '@envigate/postgres';
import { probeTarget } from '@envigate/ministry';
import { firstRows, localTime } from '../shared/lists.ts';
import {
  readLimit,
  CommandError,
  readId,
  readChoice,
  readTimeRange,
  type TimeRangeOptions,
} from '../shared/options.ts';
import { requireStation, withStores } from '../shared/stores.ts';

export interface ListOptions extends SelectionOptions {
  readonly limit?: string;
  readonly json?: true;
}

/** How many are shown. */
const limits = { unlessGiven: 100, most: 10_000 };

/** Prints deliveries, the latest due first, or that none is selected. */
export async function printDeliveries(config: Configuration, options: ListOptions): Promise<void> {
  const filter = readSelection(options);
  const limit = readLimit(options.limit, limits);
  await withStores(config, async ({ database }) => {
    const registry = new RegistryView(await exportRegistry(database));
    const { rows, hasMore } = await firstRows<ListedDelivery, number>(limit, (page) =>
      consoleQueries(database).deliveries({ ...filter, ...page }),
    );
    for (const delivery of rows) {
      const waiting = waitsFor(delivery, registry);
      console.log(
        options.json === true
          ? JSON.stringify({ ...delivery, waitsFor: waiting ?? null })
          : describe(delivery, waiting),
      );
    }
    if (options.json === true) return;
    if (hasMore)
      console.log(
        `${officersNumber(limit)} lượt mới nhất, xem thêm bằng --limit · the latest ${limit}; --limit shows more`,
      );
    if (rows.length > 0) return;
    if (filter.station !== undefined) await requireStation(database, filter.station);
    console.log('không có lượt truyền nào được chọn · no delivery is selected');
  });
}

const waitingFor = {
  'target-disabled': 'chờ: máy chủ nhận đang tắt · waits: its target is disabled',
  'target-unknown':
    'chờ: máy chủ nhận không có trong danh mục · waits: the registry does not know its target',
} as const;

const decisions = { retry: 'truyền lại · retry', skip: 'bỏ qua · skip' } as const;

/** What the target answered, and the number that EnviSoft has for it; or why it is withheld. */
function describeFailure({ failure, failureVi, failureCode }: ListedDelivery): string {
  const kind =
    failureCode === null ? '' : `${labelOf(deliveryFailureLabels, String(failureCode))}: `;
  return `${kind}${failure === null ? '' : inBothLanguages({ vi: failureVi, en: failure })}`;
}

/** Times at +07:00, as the officers read them. */
function describe(delivery: ListedDelivery, waiting: keyof typeof waitingFor | undefined): string {
  const { deliveryId, target, state, fileName, attempts, receipt, failure, decision } = delivery;
  const more = [
    ...(waiting === undefined ? [] : [waitingFor[waiting]]),
    ...(state === 'due' && attempts > 0 ? [`đã thử ${attempts} lần · ${attempts} attempts`] : []),
    ...(delivery.inDoubt ? [labelOf(deliveryNoteLabels, 'inDoubt')] : []),
    ...(delivery.withdrawnAt === null
      ? []
      : ['số liệu không còn trong hệ thống · the record says nothing more of it']),
    ...(receipt === null
      ? failure === null
        ? []
        : [describeFailure(delivery)]
      : [`xác nhận · receipt ${receipt}`]),
    ...(decision === null
      ? []
      : [
          `${decisions[decision.decision]} (${decision.actor} ${localTime(decision.decidedAt)}): ${decision.note}`,
        ]),
  ];
  const at = localTime(delivery.endedAt ?? delivery.dueAt);
  return `${String(deliveryId).padStart(8)} ${at} ${labelOf(deliveryStateLabels, state).padEnd(24)} ${target}   ${fileName}   ${more.join('; ')}`.trimEnd();
}

export interface DecideOptions extends SelectionOptions {
  readonly note: string;
  readonly json?: true;
}

const done = {
  retry: { vi: 'lượt chờ truyền lại', en: 'due again' },
  skip: { vi: 'lượt không truyền', en: 'not to be sent' },
} as const;

/** Decides about what is selected; prints how many, and the reason for each that could not be. */
export async function decideDeliveries(
  decision: DeliveryDecision['decision'],
  ids: readonly string[],
  config: Configuration,
  options: DecideOptions,
): Promise<void> {
  const { note, json } = options;
  const selection = {
    ...readSelection(options),
    ...(ids.length > 0 && { ids: ids.map(readDeliveryId) }),
  };
  if (Object.values(selection).every((value) => value === undefined))
    throw new CommandError({
      vi: 'chọn lượt truyền: số thứ tự, hoặc điều kiện lọc (ví dụ --target, --state)',
      en: 'choose deliveries: their numbers, or a filter such as --target or --state',
    });
  if (note.trim() === '')
    throw new CommandError({ vi: '--note: cần nêu lý do', en: '--note must say why' });
  await withStores(config, async ({ database }) => {
    const actor = userInfo().username;
    const outcome = await deliveryDesk(database).decide({ decision, selection, actor, note });
    const { decided, declined } = outcome;
    const reasons = outcome.reasons.map(showDeclined);
    if (json === true) {
      console.log(JSON.stringify({ decided, declined, reasons }));
      return;
    }
    for (const { deliveryId, reason, reasonVi } of reasons)
      console.log(
        `${String(deliveryId).padStart(8)} giữ nguyên · unchanged: ${inBothLanguages({ vi: reasonVi, en: reason })}`,
      );
    const others = declined - reasons.length;
    if (others > 0)
      console.log(
        `và ${officersNumber(others)} lượt khác giữ nguyên · and ${others} more unchanged`,
      );
    const { vi, en } = done[decision];
    console.log(
      decided + declined === 0
        ? 'không có lượt truyền nào được chọn · no delivery is selected'
        : `${officersNumber(decided)} ${vi} · ${decided} ${en}`,
    );
  });
}

function readDeliveryId(text: string): number {
  return readId(text, 'delivery', 'envigate deliveries list');
}

export interface SelectionOptions extends TimeRangeOptions {
  readonly target?: string;
  readonly station?: string;
  readonly state?: string;
}

const states: readonly DeliveryState[] = ['due', 'sent', 'refused', 'set-aside', 'withheld'];

/** Throws where an option has no sense; the text says what would have. */
export function readSelection({
  target,
  station,
  ...options
}: SelectionOptions): Pick<DeliveryFilter, 'target' | 'station' | 'state' | 'from' | 'to'> {
  const state = readChoice('--state', options.state, states);
  return { target, station, state, ...readTimeRange(options) };
}

/** Tries a target of the registry step by step and prints each. Returns the exit status: 1 where one failed. */
export async function testTarget(
  code: string,
  config: Configuration,
  { upload = false, json = false }: { upload?: boolean; json?: boolean },
): Promise<number> {
  const { targets } = await withStores(config, ({ database }) => exportRegistry(database));
  const target = targets.find((known) => known.code === code);
  if (target === undefined) {
    const known = targets.map((one) => one.code).join(', ');
    throw new CommandError({
      vi: `không có máy chủ nhận '${code}'; các máy chủ nhận: ${known === '' ? 'chưa có' : known}`,
      en: `unknown target '${code}'; known: ${known === '' ? 'none' : known}`,
    });
  }
  const timeoutMs = config.forwarder.timeoutSeconds * 1_000;
  const steps = probeTarget(target, { timeoutMs, env: process.env, upload });
  let status = 0;
  for await (const { step, isDone, detail } of steps) {
    if (isDone === false) status = 1;
    const mark = isDone === undefined ? '-' : isDone ? 'ok' : 'failed';
    console.log(
      json
        ? JSON.stringify({ step, isDone: isDone ?? null, detail })
        : `${mark.padEnd(7)}${step}: ${detail}`,
    );
  }
  if (!json && !upload && status === 0 && target.kind !== 'https')
    console.log(
      'chưa gửi tệp nào; --upload gửi, đổi tên và xóa một tệp nhỏ · no file was sent; --upload stores, renames and removes a small file',
    );
  return status;
}
