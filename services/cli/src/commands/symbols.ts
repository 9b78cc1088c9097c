import { userInfo } from 'node:os';
import type { Configuration } from '@envigate/contracts';
import { officersNumber, type SymbolMapping, type UnknownSymbol } from '@envigate/domain';
import { migrate, replayDesk } from '@envigate/postgres';
import { CommandError, refusalOfChange } from '../shared/options.ts';
import { withStores } from '../shared/stores.ts';
import { localTime } from '../shared/lists.ts';

export interface SymbolOptions {
  readonly json?: true;
}

export async function printSymbols(config: Configuration, options: SymbolOptions): Promise<void> {
  await withStores(config, async ({ database }) => {
    const symbols = await replayDesk(database).unknownSymbols();
    for (const symbol of symbols)
      console.log(options.json === true ? JSON.stringify(symbol) : describeSymbol(symbol));
    if (symbols.length === 0 && options.json !== true)
      console.log('không có ký hiệu chưa khai báo · no unknown symbols');
  });
}

export async function mapSymbolTo(mapping: SymbolMapping, config: Configuration): Promise<void> {
  await withStores(config, async ({ database }) => {
    await migrate(database);
    const outcome = await replayDesk(database)
      .mapSymbol(mapping, userInfo().username)
      .catch((error: unknown) => {
        throw refusalOfChange(error);
      });
    switch (outcome.kind) {
      case 'mapped': {
        const { station, symbol, parameter } = mapping;
        console.log(
          `'${symbol}' đã gán cho ${parameter} tại ${station}; số liệu sẽ được chuyển sang sau khi xử lý lại · ` +
            `is now mapped to ${parameter}; its readings move there after a replay`,
        );
        return;
      }
      case 'refused':
        throw new CommandError(outcome.reason);
      case 'not-found':
        throw new CommandError(outcome.what);
    }
  });
}

function describeSymbol({ station, symbol, readings, from, to, latest }: UnknownSymbol): string {
  const { rawValue, rawUnit, fileName } = latest;
  return `${station.padEnd(16)} ${symbol.padEnd(12)} ${officersNumber(readings).padStart(8)} giá trị · readings, ${localTime(from)} – ${localTime(to)}   mới nhất · last: '${rawValue}' '${rawUnit}' (${fileName})`;
}
