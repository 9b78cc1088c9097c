import type { Configuration } from '@envigate/contracts';
import { officersNumber } from '@envigate/domain';
import { assessmentRecord } from '@envigate/postgres';
import { withStores } from '../../with-stores.ts';
import { readRange, type RangeOptions } from './record-range.ts';

export type ApplyRulesOptions = RangeOptions;

export async function applyRules(config: Configuration, options: ApplyRulesOptions): Promise<void> {
  await withStores(config, async ({ database }) => {
    const days = await assessmentRecord(database).noteDue(readRange(options));
    console.log(
      `đã xếp ${officersNumber(days)} ngày-trạm để kiểm tra lại · ${days} days of stations are queued for assessment`,
    );
  });
}
