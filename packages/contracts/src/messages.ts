import { faultAt } from './fault.ts';
import type { DeliveryReceipt } from './generated/delivery-receipt.v1.ts';
import type { GapEvent } from './generated/gap-event.v1.ts';
import type {
  NormalisedFile as NormalisedFileV1,
  Reading,
} from './generated/normalised-file.v1.ts';
import type { NormalisedFileHead } from './generated/normalised-file.v2.ts';
import type { QuarantinedFile as QuarantinedFileV1 } from './generated/quarantined-file.v1.ts';
import type { QuarantinedFileHead } from './generated/quarantined-file.v2.ts';
import type { ReadingColumns } from './generated/reading-columns.v2.ts';
import type { Reception } from './generated/reception.v1.ts';
import type { StationFile as StationFileV1 } from './generated/station-file.v1.ts';
import type { StationFileHead } from './generated/station-file.v2.ts';
import {
  isDeliveryReceipt,
  isGapEvent,
  isNormalisedFile,
  isNormalisedFileHead,
  isQuarantinedFile,
  isQuarantinedFileHead,
  isReadingColumns,
  isStationFile,
  isStationFileHead,
} from './generated/validators.ts';
import { ContractError, validator, type Validator } from './validate.ts';

// What travels on the event log, and its bytes. A message about a file is JSON on one line, or on two, and
// then the bytes of the file as they came: they are never encoded, and a reader that does not need the
// readings or the bytes leaves them unread. `docs/messages.md` shows it to others.

interface Content {
  /** The bytes of the file as they came. */
  readonly content: Uint8Array;
}

/** A file as it was received, byte for byte. */
export interface StationFile extends StationFileHead, Content {}

/** A file that was understood: its readings, and its lines that were not. */
export interface NormalisedFile extends Omit<NormalisedFileHead, 'instants'>, Content {
  readonly readings: readonly Reading[];
}

/** A file that could not be understood as a whole. */
export interface QuarantinedFile extends QuarantinedFileHead, Content {}

/** What a normalised file says without its bytes and without objects for its readings. */
export interface SignsOfFile extends Pick<
  NormalisedFileHead,
  'reception' | 'station' | 'instants'
> {
  /** Columns of one length; `instant` names places in `instants`. */
  readonly readings: Pick<ReadingColumns, 'instant' | 'parameter' | 'flag' | 'reasons'>;
}

/** Bytes of a message on the event log ↔ its typed form. */
export interface Codec<T> {
  encode(message: T): Uint8Array;
  /**
   * Throws ContractError, or SyntaxError where the bytes are no JSON. `reviver` is JSON.parse's: it
   * may change what the JSON says before it is checked. Bytes of a file are a view of `bytes`.
   */
  decode(bytes: Uint8Array, reviver?: Reviver): T;
}

export type Reviver = (key: string, value: unknown) => unknown;

function jsonCodec<T>(validate: Validator<T>): Codec<T> {
  return {
    encode: (message) => Buffer.from(JSON.stringify(message)),
    decode: (bytes, reviver) => validate(parse(bytes, reviver)),
  };
}

export const gapEventCodec = jsonCodec(validator<GapEvent>('GapEvent', isGapEvent));
export const deliveryReceiptCodec = jsonCodec(
  validator<DeliveryReceipt>('DeliveryReceipt', isDeliveryReceipt),
);

/** Of a message that is a head on one line and the bytes of the file. */
function headCodec<Head extends object>(
  validate: Validator<Head>,
  decodeV1: (document: unknown) => Head & Content,
): Codec<Head & Content> {
  return {
    encode: ({ content, ...head }) => frame(JSON.stringify(head), content),
    decode(bytes, reviver) {
      const lines = linesOf(bytes, 1);
      if (lines === undefined) return decodeV1(parse(bytes, reviver));
      return { ...validate(parse(lines.json[0], reviver)), content: lines.rest };
    },
  };
}

const validateStationFileV1 = validator<StationFileV1>('StationFile', isStationFile);

export const stationFileCodec: Codec<StationFile> = headCodec(
  validator<StationFileHead>('StationFile', isStationFileHead),
  (document) => fromV1(validateStationFileV1(document), 'station-file.v2'),
);

const validateQuarantinedFileV1 = validator<QuarantinedFileV1>(
  'QuarantinedFile',
  isQuarantinedFile,
);

export const quarantinedFileCodec: Codec<QuarantinedFile> = headCodec(
  validator<QuarantinedFileHead>('QuarantinedFile', isQuarantinedFileHead),
  (document) => fromV1(validateQuarantinedFileV1(document), 'quarantined-file.v2'),
);

