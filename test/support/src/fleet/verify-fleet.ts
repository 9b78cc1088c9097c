import { streams } from '@envigate/event-log';
import type { Database } from '@envigate/postgres';
import type { JournalEntry } from '../ministry-stand-in/index.ts';
import type { Fleet, FleetFile } from './fleet.ts';

/** What `envigate audit --json` prints. */
export interface AuditFigures {
  readonly receptions: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly quarantined: number;
  readonly inSpool: number;
  readonly inFlight: number;
  readonly unaccounted: number;
}

// Each function returns what is wrong, in words; an empty list is a passed check. So a failing
// test shows every fault of a run that took minutes, not the first one.

export function faultsOfAudit(
  fleet: Fleet,
  audit: AuditFigures,
  pushes: { exactly: boolean },
): string[] {
  const broken = fleet.files.filter((file) => file.fate === 'broken').length;
  const stored = fleet.files.length - broken;
  const sent = [...fleet.sendings.values()].reduce((sum, files) => sum + files.length, 0);
  const faults: string[] = [];
  const expect = (name: keyof AuditFigures, expected: number): void => {
    if (audit[name] !== expected) faults.push(`audit: ${name} is ${audit[name]}, not ${expected}`);
  };
  expect('stored', stored);
  // A broken file that is sent again after a lost answer is no duplicate: it was never stored.
  if (pushes.exactly) expect('quarantined', broken);
  else if (audit.quarantined < broken) faults.push(`audit: only ${audit.quarantined} quarantined`);
  expect('inSpool', 0);
  expect('inFlight', 0);
  expect('unaccounted', 0);
  expect('receptions', audit.stored + audit.duplicates + audit.quarantined);
  // Clients that lost the answer send again, so with kills there may be more duplicates, never fewer.
  if (pushes.exactly) expect('duplicates', sent - fleet.files.length);
  else if (audit.duplicates < sent - fleet.files.length)
    faults.push(`audit: only ${audit.duplicates} duplicates`);
  return faults;
}

/** Every reading of every understood line is there once, with its value, and nothing else. */
export async function faultsOfReadings(fleet: Fleet, database: Database): Promise<string[]> {
  const key = (station: string, parameter: string, instant: Date): string =>
    `${station} ${parameter} ${instant.toISOString()}`;
  const expected = new Map(
    fleet.files.flatMap((file) =>
      file.readings.map(
        ({ parameter, value }) => [key(file.station, parameter, file.instant), value] as const,
      ),
    ),
  );
  const rows = await database.query<{
    station: string;
    parameter: string;
    instant: Date;
    value: number;
    revision: number;
  }>(
    `SELECT station, parameter, instant, value, revision
     FROM readings JOIN station_keys USING (station_id) JOIN parameter_keys USING (parameter_id)`,
  );
  const faults: string[] = [];
  for (const row of rows) {
    const id = key(row.station, row.parameter, row.instant);
    const value = expected.get(id);
    if (value === undefined) faults.push(`reading ${id} was never sent`);
    else if (value !== row.value) faults.push(`reading ${id} is ${row.value}, not ${value}`);
    if (row.revision !== 1) faults.push(`reading ${id} has revision ${row.revision}`);
    expected.delete(id);
  }
  faults.push(...[...expected.keys()].map((id) => `reading ${id} is missing`));
  return faults;
}

/** Each broken file and each broken line is in quarantine once, with a reason and its place. */
export async function faultsOfQuarantine(fleet: Fleet, database: Database): Promise<string[]> {
  const rows = await database.query<{
    name: string;
    scope: string;
    reason: string;
    line: number | null;
    text: string;
  }>(
    `SELECT name, scope, quarantine.reason, line, text FROM quarantine JOIN files USING (file_no)`,
  );
  const faults: string[] = [];
  for (const file of fleet.files) {
    const own = rows.filter((row) => row.name === file.name);
    const whole = own.filter((row) => row.scope === 'file');
    const lines = own.filter((row) => row.scope === 'line');
    const expectedWhole = file.fate === 'broken' ? 1 : 0;
    if (whole.length !== expectedWhole)
      faults.push(`${file.name} is in quarantine ${whole.length} times`);
    if (
      file.fate === 'partly-broken' &&
      (lines.length !== 1 || lines[0]!.line !== 1 || lines[0]!.text === '')
    ) {
      faults.push(`${file.name}: refused lines are ${JSON.stringify(lines)}`);
    }
    if (own.some((row) => row.reason === ''))
      faults.push(`${file.name} is in quarantine without a reason`);
  }
  return faults;
}

/** Each understood file reached the ministry once, and each station's in order. */
export function faultsOfDeliveries(fleet: Fleet, journal: readonly JournalEntry[]): string[] {
  const accepted = journal.filter((entry) => entry.kind === 'accepted');
  const placeOf = new Map<string, number>();
  const faults: string[] = [];
  accepted.forEach((entry, place) => {
    if (placeOf.has(entry.name)) faults.push(`${entry.name} was delivered twice`);
    placeOf.set(entry.name, place);
  });
  const stations = new Map<string, FleetFile[]>();
  for (const file of fleet.files) {
    const delivered = placeOf.delete(file.name) ? 1 : 0;
    if (delivered !== (file.fate === 'broken' ? 0 : 1))
      faults.push(`${file.name} was delivered ${delivered} times`);
    if (file.fate !== 'broken')
      stations.set(file.station, [...(stations.get(file.station) ?? []), file]);
  }
  faults.push(...[...placeOf.keys()].map((name) => `${name} was delivered but never sent`));
  const place = new Map(accepted.map((entry, index) => [entry.name, index]));
  // Those on time were all there before the late ones: each of the two groups keeps its order.
  for (const files of stations.values()) {
    for (const late of [false, true]) {
      const places = files
        .filter((file) => file.late === late)
        .map((file) => place.get(file.name) ?? 0);
      const wrong = places.findIndex((value, i) => i > 0 && value < places[i - 1]!);
      if (wrong !== -1)
        faults.push(`${files[0]!.station}: deliveries out of order at ${files[wrong]!.name}`);
    }
  }
  return faults;
}

/** Reception ids of the file events a committed-only reader sees: each once, as many as the ledger has. */
export async function faultsOfEvents(
  database: Database,
  receptionIds: readonly string[],
): Promise<string[]> {
  const ledger = await database.query<{ reception_id: string }>(
    'SELECT reception_id FROM receptions',
  );
  const seen = new Set<string>();
  const faults: string[] = [];
  for (const id of receptionIds) {
    if (seen.has(id)) faults.push(`the event of reception ${id} was published twice`);
    seen.add(id);
  }
  for (const { reception_id: id } of ledger) {
    if (!seen.delete(id)) faults.push(`reception ${id} is in the ledger but has no event`);
  }
  faults.push(...[...seen].map((id) => `the event of reception ${id} is not in the ledger`));
  return faults;
}

/** The streams on which the event of a file ends up after the normaliser. */
export const fileEventStreams = [streams.readings, streams.quarantine] as const;
