import { gapLevels, type GapKind, type GapLevel } from '@envigate/domain';
import type { ConsolePorts, JsonOperation } from '../api/operation.ts';
import {
  answerPage,
  cursor,
  optional,
  readStation,
  readStations,
  readTimeRange,
} from '../api/request.ts';
import * as schema from '../api/schema.ts';

const gapKinds = ['transmission', 'no-valid-data'] as const satisfies readonly GapKind[];

const gapSchema = schema.record('A time without data of a station or of one of its parameters.', {
  gapId: schema.integer('Number of the gap.'),
  station: schema.text('Code of the station.'),
  parameter: schema.orNull(schema.text('Code of the parameter; null: the station.')),
  kind: schema.oneOf(
    'transmission: nothing was received. no-valid-data: data came, and no valid value.',
    gapKinds,
  ),
  from: schema.instant('Last reading before.'),
  to: schema.orNull(schema.instant('First reading after; null while the gap is open.')),
  hours: schema.number('Its length in hours; of an open gap, up to now.'),
  netHours: schema.number('Hours of it that count.'),
  takenOut: schema.list(
    'What of it does not count.',
    schema.record('Hours that do not count. Such parts may overlap one another.', {
      by: schema.oneOf(
        'planned-stop; own-outage: the gateway could not have heard it; other-gap: the station, or all data of the parameter, was missing, which is a gap of its own.',
        ['planned-stop', 'own-outage', 'other-gap'] as const,
      ),
      id: schema.orNull(
        schema.text(
          'Which stop; of an outage its begin, or the joint silence (joint-7) or decision (decision-7) that a person took upon the office.',
        ),
      ),
      hours: schema.number('How much of it lies in the gap.'),
    }),
  ),
  isProbablyOurs: schema.boolean(
    "The office's own system is the likely cause: half of it or more is an outage of ours, or a joint silence that nobody has decided about.",
  ),
  jointId: schema.orNull(
    schema.integer('The joint silence that it is part of and that nobody has decided about.'),
  ),
  level: schema.oneOf('How long it is at least, of what counts.', gapLevels),
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
  facility: schema.code('Of the stations of this facility only.'),
  province: schema.code(
    'Of the stations of this province only, by its code in file names; not with a facility.',
  ),
  probablyOurs: schema.boolean('True: only gaps that are probably ours; false: only the others.'),
  parameter: schema.code('Of this parameter only.'),
  kind: schema.oneOf('Of this kind only.', gapKinds),
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
        'Gaps of stations and parameters, most recently found first · Các khoảng gián đoạn của trạm và thông số, mới phát hiện trước',
      tag: 'gaps',
      query: filters,
      response: schema.page(gapSchema),
      async handle({ query }) {
        const filter = {
          open: optional<boolean>(query, 'open'),
          level: optional<GapLevel>(query, 'level'),
          station: readStation(query, registry),
          stations: readStations(query, registry),
          probablyOurs: optional<boolean>(query, 'probablyOurs'),
          parameter: optional<string>(query, 'parameter'),
          kind: optional<GapKind>(query, 'kind'),
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
