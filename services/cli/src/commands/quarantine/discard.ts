import { userInfo } from 'node:os';
import type { Configuration } from '@envigate/contracts';
import { migrate, replayDesk } from '@envigate/postgres';
import { CommandError } from '../../options.ts';
import { withStores } from '../../with-stores.ts';
import { readRowId } from './selection.ts';

export interface DiscardOptions {
  readonly note?: string;
}

/** Discards files of a reset clock by the numbers of their rows. Throws where a row cannot be: the others are discarded. */
export async function discardRows(
  ids: readonly string[],
  config: Configuration,
  { note }: DiscardOptions,
): Promise<void> {
  const wanted = ids.map(readRowId);
  await withStores(config, async ({ database }) => {
    await migrate(database);
    const decision = { actor: userInfo().username, ...(note && { note }) };
    const discarded = new Set(await replayDesk(database).discard(wanted, decision));
    for (const id of discarded) console.log(`mục ${id}: không tiếp nhận · row ${id} is discarded`);
    const others = wanted.filter((id) => !discarded.has(id));
    if (others.length > 0)
      throw new CommandError({
        vi: `chưa áp dụng cho mục ${others.join(', ')}: chỉ mục chờ xử lý có lý do clock-reset`,
        en: `not discarded: ${others.join(', ')}; only open rows of reason clock-reset can be: envigate quarantine list --reason clock-reset`,
      });
  });
}
