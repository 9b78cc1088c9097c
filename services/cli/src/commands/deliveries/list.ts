import type { Configuration, ListedDelivery } from '@envigate/contracts';
import {
  deliveryFailureLabels,
  deliveryNoteLabels,
  deliveryStateLabels,
  labelOf,
  officersNumber,
  RegistryView,
  waitsFor,
} from '@envigate/domain';
import { consoleQueries, exportRegistry } from '@envigate/postgres';
import { firstRows } from '../../follow-pages.ts';
import { readLimit } from '../../options.ts';
import { requireStation } from '../../require-station.ts';
import { withStores } from '../../with-stores.ts';
import { localTime } from '../registry/local-time.ts';
import { readSelection, type SelectionOptions } from './selection.ts';

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

/** What the target answered, and the number that EnviSoft has for it. */
function describeFailure({ failure, failureCode }: ListedDelivery): string {
  const kind =
    failureCode === null ? '' : `${labelOf(deliveryFailureLabels, String(failureCode))}: `;
  return `${kind}${failure ?? ''}`;
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