const validateNormalisedFile = validator<NormalisedFileHead>(
  'NormalisedFile',
  isNormalisedFileHead,
);
const validateReadingColumns = validator<ReadingColumns>('ReadingColumns', isReadingColumns);
const validateNormalisedFileV1 = validator<NormalisedFileV1>('NormalisedFile', isNormalisedFile);

export const normalisedFileCodec: Codec<NormalisedFile> = {
  encode(file) {
    const instants: string[] = [];
    const columns = columnsOf(file.readings, instants);
    // Not a copy of all but two: that takes longer than to write it. What is undefined is left out.
    const head: { [K in keyof NormalisedFileHead]: NormalisedFileHead[K] | undefined } = {
      type: file.type,
      reception: file.reception,
      station: file.station,
      form: file.form,
      registryRevision: file.registryRevision,
      readingMark: file.readingMark,
      newestTime: file.newestTime,
      instants,
      rejectedLines: file.rejectedLines,
      warnings: file.warnings,
    };
    return frame(`${JSON.stringify(head)}\n${JSON.stringify(columns)}`, file.content);
  },
  decode(bytes, reviver) {
    const lines = linesOf(bytes, 2);
    if (lines === undefined)
      return fromV1(validateNormalisedFileV1(parse(bytes, reviver)), 'normalised-file.v2');
    const { instants, ...head } = validateNormalisedFile(parse(lines.json[0], reviver));
    const columns = validateReadingColumns(parse(lines.json[1], reviver));
    return { ...head, readings: readingsOf(columns, instants), content: lines.rest };
  },
};

/** Of a record on the event log: its bytes, and what they say where whoever made them left it at hand. */
export interface MessageRecord {
  readonly value: Uint8Array;
  readonly message?: object | undefined;
}

function isOfType<Type extends string>(
  message: object | undefined,
  type: Type,
): message is { readonly type: Type } {
  return message !== undefined && 'type' in message && message.type === type;
}

/** Throws as decoding does. */
export function stationFileOf({ value, message }: MessageRecord): StationFile {
  return isOfType(message, 'station-file.v2')
    ? (message as StationFile)
    : stationFileCodec.decode(value);
}

/** Throws as decoding does. With a reviver it is always the bytes that count. */
export function normalisedFileOf(
  { value, message }: MessageRecord,
  reviver?: Reviver,
): NormalisedFile {
  return reviver === undefined && isOfType(message, 'normalised-file.v2')
    ? (message as NormalisedFile)
    : normalisedFileCodec.decode(value, reviver);
}

type Unchecked<T> = { readonly [K in keyof T]?: unknown };

/**
 * What a message about a file says of its reception, whatever its version and however unusable it is
 * otherwise; undefined where nothing can be read of it.
 */
export function readReception(bytes: Uint8Array): Unchecked<Reception> | undefined {
  return readHead(bytes)?.reception;
}

/** Bytes of the file in a message of station.files that is otherwise unusable. */
export function readContent(bytes: Uint8Array): Uint8Array | undefined {
  const lines = linesOf(bytes, 1);
  if (lines !== undefined) return lines.rest;
  const content = readHead(bytes)?.content;
  return typeof content === 'string' ? Buffer.from(content, 'base64') : undefined;
}

interface UncheckedHead {
  readonly reception?: Unchecked<Reception>;
  readonly content?: unknown;
}

function readHead(bytes: Uint8Array): UncheckedHead | undefined {
  try {
    return parse(linesOf(bytes, 1)?.json[0] ?? bytes) ?? undefined;
  } catch {
    return undefined;
  }
}

/** For whom only matters that data came, of when, and whether they are valid. */
export function signsOf({ value, message }: MessageRecord): SignsOfFile {
  if (isOfType(message, 'normalised-file.v2')) return signsOfReadings(message as NormalisedFile);
  const lines = linesOf(value, 2);
  if (lines === undefined) return signsOfReadings(validateNormalisedFileV1(parse(value)));
  const { reception, station, instants } = validateNormalisedFile(parse(lines.json[0]));
  return { reception, station, instants, readings: validateReadingColumns(parse(lines.json[1])) };
}

function signsOfReadings({
  reception,
  station,
  readings,
}: Pick<NormalisedFile, 'reception' | 'station' | 'readings'>): SignsOfFile {
  const instants: string[] = [];
  const { instant, parameter, flag, reasons } = columnsOf(readings, instants);
  return { reception, station, instants, readings: { instant, parameter, flag, reasons } };
}

const lineFeed = 0x0a;

