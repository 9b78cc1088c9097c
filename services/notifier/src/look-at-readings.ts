import type { Station } from '@envigate/contracts';
import {
  cycleMinutesOf,
  digestDay,
  intervalMinutesOf,
  planDevices,
  thinStations,
  writeDaily,
  writeDeviceNotice,
  type DailyPolicy,
  type DeviceConditionKind,
  type DevicePolicy,
  type DeviceState,
  type ExpectedSeries,
  type LocalDay,
  type NewNotice,
  type RegistryView,
} from '@envigate/domain';
import type { NoticeStore } from '@envigate/postgres';
import { facilityName, recipientsOf, reportPlanned, type PlanParts } from './plan-due.ts';

export interface ReadingsParts extends Omit<PlanParts, 'store'> {
  readonly store: Pick<
    NoticeStore,
    'plan' | 'isRecorded' | 'countReadings' | 'deviceStates' | 'planConditions'
  >;
  /** Undefined: no digest of thin data. */
  readonly daily: DailyPolicy | undefined;
  /** Undefined: no notices about devices. */
  readonly device: DevicePolicy | undefined;
}

/**
 * Plans what readings give reason for: a digest of the day before, and what devices report of themselves.
 * Which day was counted is remembered so that it is not counted again at each look; whether its digest was
 * made, the database knows.
 */
export function lookingAtReadings(parts: ReadingsParts): () => Promise<number> {
  let countedDay: string | undefined;
  return async () => {
    if (parts.to.office.length === 0) return 0;
    const view = parts.registry.current();
    const at = parts.clock();
    let planned = 0;
    if (parts.daily !== undefined) {
      const day = digestDay(at, parts.daily);
      if (day.name !== countedDay) planned += await planDigest(view, at, day, parts.daily, parts);
      countedDay = day.name;
    }
    return planned + (await planConditions(view, at, parts));
  };
}

async function planDigest(
  view: RegistryView,
  at: Date,
  day: LocalDay,
  policy: DailyPolicy,
  parts: ReadingsParts,
): Promise<number> {
  const { store, office, domain, emit } = parts;
  const eventKey = `thin/office/${day.name}`;
  if (await store.isRecorded(eventKey)) return 0;
  const counts = await store.countReadings(new Date(day.from), new Date(day.to));
  const thin = thinStations(
    counts,
    [...view.stations.values()].map((station) => expectedOf(station, view)),
    policy,
  );
  if (thin.length === 0) return 0;
  const notice: NewNotice = {
    ...{ eventKey, kind: 'thin', audience: 'office', steps: [] },
    stations: thin.map(({ station }) => station),
    recipients: recipientsOf('office', view, parts),
    write: (code) =>
      writeDaily(thin, {
        ...{ code, office, day, policy },
        nameOf: (station) => view.stations.get(station)?.name ?? station,
      }),
  };
  return reportPlanned(await store.plan(at, domain, () => [notice]), emit);
}

function expectedOf(station: Station, view: RegistryView): ExpectedSeries {
  return {
    station: station.code,
    intervalMinutes: intervalMinutesOf(station),
    parameters: (station.parameters ?? []).map((own) => ({
      parameter: own.parameter,
      cycleMinutes: cycleMinutesOf(view, own),
    })),
  };
}

const kinds: readonly DeviceConditionKind[] = ['calibration', 'fault'];
/** Looked at beyond the longest time that matters, so that the reading before it is seen. */
const marginMs = 3_600_000;
/** Clocks of loggers may be ahead a little. */
const aheadMs = 600_000;

async function planConditions(view: RegistryView, at: Date, parts: ReadingsParts): Promise<number> {
  const { device, store, domain, emit, office } = parts;
  if (device === undefined) return 0;
  const now = at.getTime();
  const earliest = now - Math.max(device.calibrationMs, device.faultMs) - marginMs;
  const all = await store.deviceStates(new Date(earliest), new Date(now + aheadMs));
  const states = all.filter(({ station }) => view.stations.has(station));
  const recorded = await store.planConditions(at, domain, (noted) => {
    const { begun, ended } = planDevices(states, noted, device, earliest, now);
    const notices = kinds.flatMap((kind) => {
      const conditions = begun.filter(({ condition }) => condition === kind);
      return conditions.length === 0 ? [] : [{ conditions, notice: noticeOf(kind, conditions) }];
    });
    return { notices, ended };
  });
  return reportPlanned(recorded, emit);

  function keyOf(kind: DeviceConditionKind, [first]: readonly DeviceState[]): string {
    return [kind, 'office', at.toISOString(), first?.station, first?.parameter].join('/');
  }

  function noticeOf(kind: DeviceConditionKind, conditions: readonly DeviceState[]): NewNotice {
    return {
      ...{ eventKey: keyOf(kind, conditions), kind, audience: 'office', steps: [] },
      stations: [...new Set(conditions.map(({ station }) => station))],
      recipients: recipientsOf('office', view, parts),
      write: (code) =>
        writeDeviceNotice(kind, conditions, {
          ...{ code, at, office, earliest },
          facilityOf: (station) => facilityName(view, station),
        }),
    };
  }
}
