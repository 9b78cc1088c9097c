import { userInfo } from 'node:os';
import type { Configuration } from '@envigate/contracts';
import { officersNumber, type DeliveryDecision } from '@envigate/domain';
import { deliveryDesk } from '@envigate/postgres';
import { CommandError, readId } from '../../options.ts';
import { withStores } from '../../with-stores.ts';
import { readSelection, type SelectionOptions } from './selection.ts';

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
    if (json === true) {
      console.log(JSON.stringify(outcome));
      return;
    }
    const { decided, declined, reasons } = outcome;
    for (const { deliveryId, reason } of reasons)
      console.log(`${String(deliveryId).padStart(8)} giữ nguyên · unchanged: ${reason}`);
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
