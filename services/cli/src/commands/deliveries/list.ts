import type { Configuration, ListedDelivery } from '@envigate/contracts';
import { RegistryView, waitsFor } from '@envigate/domain';
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
    if (hasMore) console.log(`the latest ${limit}; --limit shows more`);
    if (rows.length > 0) return;
    if (filter.station !== undefined) await requireStation(database, filter.station);
    console.log('no delivery is selected');
  });
}

const waitingFor = {
  'target-disabled': 'waits: its target is disabled',
  'target-unknown': 'waits: the registry does not know its target',
} as const;

/** Times at +07:00, as the officers read them. */
function describe(delivery: ListedDelivery, waiting: keyof typeof waitingFor | undefined): string {
  const { deliveryId, target, state, fileName, attempts, receipt, failure, decision } = delivery;
  const more = [
    ...(waiting === undefined ? [] : [waitingFor[waiting]]),
    ...(state === 'due' && attempts > 0 ? [`${attempts} attempts`] : []),
    ...(delivery.inDoubt ? ['the ministry may have it'] : []),
    ...(delivery.withdrawnAt === null ? [] : ['the record says nothing more of it']),
    ...(receipt === null ? (failure === null ? [] : [failure]) : [`receipt ${receipt}`]),
    ...(decision === null
      ? []
      : [
          `${decision.decision} by ${decision.actor} ${localTime(decision.decidedAt)}: ${decision.note}`,
        ]),
  ];
  const at = localTime(delivery.endedAt ?? delivery.dueAt);
  return `${String(deliveryId).padStart(8)} ${at} ${state.padEnd(9)} ${target}   ${fileName}   ${more.join('; ')}`.trimEnd();
}