function frame(json: string, content: Uint8Array): Uint8Array {
  const length = Buffer.byteLength(json);
  const bytes = Buffer.allocUnsafe(length + 1 + content.length);
  bytes.write(json);
  bytes[length] = lineFeed;
  bytes.set(content, length + 1);
  return bytes;
}

interface Lines {
  readonly json: readonly [Uint8Array, Uint8Array];
  readonly rest: Uint8Array;
}

/** Undefined where there are not so many: a message of version 1 is JSON on one line without an end. */
function linesOf(bytes: Uint8Array, count: 1 | 2): Lines | undefined {
  const first = bytes.indexOf(lineFeed);
  if (first === -1) return undefined;
  const last = count === 1 ? first : bytes.indexOf(lineFeed, first + 1);
  if (last === -1) return undefined;
  return {
    json: [bytes.subarray(0, first), bytes.subarray(first + 1, last)],
    rest: bytes.subarray(last + 1),
  };
}

function parse(bytes: Uint8Array, reviver?: Reviver): unknown {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return JSON.parse(text, reviver);
}

function fromV1<T extends { type: string; content: string }, Type extends string>(
  file: T,
  type: Type,
): Omit<T, 'content' | 'type'> & { type: Type; content: Uint8Array } {
  return { ...file, type, content: Buffer.from(file.content, 'base64') };
}

/** Columns of the readings; `instants` gets the instants that they name. */
function columnsOf(readings: readonly Reading[], instants: string[]): ReadingColumns {
  const columns: ReadingColumns = {
    line: [],
    instant: [],
    parameter: [],
    value: [],
    unit: [],
    rawValue: [],
    rawUnit: [],
    status: [],
    flag: [],
    reasons: [],
  };
  const places = new Map<string, number>();
  let before: string | undefined;
  let place = 0;
  for (const reading of readings) {
    const { instant } = reading;
    if (instant !== before) {
      place = places.get(instant) ?? instants.push(instant) - 1;
      places.set(instant, place);
      before = instant;
    }
    columns.line.push(reading.line);
    columns.instant.push(place);
    columns.parameter.push(reading.parameter);
    columns.value.push(reading.value);
    columns.unit.push(reading.unit);
    columns.rawValue.push(reading.rawValue);
    columns.rawUnit.push(reading.rawUnit);
    columns.status.push(reading.status);
    columns.flag.push(reading.flag);
    columns.reasons.push(reading.reasons);
  }
  if (readings.some(({ censored }) => censored !== undefined))
    columns.censored = readings.map(({ censored = null }) => censored);
  if (readings.some(({ factor }) => factor !== undefined))
    columns.factor = readings.map(({ factor = null }) => factor);
  if (readings.some(({ statusCode }) => statusCode !== undefined))
    columns.statusCode = readings.map(({ statusCode = null }) => statusCode);
  return columns;
}

/** Throws ContractError where the columns do not fit together. */
function readingsOf(columns: ReadingColumns, instants: readonly string[]): readonly Reading[] {
  const { length } = columns.line;
  for (const [name, column] of Object.entries(columns) as [string, readonly unknown[]][])
    if (column.length !== length)
      throw new ContractError('ReadingColumns', [ofLength(name, length)]);
  const { censored, factor, statusCode } = columns;
  return columns.line.map((line, i) => {
    const instant = instants[columns.instant[i] ?? 0];
    if (instant === undefined)
      throw new ContractError('ReadingColumns', [ofInstants(i, instants.length)]);
    const reading: Reading = {
      parameter: at(columns.parameter, i),
      instant,
      value: at(columns.value, i),
      unit: at(columns.unit, i),
      rawValue: at(columns.rawValue, i),
      rawUnit: at(columns.rawUnit, i),
      status: at(columns.status, i),
      flag: at(columns.flag, i),
      reasons: at(columns.reasons, i),
      line,
    };
    if (censored?.[i]) reading.censored = censored[i];
    if (typeof factor?.[i] === 'number') reading.factor = factor[i];
    const code = statusCode?.[i] ?? undefined;
    if (code !== undefined) reading.statusCode = code;
    return reading;
  });
}

/** The columns are of one length by now. */
function at<T>(column: readonly T[], place: number): T {
  return column[place] as T;
}

function ofLength(column: string, length: number) {
  return faultAt(`/${column}`, {
    vi: `phải có ${length} phần tử như cột line`,
    en: `must have ${length} items, as the column line has`,
  });
}

function ofInstants(place: number, instants: number) {
  return faultAt(`/instant/${place}`, {
    vi: `phải nhỏ hơn ${instants}, số thời điểm của tệp`,
    en: `must be below ${instants}, the number of instants of the file`,
  });
}
