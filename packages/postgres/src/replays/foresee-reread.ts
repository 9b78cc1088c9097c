import type { NormalisedFile, QuarantinedFile, Reading } from '@envigate/contracts';
import {
  followMoment,
  normaliseFile,
  planMoment,
  RegistryView,
  statusCodeOf,
  type ForeseenChange,
  type ForeseenReread,
  type ForesightLimits,
  type MomentReading,
  type RereadSelection,
} from '@envigate/domain';
import type { Database } from '../connection/database.ts';
import { readRegistry } from '../registry/registry-store.ts';
import type { Session } from '../connection/session.ts';
import { readMoments, type TouchedMoment } from '../deliveries/moment-deliveries.ts';
import { nameOf, type ReadingKey } from '../readings/readings.ts';
import {
  applyChange,
  changeHistory,
  emptyHistory,
  type JudgedReading,
  type KeyChange,
  type KeyHistory,
  formerKeys,
  judged,
  readHistories,
} from '../record/key-history.ts';
import {
  readOriginals,
  type RecordedOriginal,
  receptionOfReplay,
  stationFileOf,
} from './request-replays.ts';
import { readFilesBefore, type FileBefore } from '../record/files.ts';
import { countRereadFiles, listRereadFiles } from './selection.ts';

const pageFiles = 200;

/**
 * What a reread would change, by the very rules by which the recorder changes it, in memory: nothing is
 * written and nothing locked. The files are read in the order in which the reread would read them.
 */
export async function foreseeReread(
  database: Database,
  selection: RereadSelection,
  { files: mostFiles, examples }: ForesightLimits,
): Promise<ForeseenReread> {
  const { revision, registry } = await readRegistry(database);
  const names = await readNames(database);
  const rehearsal = new Rehearsal(database, new RegistryView(registry, revision), names, examples);
  const files = await listRereadFiles(database, selection, mostFiles);
  for (let at = 0; at < files.length; at += pageFiles) {
    const page = files.slice(at, at + pageFiles).map(({ fileNo }) => fileNo);
    await rehearsal.read(page);
  }
  await rehearsal.foreseeDeliveries();
  const total =
    files.length < mostFiles ? files.length : await countRereadFiles(database, selection);
  return { files: total, looked: files.length, ...rehearsal.figures };
}

/** Numbers of codes, and codes of numbers. A code that the tables do not know yet gets one that they never have. */
interface Names {
  readonly stations: Numbers;
  readonly parameters: Numbers;
}

class Numbers {
  readonly #byCode: Map<string, number>;
  readonly #byNumber: Map<number, string>;

  constructor(rows: readonly { readonly code: string; readonly no: number }[]) {
    this.#byCode = new Map(rows.map(({ code, no }) => [code, no]));
    this.#byNumber = new Map(rows.map(({ code, no }) => [no, code]));
  }

  of(code: string): number {
    const known = this.#byCode.get(code);
    if (known !== undefined) return known;
    const no = -1 - this.#byCode.size;
    this.#byCode.set(code, no);
    this.#byNumber.set(no, code);
    return no;
  }

  codeOf(no: number): string {
    return this.#byNumber.get(no) ?? '';
  }
}

async function readNames(session: Session): Promise<Names> {
  const stations = await session.query<{ code: string; no: number }>(
    'SELECT station AS code, station_id AS no FROM station_keys',
  );
  const parameters = await session.query<{ code: string; no: number }>(
    'SELECT parameter AS code, parameter_id AS no FROM parameter_keys',
  );
  return { stations: new Numbers(stations), parameters: new Numbers(parameters) };
}

interface GivenKey extends ReadingKey {
  readonly reading: Reading | undefined;
}

