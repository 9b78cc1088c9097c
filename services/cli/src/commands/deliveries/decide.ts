import { userInfo } from 'node:os';
import type { Configuration } from '@envigate/contracts';
import type { DeliveryDecision } from '@envigate/domain';
import { deliveryDesk } from '@envigate/postgres';
import { readId } from '../../options.ts';
import { withStores } from '../../with-stores.ts';
import { readSelection, type SelectionOptions } from './selection.ts';

export interface DecideOptions extends SelectionOptions {
  readonly note: string;
  readonly json?: true;
}

const done = { retry: 'due again', skip: 'not to be sent' } as const;

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
    throw new Error('say which: numbers of deliveries, or a selection as --target or --state');
  if (note.trim() === '') throw new Error('--note must say why');
  await withStores(config, async ({ database }) => {
    const actor = userInfo().username;
    const outcome = await deliveryDesk(database).decide({ decision, selection, actor, note });
    if (json === true) {
      console.log(JSON.stringify(outcome));
      return;
    }
    const { decided, declined, reasons } = outcome;
    for (const { deliveryId, reason } of reasons)
      console.log(`${String(deliveryId).padStart(8)} unchanged: ${reason}`);
    if (declined > reasons.length) console.log(`and ${declined - reasons.length} more unchanged`);
    console.log(
      decided + declined === 0 ? 'no delivery is selected' : `${decided} ${done[decision]}`,
    );
  });
}

function readDeliveryId(text: string): number {
  return readId(text, 'delivery', 'envigate deliveries list');
}
