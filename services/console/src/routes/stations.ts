import type { ClockLags, Station, StationActivity } from '@envigate/contracts';
import { defaultUtcOffsetMinutes } from '@envigate/domain';
import { Refusal, unknownOf, type JsonOperation } from '../operation.ts';
import type { ConsolePorts } from '../ports.ts';
import { code, instant, integer, list, number, oneOf, orNull, record, text } from '../schema.ts';
import { localTime } from '../times.ts';
import { gapLevels } from './gaps.ts';
import { showClock, stationClockSchema } from './station-clock.ts';

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
    const intervalMinutes = station.intervalMinutes ?? defaultIntervalMinutes;
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

const defaultIntervalMinutes = 5;