class Rehearsal {
  readonly #session: Session;
  readonly #registry: RegistryView;
  readonly #names: Names;
  readonly #mostExamples: number;
  readonly #histories = new Map<string, KeyHistory>();
  readonly #examples: ForeseenChange[] = [];
  /** What the files give, by key and file: with the text that a delivery has of it. */
  readonly #given = new Map<string, Reading>();
  /** Moments whose deliveries may change, each with its keys. */
  readonly #touched = new Map<string, TouchedMoment & { readonly keys: Map<string, ReadingKey> }>();
  /** Orders the changes, as their times do in the tables. */
  #changes = 0;
  readonly #counts = {
    changedFiles: 0,
    quarantinedFiles: 0,
    newReadings: 0,
    corrections: 0,
    withdrawn: 0,
    deliveries: 0,
    withdrawnDeliveries: 0,
  };

  constructor(session: Session, registry: RegistryView, names: Names, mostExamples: number) {
    this.#session = session;
    this.#registry = registry;
    this.#names = names;
    this.#mostExamples = mostExamples;
  }

  get figures(): Omit<ForeseenReread, 'files' | 'looked'> {
    return { ...this.#counts, examples: this.#examples };
  }

  async read(fileNos: readonly number[]): Promise<void> {
    const before = await readFilesBefore(this.#session, fileNos);
    for (const original of await readOriginals(this.#session, fileNos)) {
      const known = before.get(original.fileNo);
      if (known !== undefined) await this.#readOne(original, known);
    }
  }

  async #readOne(original: RecordedOriginal, before: FileBefore): Promise<void> {
    const message = this.#normalise(original);
    const isUnderstood = message.type === 'normalised-file.v2';
    if (!isUnderstood) this.#counts.quarantinedFiles += 1;
    const given = isUnderstood ? this.#givenBy(message) : [];
    const former = await formerKeys(this.#session, original.fileNo, before, given);
    const keys: readonly GivenKey[] = [
      ...given,
      ...former.map((key) => ({ ...key, reading: undefined })),
    ];
    await this.#load(keys);
    const { contentHash, name } = original.reception;
    const file = { fileNo: original.fileNo, receivedAt: before.receivedAt, contentHash };
    let changes = 0;
    for (const key of keys) {
      const history = this.#histories.get(nameOf(key)) ?? emptyHistory;
      const says = judged(key.reading);
      const change = changeHistory(history, file, says);
      if (change.current.kind !== 'stays' || change.isStillGiven) this.#touch(key, original.fileNo);
      if (this.#count(key, history, change, says, name)) changes += 1;
      const at = String((this.#changes += 1)).padStart(12, '0');
      this.#histories.set(nameOf(key), applyChange(history, file, says, change, at));
    }
    if (changes > 0) this.#counts.changedFiles += 1;
  }

  #touch({ reading, ...key }: GivenKey, fileNo: number): void {
    const { stationId, instant } = key;
    const moment = `${stationId} ${instant}`;
    const known = this.#touched.get(moment) ?? { stationId, instant, keys: new Map() };
    known.keys.set(nameOf(key), key);
    this.#touched.set(moment, known);
    if (reading !== undefined) this.#given.set(`${nameOf(key)} ${fileNo}`, reading);
  }

  /** Once, after all files were read: a moment is delivered as it is in the end. */
  async foreseeDeliveries(): Promise<void> {
    const touched = [...this.#touched.values()];
    const records = await readMoments(this.#session, touched, { lock: false });
    for (const moment of touched) {
      const record = records.get(moment);
      const readings = new Map(
        record?.moment.readings.map((reading) => [reading.parameter, reading]),
      );
      for (const key of moment.keys.values()) {
        const parameter = this.#names.parameters.codeOf(key.parameterId);
        const reading = this.#readingOf(key, parameter);
        if (reading === undefined) readings.delete(parameter);
        else readings.set(parameter, reading);
      }
      const station = this.#names.stations.codeOf(moment.stationId);
      const given = { station, instant: moment.instant, readings: [...readings.values()] };
      const plan = planMoment(given, this.#registry);
      const changes = plan === undefined ? [] : followMoment(plan, record?.present ?? []);
      this.#counts.deliveries += changes.filter(({ kind }) => kind === 'due').length;
      this.#counts.withdrawnDeliveries += changes.filter(({ kind }) => kind === 'withdrawn').length;
    }
  }

  /** As it is current in the end. Of a value that comes back the history keeps the number only. */
  #readingOf(key: ReadingKey, parameter: string): MomentReading | undefined {
    const current = this.#histories.get(nameOf(key))?.current;
    if (current === undefined) return undefined;
    const given = this.#given.get(`${nameOf(key)} ${current.fileNo}`);
    if (given !== undefined) return given;
    const { value, unit, status, flag, reasons } = current;
    const statusCode = statusCodeOf(reasons);
    return {
      ...{ parameter, value, unit, status, rawValue: '', rawUnit: unit, reasons: [...reasons] },
      flag: flag as MomentReading['flag'],
      ...(statusCode !== undefined && { statusCode }),
    };
  }

  #normalise(original: RecordedOriginal): NormalisedFile | QuarantinedFile {
    const order = { batch: 'preview', actor: 'preview', requestedAt: new Date(0).toISOString() };
    const reception = receptionOfReplay(original, { ...order, ...original.decided }, 1);
    const file = stationFileOf(reception, original.content);
    return normaliseFile(file, this.#registry).message;
  }

  #givenBy({ station, readings }: NormalisedFile): readonly GivenKey[] {
    const stationId = this.#names.stations.of(station);
    const byName = new Map<string, GivenKey>();
    for (const reading of readings) {
      const parameterId = this.#names.parameters.of(reading.parameter);
      const instant = new Date(reading.instant).toISOString();
      const key = { stationId, parameterId, instant, reading };
      if (!byName.has(nameOf(key))) byName.set(nameOf(key), key);
    }
    return [...byName.values()];
  }

  async #load(keys: readonly ReadingKey[]): Promise<void> {
    const missing = keys.filter((key) => !this.#histories.has(nameOf(key)));
    const histories = await readHistories(this.#session, missing);
    missing.forEach((key, i) => this.#histories.set(nameOf(key), histories[i] ?? emptyHistory));
  }

  /** Whether it is a change. */
  #count(
    key: GivenKey,
    { current }: KeyHistory,
    { outcome, current: next }: KeyChange,
    says: JudgedReading | undefined,
    fileName: string,
  ): boolean {
    switch (outcome) {
      case 'new':
        this.#counts.newReadings += 1;
        break;
      case 'correction':
        this.#counts.corrections += 1;
        break;
      case 'withdrawn':
        this.#counts.withdrawn += 1;
        break;
      case 'repeat':
      case 'absent':
        return false;
    }
    if (this.#examples.length >= this.#mostExamples) return true;
    const after = next.kind === 'restored' ? next.from : says;
    this.#examples.push({
      kind: outcome,
      station: this.#names.stations.codeOf(key.stationId),
      parameter: this.#names.parameters.codeOf(key.parameterId),
      instant: new Date(key.instant),
      before: shown(current),
      after: shown(after),
      fileName,
    });
    return true;
  }
}

function shown(value: JudgedReading | undefined): ForeseenChange['before'] {
  return value === undefined ? null : { value: value.value, unit: value.unit };
}
