import { maxCounted } from '@envigate/contracts';
import {
  maxPendingFiles,
  maxUnknownSymbols,
  symbolsOf,
  textOfRefusedChange,
  type PendingPlace,
  type PendingStation,
  type SymbolMapping,
} from '@envigate/domain';
import { Refusal, type ConsolePorts, type JsonOperation } from '../api/operation.ts';
import * as schema from '../api/schema.ts';
import { stationKinds } from './stations.ts';

const place = {
  account: schema.words('Account that sends for it.', 64),
  prefix: {
    ...schema.text('What names it in the names of its files, as listed; empty for nothing.'),
    maxLength: 500,
  },
  folder: schema.words('Folder of its files, where the prefix is pending in several.', 1024),
};
const actor = schema.words('Who decides; kept with the change.', 100);

const pendingSchema = schema.record(
  'A station that a known account sends for and the registry does not have.',
  {
    account: schema.text('Account that sends for it.'),
    prefix: schema.text(
      'What names it in the names of its files, as sent, empty for nothing; where those differ in digits, with # for each.',
    ),
    prefixes: schema.integer('Different prefixes that are shown as this one.'),
    folder: schema.text(
      "Folder of the account that its files lie in, without days and months; '/' for the root.",
    ),
    files: schema.integer(
      `Files in quarantine that wait for it, among the newest ${maxPendingFiles} of its account.`,
    ),
    firstSeenAt: schema.instant('When the first of them was recorded.'),
    lastSeenAt: schema.instant('When the last of them was recorded.'),
    symbols: schema.list('Symbols in its newest file.', schema.text('One symbol, as written.')),
    example: schema.record('Its newest file.', {
      fileId: schema.text('Where to look for it: /api/v1/files/{fileId}.'),
      name: schema.text('Name.'),
    }),
    dismissed: schema.orNull(
      schema.record('That somebody does not want to see it; null while nobody said so.', {
        at: schema.instant('When.'),
        actor: schema.text('Who.'),
        note: schema.text('Why.'),
      }),
    ),
  },
);

