import type { ListedReading, ReadingFilter } from '@envigate/contracts';
import { defaultUtcOffsetMinutes, statusCodeOf } from '@envigate/domain';
import { Refusal, type ConsolePorts, type JsonOperation } from '../api/operation.ts';
import { cursor, optional, answerPage, readStation, readTimeRange } from '../api/request.ts';
import * as schema from '../api/schema.ts';
import { localTime } from './stations.ts';

const statusCodes = ['00', '01', '02', '03'] as const;

const flagDescription =
  'Quality flag after QARTOD: 1 good, 2 not evaluated, 3 suspect, 4 bad, 9 missing.';

const readingSchema = schema.record('One value of one parameter at one time.', {
  station: schema.text('Code of the station.'),
  parameter: schema.text('Code of the parameter; the raw symbol where the registry knows none.'),
  instant: schema.instant('Time of the measurement.'),
  localTime: schema.text("The same on the station's own clock, with its offset."),
  value: schema.orNull(schema.number('The number in `unit`; null where the text is no number.')),
  unit: schema.text('Unit of the value; empty for none.'),
  censored: schema.orNull(
    schema.record('The bound that the logger gave in place of a number; null where it gave none.', {
      relation: schema.oneOf('Whether the value lies below or above it.', ['<', '>']),
      limit: schema.number('The bound in `unit`.'),
    }),
  ),
  factor: schema.number('What the number of `rawValue` was multiplied by to be in `unit`.'),
  rawValue: schema.text('The value as the logger wrote it.'),
  rawUnit: schema.text('The unit as the logger wrote it.'),
  status: schema.text('Device status as sent, character for character; empty where none was.'),
  statusCode: schema.orNull(
    schema.oneOf(
      'What that was read as: 00 measuring, 01 calibrating, 02 fault, 03 maintenance; `0` or a word that a profile explains is one of these too, and this is what goes to the ministry. Null where it means nothing that is known: the value does not count as measured. Reported by the status reasons.',
      statusCodes,
    ),
  ),
  flag: schema.integer(flagDescription),
  reasons: schema.list(
    'Why it has this flag.',
    schema.text('Reason code @ version of the rule [what decided, where there is such].'),
  ),
  revision: schema.integer('1 for the first value, raised by each correction.'),
  recordedAt: schema.instant('When this value was recorded.'),
  supersededAt: schema.orNull(
    schema.instant('When a correction replaced it; null for the current value.'),
  ),
  fileId: schema.fileId,
  line: schema.integer('Line in that file, from 1.'),
});

const filters = schema.query({
  station: schema.station,
  parameter: schema.given(
    'Code of a parameter, or a symbol of which the registry knows none. Without a station it needs from and to at most 24 hours apart, or a flag other than 1.',
    64,
  ),
  ...schema.timeRange('Measured'),
  flag: { type: 'integer', enum: [1, 2, 3, 4, 9], description: flagDescription },
  revisions: {
    type: 'boolean',
    default: false,
    description: 'True: also the values that a correction replaced.',
  },
  limit: schema.limit,
  after: schema.after,
});

const readingCursor = cursor('readings', ['instant', 'text', 'text', 'integer']);

export function readingRoutes({ queries, registry }: ConsolePorts): JsonOperation[] {
  const show = (reading: ListedReading) => {
    const station = registry.current().stations.get(reading.station);
    const offset = station?.utcOffsetMinutes ?? defaultUtcOffsetMinutes;
    const statusCode = statusCodeOf(reading.reasons) ?? null;
    return { ...reading, statusCode, localTime: localTime(reading.instant, offset) };
  };
  return [
    {
      path: '/api/v1/readings',
      operationId: 'listReadings',
      summary: 'Readings in order of time · Số liệu quan trắc theo thời gian',
      tag: 'readings',
      query: filters,
      response: schema.page(readingSchema),
      async handle({ query }) {
        const filter = {
          station: readStation(query, registry),
          parameter: optional<string>(query, 'parameter'),
          flag: optional<number>(query, 'flag'),
          revisions: query['revisions'] as boolean,
          ...readTimeRange(query),
        };
        refuseParameterAlone(filter);
        return answerPage(query, {
          cursor: readingCursor,
          read: ({ after, limit }) =>
            queries.readings({ ...filter, limit, after: after && placeOf(after) }),
          positionOf: ({ instant, station, parameter, revision }) => [
            instant,
            station,
            parameter,
            revision,
          ],
          show,
        });
      },
    },
  ];
}

/** A parameter of all stations has no index; a day of it can be looked through. */
function refuseParameterAlone(
  filter: Pick<ReadingFilter, 'station' | 'parameter' | 'flag' | 'from' | 'to'>,
): void {
  const { station, parameter, flag, from, to } = filter;
  const isIndexed = station !== undefined || (flag !== undefined && flag !== 1);
  const isDay = from !== undefined && to !== undefined && to.getTime() - from.getTime() <= dayMs;
  if (parameter === undefined || isIndexed || isDay) return;
  throw new Refusal('invalid', {
    vi: 'parameter: chọn thêm trạm, hoặc khoảng thời gian (from, to) không quá 24 giờ',
    en: 'parameter: name a station too, or from and to at most 24 hours apart',
  });
}

const dayMs = 24 * 3_600_000;

function placeOf([instant, station, parameter, revision]: readonly [Date, string, string, number]) {
  return { instant, station, parameter, revision };
}
