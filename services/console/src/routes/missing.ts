import { instantsOfRange, type MissingOfSeries } from '@envigate/domain';
import { Refusal, unknownOf, type ConsolePorts, type JsonOperation } from '../api/operation.ts';
import { optional, readStation, readTimeRange } from '../api/request.ts';
import * as schema from '../api/schema.ts';
import { accepted } from './reports.ts';

/** Ranges, and instants, of a series that are listed; the counts are of all. */
const maxListed = 10_000;

const seriesSchema = schema.record('The station, or a parameter of it.', {
  parameter: schema.orNull(schema.text('Code of the parameter; null: the station.')),
  expected: schema.integer(
    'Instants that were expected: without planned stops, up to now less the grace of gaps.',
  ),
  received: schema.integer('Of these, those that came, late ones too.'),
  late: schema.integer('Of these, those that came later than a silence may last.'),
  valid: schema.integer('Of these, those with a valid value.'),
  missing: schema.integer('Those that did not come.'),
  filledPercent: schema.orNull(
    schema.number('Received of expected, rounded down; null where nothing was expected.'),
  ),
  ranges: schema.list(
    `Missing instants, evenly apart, in order; the first ${maxListed} ranges.`,
    schema.record('Instants that did not come.', {
      first: schema.instant('The first.'),
      last: schema.instant('The last.'),
      count: schema.integer('How many.'),
      stepMinutes: schema.number('Minutes between two of them.'),
    }),
  ),
  instants: schema.orNull(
    schema.list(
      `Each missing instant, the first ${maxListed}; null where they were not asked for.`,
      schema.instant('One of them.'),
    ),
  ),
});

export function missingRoutes({ reports, registry }: ConsolePorts): JsonOperation[] {
  return [
    {
      path: '/api/v1/gaps/missing',
      operationId: 'listMissingInstants',
      summary:
        'Which instants of a station did not come, and how much did · Thời điểm chưa nhận được và tỷ lệ dữ liệu nhận được của trạm',
      description:
        'Of the station and of each of its parameters. As late data arrive, `late` and `filledPercent` grow. 366 days at most.',
      tag: 'gaps',
      query: {
        ...schema.query({
          station: schema.station,
          parameter: schema.code('Of this parameter only.'),
          from: schema.timeRange('Data').from,
          to: schema.timeRange('Data').to,
          instants: { ...schema.boolean('List each instant too.'), default: false },
        }),
        required: ['station', 'from', 'to'],
      },
      response: schema.record('The station first, then its parameters.', {
        series: schema.list('The series.', seriesSchema),
      }),
      async handle({ query }) {
        const station = readStation(query, registry);
        const { from, to } = readTimeRange(query);
        // The schema asks for them.
        if (station === undefined || from === undefined || to === undefined)
          throw new Refusal('invalid', { vi: 'cần station, from, to', en: 'station, from, to' });
        const parameter = optional<string>(query, 'parameter');
        if (parameter !== undefined && !registry.current().parameters.has(parameter))
          throw new Refusal('not-found', unknownOf('parameter', parameter));
        const series = accepted(await reports.missing({ station, parameter, from, to }));
        return { series: series.map((one) => showSeries(one, query['instants'] === true)) };
      },
    },
  ];
}

function showSeries({ parameter, ranges, ...counts }: MissingOfSeries, withInstants: boolean) {
  const { expected, received } = counts;
  return {
    parameter: parameter ?? null,
    ...counts,
    filledPercent: expected === 0 ? null : Math.floor((received / expected) * 1000) / 10,
    ranges: ranges.slice(0, maxListed).map(({ first, last, count, stepMs }) => ({
      ...{ first: new Date(first), last: new Date(last), count, stepMinutes: stepMs / 60_000 },
    })),
    instants: withInstants ? firstInstants(ranges) : null,
  };
}

function firstInstants(ranges: MissingOfSeries['ranges']): readonly Date[] {
  const instants: Date[] = [];
  for (const range of ranges)
    for (const instant of instantsOfRange(range)) {
      if (instants.length === maxListed) return instants;
      instants.push(new Date(instant));
    }
  return instants;
}
