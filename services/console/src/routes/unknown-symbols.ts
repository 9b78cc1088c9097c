import { maxCounted } from '@envigate/contracts';
import { maxUnknownSymbols, type SymbolMapping } from '@envigate/domain';
import { Refusal, refusalOfChange, type JsonOperation } from '../operation.ts';
import type { ConsolePorts } from '../ports.ts';
import * as schema from '../schema.ts';
import { fileId } from './rows.ts';

const symbolSchema = schema.record(
  'A symbol of a station that the registry did not know when its readings were recorded.',
  {
    station: schema.text('Code of the station.'),
    symbol: schema.text('As the logger writes it; its readings are kept under it.'),
    readings: schema.integer(
      `Readings kept under it; all symbols together are counted up to ${maxCounted}.`,
    ),
    from: schema.instant('The first of them.'),
    to: schema.instant('The last of them.'),
    latest: schema.record('The last of them as it was sent.', {
      rawValue: schema.text('Value.'),
      rawUnit: schema.text('Unit.'),
      fileId,
      fileName: schema.text('Name of its file.'),
    }),
  },
);

export function unknownSymbolRoutes({ replays, emit }: ConsolePorts): JsonOperation[] {
  return [
    {
      path: '/api/v1/unknown-symbols',
      operationId: 'listUnknownSymbols',
      summary:
        'Symbols that the registry does not know, with their readings · Ký hiệu thông số chưa khai báo và số liệu kèm theo',
      tag: 'quarantine',
      response: schema.record(`The first ${maxUnknownSymbols}, by station and symbol.`, {
        items: schema.list('The symbols.', symbolSchema),
      }),
      handle: async () => ({ items: await replays.unknownSymbols() }),
    },
    {
      method: 'POST',
      path: '/api/v1/unknown-symbols/map',
      operationId: 'mapUnknownSymbol',
      summary: 'Say which parameter it is · Gán ký hiệu cho thông số',
      description:
        'Adds the mapping to the station in the registry. Its readings are then moved to the parameter by themselves: their files are replayed.',
      tag: 'quarantine',
      body: {
        type: 'object',
        additionalProperties: false,
        required: ['actor', 'station', 'symbol', 'parameter'],
        properties: {
          actor: schema.words('Who decides; kept with the change.', 100),
          station: schema.words('Code of the station.', 64),
          symbol: schema.words('As the logger writes it.', 200),
          parameter: schema.words('Code of a parameter of the catalogue.', 64),
        },
      },
      response: schema.record('The mapping as it is in the registry.', {
        station: schema.text('Code of the station.'),
        symbol: schema.text('As the logger writes it.'),
        parameter: schema.text('Code of the parameter.'),
      }),
      async handle({ body }) {
        const { actor, ...mapping } = body as SymbolMapping & { readonly actor: string };
        const outcome = await replays.mapSymbol(mapping, actor).catch((error: unknown) => {
          throw refusalOfChange(error);
        });
        switch (outcome.kind) {
          case 'mapped':
            emit('symbol-mapped', { ...mapping, actor });
            return mapping;
          case 'refused':
            throw new Refusal('conflict', outcome.reason);
          case 'not-found':
            throw new Refusal('not-found', outcome.what);
        }
      },
    },
  ];
}