export function pendingStationRoutes({ desk, emit }: ConsolePorts): JsonOperation[] {
  return [
    {
      path: '/api/v1/pending-stations',
      operationId: 'listPendingStations',
      summary:
        'Stations that send and are not in the registry · Trạm đã gửi tệp nhưng chưa khai báo trong danh mục',
      tag: 'registry',
      query: schema.query({
        dismissed: { ...schema.boolean('Those too that were dismissed.'), default: false },
      }),
      response: schema.record('All of them, those seen last first.', {
        items: schema.list('The stations.', pendingSchema),
      }),
      async handle({ query }) {
        const stations = await desk.pendingStations();
        const shown =
          query['dismissed'] === true ? stations : stations.filter((s) => s.dismissed === null);
        return { items: shown.map(showPending) };
      },
    },
    {
      method: 'POST',
      path: '/api/v1/pending-stations/accept',
      operationId: 'acceptPendingStation',
      summary: 'Add one to the registry · Khai báo trạm vào danh mục',
      description:
        'Adds the station and allows it to the account. What is not given is guessed from the prefix and the symbols of the newest file, and listed in `guessed`; targets are not guessed. Its files in quarantine are replayed by themselves.',
      tag: 'registry',
      body: {
        type: 'object',
        additionalProperties: false,
        required: ['account', 'prefix', 'actor'],
        properties: {
          ...place,
          actor,
          filePrefix: schema.words(
            'Prefix that the station gets; default: the prefix. Needed where several are shown as one.',
          ),
          code: schema.words('Code of the station; default: the last part of the prefix.', 64),
          name: schema.words('Name in Vietnamese; default: the prefix.'),
          kind: schema.oneOf(
            'What it watches; default: guessed from NUO or KHI in the prefix and from the symbols.',
            stationKinds,
          ),
          facility: schema.words(
            "Code of its facility; default: the one that the prefix names, or that of the account's other stations.",
            64,
          ),
          facilityName: schema.words('Name of the facility in Vietnamese, where it is a new one.'),
          parameters: {
            ...schema.list(
              'What it measures; default: the parameters that the symbols name.',
              schema.words('Code of a parameter.', 64),
            ),
            maxItems: 200,
          },
          anyFolder: schema.boolean(
            'Its files may lie in any folder: only their names identify it, or the account where they say nothing. Default: its folder is kept with it where the name alone would not do.',
          ),
          targets: {
            ...schema.list(
              'Where its files are forwarded to; default: nowhere, which `warnings` says then.',
              schema.words('Code of a target.', 64),
            ),
            maxItems: 50,
          },
        },
      },
      response: schema.record('What was added.', {
        station: {
          type: 'object',
          description: 'The station, of the form of schemas/registry.',
          additionalProperties: true,
        },
        guessed: schema.list(
          'Fields that were guessed: have a person check them.',
          schema.text('One field.'),
        ),
        unknownSymbols: schema.list(
          'Symbols that the registry has no parameter for.',
          schema.text('One symbol, as written.'),
        ),
        warnings: schema.list(
          'What the station lacks: that its files are not forwarded.',
          schema.record('One lack.', {
            code: schema.oneOf('Which.', ['no-target', 'no-enabled-target']),
            vi: schema.text('In Vietnamese.'),
            en: schema.text('In English.'),
          }),
        ),
      }),
      async handle({ body }) {
        const { account, prefix, folder, actor, ...said } = body as AcceptBody;
        const outcome = await desk
          .acceptStation({ account, prefix, folder }, said, actor)
          .catch((error: unknown) => {
            throw refusalOfChange(error);
          });
        switch (outcome.kind) {
          case 'accepted': {
            const { station, unknownSymbols, warnings } = outcome;
            emit('pending-station-accepted', { account, prefix, station: station.code, actor });
            return { station, guessed: station.guessed ?? [], unknownSymbols, warnings };
          }
          case 'refused':
            throw new Refusal('conflict', outcome.reason);
          case 'not-pending':
            throw notPending({ account, prefix, folder });
        }
      },
    },
    {
      method: 'POST',
      path: '/api/v1/pending-stations/dismiss',
      operationId: 'dismissPendingStation',
      summary: 'Hide one from the list · Ẩn trạm khỏi danh sách chờ',
      description: 'In every folder where none is given. Its files stay in quarantine.',
      tag: 'registry',
      body: {
        type: 'object',
        additionalProperties: false,
        required: ['account', 'prefix', 'actor', 'note'],
        properties: { ...place, actor, note: schema.words('Why.') },
      },
      response: schema.record('What was dismissed.', {
        account: schema.text('Account that sends for it.'),
        prefix: schema.text('What its file names begin with.'),
      }),
      async handle({ body }) {
        const { account, prefix, folder, actor, note } = body as DismissBody;
        const isDone = await desk.dismissStation({ account, prefix, folder }, note, actor);
        if (!isDone) throw notPending({ account, prefix, folder });
        emit('pending-station-dismissed', { account, prefix, actor, note });
        return { account, prefix };
      },
    },
  ];
}

type AcceptBody = Parameters<ConsolePorts['desk']['acceptStation']>[0] &
  Parameters<ConsolePorts['desk']['acceptStation']>[1] & { readonly actor: string };

interface DismissBody extends PendingPlace {
  readonly actor: string;
  readonly note: string;
}

function notPending({ account, prefix, folder }: PendingPlace): Refusal {
  const [whose, what, where] = [account, prefix, folder].map((name) => JSON.stringify(name));
  return new Refusal('not-found', {
    vi: `Tài khoản ${whose} không có trạm chờ khai báo ${what}${where === undefined ? '' : ` trong thư mục ${where}`}`,
    en: `account ${whose} has no pending station ${what}${where === undefined ? '' : ` in ${where}`}`,
  });
}

function showPending(station: PendingStation) {
  const { example, prefixes, ...seen } = station;
  const { fileId, name } = example;
  return {
    ...seen,
    prefixes: prefixes.count,
    symbols: symbolsOf(station),
    example: { fileId, name },
  };
}

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
      fileId: schema.fileId,
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

/** What a change of the registry was refused for; any other error as it is. */
function refusalOfChange(error: unknown): unknown {
  const text = textOfRefusedChange(error);
  return text === undefined ? error : new Refusal('conflict', text);
}
