import { maxReasonsCounted, maxTextsLookedAt, type QuarantinedItem } from '@envigate/contracts';
import {
  explainQuarantine,
  isOfQuarantine,
  reasonOf,
  reasons,
  type Reason,
} from '@envigate/domain';
import type { RouteRequest } from '@envigate/http';
import { Refusal, unknownOf, type ConsolePorts, type JsonOperation } from '../api/operation.ts';
import { cursor, optional, answerPage, readStation, readTimeRange } from '../api/request.ts';
import * as schema from '../api/schema.ts';

export const scopes = ['file', 'line'] as const;

export const quarantineReasons = Object.entries<Reason>(reasons)
  .filter(([, reason]) => isOfQuarantine(reason))
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

const quarantineFields = {
  quarantineId: schema.integer('Number of this row.'),
  receptionId: schema.text('The arrival that brought it.'),
  fileId: schema.fileId,
  fileName: schema.text('Name of its file.'),
  account: schema.text('Account that sent it.'),
  station: schema.orNull(schema.text('Station it belongs to; null where none was found.')),
  scope: schema.oneOf('Whether it is the whole file or one line of it.', scopes),
  reason: schema.text('Reason code.'),
  reasonText: reasonText(),
  line: schema.orNull(schema.integer('Line in the file, from 1; null where it is the whole file.')),
  column: schema.orNull(
    schema.integer('Column of the fault, from 1; null where it is the whole file.'),
  ),
  expected: schema.text('What was expected there.'),
  expectedVi: inVietnamese('expected'),
  text: schema.text('The line as it was sent; empty where it is the whole file.'),
  quarantinedAt: schema.instant('When it was put here.'),
  resolvedAt: schema.orNull(schema.instant('When it was resolved; null while it is open.')),
  resolvedBy: schema.orNull(
    schema.text(
      'The reception of the replay that resolved it, or who discarded it; null while it is open.',
    ),
  ),
  resolution: schema.orNull(
    schema.oneOf(
      'understood; other-reason: still not, for which there is another row; discarded: a person decided so; null while it is open.',
      ['understood', 'other-reason', 'discarded'],
    ),
  ),
};

export const quarantineSchema = schema.record(
  'A file or a line that was not understood.',
  quarantineFields,
);

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
      description: `Counted are the newest ${maxReasonsCounted} rows of the selection, or of its index, where a text is searched for ${maxTextsLookedAt}: more would take longer the more there are.`,
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

export function showQuarantined(item: QuarantinedItem) {
  return { ...item, reasonText: textsOf(item.reason) };
}

export function reasonText() {
  return schema.orNull(
    schema.record('The reason in words; null where this version does not know the code.', {
      en: schema.text('In English.'),
      vi: schema.text('In Vietnamese.'),
    }),
  );
}

export function textsOf(code: string): { en: string; vi: string } | null {
  const reason = reasonOf(code);
  return reason === undefined ? null : { en: reason.en, vi: reason.vi };
}

/** What another field says, in Vietnamese. */
export function inVietnamese(field: string) {
  return schema.orNull(
    schema.text(`\`${field}\` in Vietnamese; null where an earlier version recorded words alone.`),
  );
}
