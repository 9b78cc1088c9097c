import type { GapLevel } from '@envigate/domain';
import type { ConsolePorts, JsonOperation } from '../api/operation.ts';
import { cursor, optional, answerPage, readStation, readTimeRange } from '../api/request.ts';
import * as schema from '../api/schema.ts';

export const gapLevels = ['15min', '1h', '12h'] as const satisfies readonly GapLevel[];

const gapSchema = schema.record('A time without data of a station.', {
  gapId: schema.integer('Number of the gap.'),
  station: schema.text('Code of the station.'),
  kind: schema.text('transmission: nothing was received.'),
  from: schema.instant('Last reading before.'),
  to: schema.orNull(schema.instant('First reading after; null while the gap is open.')),
  hours: schema.number('Its length in hours; of an open gap, up to now.'),
  level: schema.oneOf('How long it is at least.', gapLevels),
  openedAt: schema.instant('When it was found.'),
  closedAt: schema.orNull(schema.instant('When data after it were found; null while it is open.')),
  closedBy: schema.orNull(
    schema.record('The file that ended it; null while it is open.', {
      fileId: schema.fileId,
      name: schema.orNull(schema.text('File name; null where the file is not recorded yet.')),
    }),
  ),
});

const filters = schema.query({
  open: schema.boolean('True: open gaps only; false: closed ones only.'),
  level: schema.oneOf('Of this level or a higher one.', gapLevels),
  station: schema.station,
  from: schema.timeRange('Gaps that reach into the time').from,
  to: schema.timeRange('Gaps that begin').to,
  limit: schema.limit,
  after: schema.after,
});

const gapCursor = cursor('gaps', ['integer']);

export function gapRoutes({ queries, registry }: ConsolePorts): JsonOperation[] {
  return [
    {
      path: '/api/v1/gaps',
      operationId: 'listGaps',
      summary:
        'Transmission gaps, most recently found first · Các khoảng gián đoạn truyền dữ liệu, mới phát hiện trước',
      tag: 'gaps',
      query: filters,
      response: schema.page(gapSchema),
      async handle({ query }) {
        const filter = {
          open: optional<boolean>(query, 'open'),
          level: optional<GapLevel>(query, 'level'),
          station: readStation(query, registry),
          ...readTimeRange(query),
        };
        return answerPage(query, {
          cursor: gapCursor,
          read: ({ after, limit }) => queries.gaps({ ...filter, limit, after: after?.[0] }),
          positionOf: (gapId) => [gapId],
          show: (gap) => gap,
        });
      },
    },
  ];
}
