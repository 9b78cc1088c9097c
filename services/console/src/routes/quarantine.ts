import { maxCounted, type QuarantinedItem } from '@envigate/contracts';
import { explainQuarantine, reasons, type Reason } from '@envigate/domain';
import type { RouteRequest } from '@envigate/http';
import { cursor } from '../cursor.ts';
import { Refusal, unknownOf, type JsonOperation } from '../operation.ts';
import type { ConsolePorts } from '../ports.ts';
import { optional, answerPage, readStation, readTimeRange } from '../request.ts';
import * as schema from '../schema.ts';
import {
  quarantineFields,
  quarantineSchema,
  reasonText,
  scopes,
  showQuarantined,
  textsOf,
} from './rows.ts';

export const quarantineReasons = Object.entries<Reason>(reasons)
  .filter(([, { scope }]) => scope === 'file' || scope === 'line')
  .map(([code]) => code);

const selection = {
  station: schema.station,
  account: schema.code('Account that sent them.'),
  scope: schema.oneOf('Whole files or single lines only.', scopes),
  reason: schema.oneOf('Reason code.', quarantineReasons),
  state: schema.oneOf('Those that wait, or those that a replay resolved; absent: both.', [
    'open',
    'resolved',
  ]),
  text: schema.given("A part of the file's name or of the line, in whatever case.", 100),
  ...schema.timeRange('Put into quarantine'),
};

const quarantineCursor = cursor('quarantine', ['integer']);

const explainedSchema = schema.record('A file or a line that was not understood, explained.', {
  ...quarantineFields,
  pointer: schema.orNull(
    schema.record('The line and where its fault is; null where it is the whole file.', {
      line: schema.text('The line as it was sent.'),
      caret: schema.text('To be shown below it: ^ is under the cell of the fault.'),
    }),
  ),
  cure: schema.record('What can be done about it.', {
    en: schema.text('In English.'),
    vi: schema.text('In Vietnamese.'),
  }),
});

export function quarantineRoutes({ queries, registry, replays }: ConsolePorts): JsonOperation[] {
  const readSelection = (query: RouteRequest['query']) => ({
    station: readStation(query, registry),
    account: optional<string>(query, 'account'),
    scope: optional<'file' | 'line'>(query, 'scope'),
    reason: optional<string>(query, 'reason'),
    state: optional<'open' | 'resolved'>(query, 'state'),
    text: optional<string>(query, 'text'),
    ...readTimeRange(query),
  });
  return [
    {
      path: '/api/v1/quarantine',
      operationId: 'listQuarantine',
      summary:
        'Files and lines that could not be read, newest first · Tệp và dòng trong khu cách ly, mới nhất trước',
      tag: 'quarantine',
      query: schema.query({ ...selection, limit: schema.limit, after: schema.after }),
      response: schema.page(quarantineSchema),
      async handle({ query }) {
        const filter = readSelection(query);
        return answerPage(query, {
          cursor: quarantineCursor,
          read: ({ after, limit }) => queries.quarantine({ ...filter, limit, after: after?.[0] }),
          positionOf: (quarantineId) => [quarantineId],
          show: showQuarantined,
        });
      },
    },
    {
      path: '/api/v1/quarantine/reasons',
      operationId: 'countQuarantine',
      summary: 'How much is there for which reason · Số lượng theo từng lý do',
      tag: 'quarantine',
      query: schema.query(selection),
      description: `Counted are the newest ${maxCounted} rows of the selection, or of its index: more would take longer the more there are.`,
      response: schema.record('The most frequent first.', {
        isComplete: schema.boolean('False where there are more rows than were counted.'),
        items: schema.list(
          'The reasons.',
          schema.record('One reason.', {
            reason: schema.text('Reason code.'),
            reasonText: reasonText(),
            files: schema.integer('Files.'),
            rows: schema.integer('Rows of the list: files, and lines of files.'),
          }),
        ),
      }),
      async handle({ query }) {
        const { isComplete, items } = await replays.reasonCounts(readSelection(query));
        return {
          isComplete,
          items: items.map((count) => ({ ...count, reasonText: textsOf(count.reason) })),
        };
      },
    },
    {
      path: '/api/v1/quarantine/{quarantineId}',
      operationId: 'explainQuarantine',
      summary: 'One of them, explained · Giải thích một trường hợp',
      description:
        'The original is at /api/v1/files/{fileId}/content, all that became of the file at /api/v1/files/{fileId}.',
      tag: 'quarantine',
      params: {
        type: 'object',
        required: ['quarantineId'],
        properties: {
          quarantineId: { ...schema.integer('Number of the row.'), minimum: 1, maximum: 2 ** 53 },
        },
      },
      response: explainedSchema,
      async handle({ params }) {
        const id = params['quarantineId'] as number;
        const item = await replays.quarantined(id);
        if (item === undefined) throw new Refusal('not-found', unknownOf('quarantine row', id));
        return showExplained(item);
      },
    },
  ];
}

function showExplained(item: QuarantinedItem) {
  const { pointer, cure } = explainQuarantine(item);
  return { ...showQuarantined(item), pointer, cure };
}
