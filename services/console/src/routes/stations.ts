import type { ClockLags, Station, StationActivity } from '@envigate/contracts';
import {
  defaultUtcOffsetMinutes,
  describeClock,
  gapLevels,
  intervalMinutesOf,
  judgeClock,
  type ClockJudgement,
} from '@envigate/domain';
import { Refusal, unknownOf, type ConsolePorts, type JsonOperation } from '../api/operation.ts';
import {
  code,
  instant,
  integer,
  list,
  number,
  oneOf,
  orNull,
  record,
  text,
  boolean,
} from '../api/schema.ts';

export const stationKinds: readonly Station['kind'][] = [
  'waste-water',
  'surface-water',
  'groundwater',
  'stack-gas',
  'ambient-air',
];

const names = (what: string) =>
  record(`Name of the ${what}.`, {
    vi: text('In Vietnamese.'),
    en: orNull(text('In English; null where the registry has none.')),
  });

const clockVerdicts: readonly ClockJudgement['kind'][] = ['ahead', 'in-step', 'behind-or-late'];

const stationClockSchema = {
  ...orNull(
    record(
      "The logger's clock beside the gateway's, as far as files show: from the newest time that a file states to its reception passes the time of sending, less what the clock is ahead. So it is ahead for certain where that is negative; where it is positive, clock and sending cannot be distinguished, and a file that was kept back says nothing of the clock. Null where no file of the last 24 hours states a time.",
      {
        offsetAtLeastSeconds: number(
          'Its clock less ours is at least this: positive, ahead for certain; negative, behind by at most so much. The least lag, negated.',
        ),
        verdict: oneOf(
          'ahead: by more than a minute. behind-or-late: every file states a time more than an interval and 5 minutes before its reception. in-step: neither.',
          clockVerdicts,
        ),
        looksLikeUtc: boolean(
          "Whether the lags lie all near the station's offset from UTC, as where a logger writes UTC for local time. A suggestion: files that are sent so late look the same.",
        ),
        text: record('The same for people.', {
          vi: text('In Vietnamese.'),
          en: text('In English.'),
        }),
        measured: record(
          'What it was computed from: the newest 48 files at most that were received in the last 24 hours, without those sent again and replays; lines that were refused as ahead by up to a day count too.',
          {
            files: integer('How many.'),
            from: instant('Reception of the first.'),
            to: instant('Reception of the last.'),
            leastLagSeconds: number(
              'The least time from the newest time of a file to its reception; negative where that was still to come.',
            ),
            medianLagSeconds: number(
              'The median of the same: far from the least one, files are sent at very different delays, or a single line is wrong.',
            ),
          },
        ),
      },
    ),
  ),
};

const stationSchema = record('A station and how it is doing.', {
  station: text('Code.'),
  name: names('station'),
  kind: oneOf('What it watches.', stationKinds),
  facility: record('The plant or office it belongs to.', {
    code: text('Code.'),
    name: names('facility'),
  }),
  intervalMinutes: number('Expected minutes between two files.'),
  utcOffsetMinutes: integer("Offset of its logger's clock from UTC, in minutes."),
  lastInstant: orNull(instant('Time of its newest reading; null where it has none.')),
  lastLocalTime: orNull(text("The same on the station's own clock, with its offset.")),
  lastReceivedAt: orNull(instant('When its newest file was received; null where none was.')),
  openGap: {
    ...orNull(
      record('The silence it is in now; null where it is in none.', {
        from: instant('Its last reading before.'),
        level: oneOf('How long the silence is at least.', gapLevels),
      }),
    ),
  },
  clock: stationClockSchema,
  lastDay: record('Receptions of the last 24 hours, its newest 10,000, and what they brought.', {
    stored: integer('Files taken into the record.'),
    duplicates: integer('Files that were known already.'),
    quarantined: integer('Files in quarantine.'),
    readings: integer('New readings.'),
    corrections: integer('Readings that replaced an earlier value.'),
  }),
});

export function stationRoutes({ queries, registry }: ConsolePorts): JsonOperation[] {
  const show = (station: Station, activity: StationActivity, lags: ClockLags | undefined) => {
    const facility = registry.current().facilities.get(station.facility);
    const utcOffsetMinutes = station.utcOffsetMinutes ?? defaultUtcOffsetMinutes;
    const intervalMinutes = intervalMinutesOf(station);
    const { lastInstant } = activity;
    return {
      station: station.code,
      name: { vi: station.name, en: station.nameEn ?? null },
      kind: station.kind,
      facility: {
        code: station.facility,
        name: { vi: facility?.name ?? station.facility, en: facility?.nameEn ?? null },
      },
      intervalMinutes,
      utcOffsetMinutes,
      ...activity,
      lastLocalTime: lastInstant && localTime(lastInstant, utcOffsetMinutes),
      clock: lags === undefined ? null : showClock(lags, { intervalMinutes, utcOffsetMinutes }),
    };
  };

  const showAll = async (stations: readonly Station[]) => {
    const codes = stations.map(({ code }) => code);
    const [activity, clocks] = await Promise.all([
      queries.stationActivity(codes),
      queries.stationClocks(codes),
    ]);
    return stations.flatMap((station) => {
      const of = activity.get(station.code);
      return of === undefined ? [] : [show(station, of, clocks.get(station.code))];
    });
  };

  return [
    {
      path: '/api/v1/stations',
      operationId: 'listStations',
      summary: 'All stations and their state · Danh sách trạm và tình trạng hoạt động',
      tag: 'stations',
      response: record('All stations of the registry, in its order.', {
        items: list('The stations.', stationSchema),
      }),
      handle: async () => ({ items: await showAll(registry.current().registry.stations) }),
    },
    {
      path: '/api/v1/stations/{station}',
      operationId: 'getStation',
      summary: 'One station and its state · Một trạm và tình trạng hoạt động',
      tag: 'stations',
      params: { type: 'object', required: ['station'], properties: { station: code('Code.') } },
      response: stationSchema,
      async handle({ params }) {
        const code = params['station'] as string;
        const station = registry.current().stations.get(code);
        const [shown] = station === undefined ? [] : await showAll([station]);
        if (shown === undefined) {
          throw new Refusal('not-found', unknownOf('station', code));
        }
        return shown;
      },
    },
  ];
}

function showClock(lags: ClockLags, station: Parameters<typeof judgeClock>[1]) {
  const judgement = judgeClock(lags, station);
  const { files, from, to, leastSeconds, medianSeconds } = lags;
  return {
    offsetAtLeastSeconds: -leastSeconds,
    verdict: judgement.kind,
    looksLikeUtc: judgement.kind === 'behind-or-late' && judgement.looksLikeUtc,
    text: describeClock(judgement, lags),
    measured: { files, from, to, leastLagSeconds: leastSeconds, medianLagSeconds: medianSeconds },
  };
}

/** The instant on a clock so many minutes ahead of UTC: 2026-03-25T07:00:00+07:00. */
export function localTime(instant: Date, utcOffsetMinutes: number): string {
  const local = new Date(instant.getTime() + utcOffsetMinutes * 60_000);
  const text = local.toISOString().replace(/(\.000)?Z$/, '');
  const minutes = Math.abs(utcOffsetMinutes);
  const two = (value: number): string => String(value).padStart(2, '0');
  const sign = utcOffsetMinutes < 0 ? '-' : '+';
  return `${text}${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
