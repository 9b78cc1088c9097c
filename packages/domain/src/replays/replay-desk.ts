import type {
  BilingualText,
  QuarantinedItem,
  QuarantineFilter,
  Replay,
  StationFile,
  TimeRange,
} from '@envigate/contracts';
import type { MappingOutcome, SymbolMapping } from '../registry-changes/map-symbol.ts';
import type { RegistryView } from '../registry/registry-view.ts';

/** Which rows of quarantine: all that is given must hold. Times are those of the quarantine. */
export interface QuarantineSelection extends TimeRange {
  readonly kind: 'quarantine';
  readonly ids?: readonly number[] | undefined;
  readonly account?: string | undefined;
  readonly station?: string | undefined;
  readonly scope?: 'file' | 'line' | undefined;
  readonly reason?: string | undefined;
  /** A part of the file's name or of the line, in whatever case. */
  readonly text?: string | undefined;
}

/** Files by their id, whatever is known of them. */
export interface FileSelection {
  readonly kind: 'files';
  readonly fileIds: readonly string[];
}

/** Files that were recorded for a station, each as a whole. At least one end of the range is given. */
export interface RereadSelection extends TimeRange {
  readonly kind: 'reread';
  readonly station: string;
  readonly by: RereadTime;
}

/**
 * - data: files with a reading in the range, at the times that their readings have now;
 * - reception: files that were received in it at first;
 * - any: both. Where the times of the readings are wrong, their reception is about when they were true.
 */
export type RereadTime = (typeof rereadTimes)[number];
export const rereadTimes = ['any', 'data', 'reception'] as const;

export type ReplaySelection = QuarantineSelection | FileSelection;

/** Who decided what about the files of a selection. */
export type ReplayDecision = Pick<Replay, 'actor' | 'station' | 'profile' | 'asWhole'>;

export interface ReplayRequest extends ReplayDecision, Pick<Replay, 'note'> {
  /** Given by the asker: the same request asked for again is the same batch. */
  readonly requestId?: string | undefined;
  readonly selection: ReplaySelection;
}

/** Has stored files read again by the registry as it is now, in place of what they gave before. */
export interface RereadRequest extends Pick<Replay, 'actor' | 'note'> {
  readonly requestId?: string | undefined;
  readonly selection: RereadSelection;
}

/** What a reread would change. */
export interface ForeseenReread {
  /** That it would read. */
  readonly files: number;
  /** How many of them were read to find out; the figures below are of these. */
  readonly looked: number;
  /** That would give other readings. */
  readonly changedFiles: number;
  /** That are not understood any more, or not yet. */
  readonly quarantinedFiles: number;
  readonly newReadings: number;
  readonly corrections: number;
  readonly withdrawn: number;
  /** That would fall due. */
  readonly deliveries: number;
  /** That targets have, or may have, and whose data would no longer be on record. */
  readonly withdrawnDeliveries: number;
  /** The first changes. */
  readonly examples: readonly ForeseenChange[];
}

/** How much is looked at and returned. */
export interface ForesightLimits {
  /** Their readings are held in memory. */
  readonly files: number;
  readonly examples: number;
}

export interface ForeseenChange {
  readonly kind: 'new' | 'correction' | 'withdrawn';
  readonly station: string;
  readonly parameter: string;
  readonly instant: Date;
  /** Null where there is no reading; a reading may have no value. */
  readonly before: { readonly value: number | null; readonly unit: string } | null;
  readonly after: { readonly value: number | null; readonly unit: string } | null;
  readonly fileName: string;
}

/** Who discards a held file, and why. */
export type DiscardDecision = Pick<Replay, 'actor' | 'note'>;

/** What became of a request. */
export interface ReplayBatch {
  readonly batchId: string;
  readonly actor: string;
  readonly requestedAt: Date;
  readonly note: string | null;
  readonly station: string | null;
  readonly profile: string | null;
  /** The actor said that the files are whole. */
  readonly asWhole: boolean;
  readonly automatic: boolean;
  /** False while files of the selection are still being put on their way. */
  readonly isExpanded: boolean;
  /** True where the figures below are of all its files; false: of the first `maxCounted`. */
  readonly isComplete: boolean;
  /** Files on their way until now; the four below add up to it where the figures are complete. */
  readonly requested: number;
  /** Of all its files, `maxCounted` at most: 0 only where none is. */
  readonly underWay: number;
  readonly stored: number;
  readonly quarantined: number;
  readonly undecodable: number;
  readonly newReadings: number;
  readonly corrections: number;
  /** Readings that files gave before and give no longer. */
  readonly withdrawn: number;
  /** Of a reread: the files that it is to read; null for other requests. */
  readonly files: number | null;
}

/** A recorded file as it would go through the gateway again, and what is in quarantine of it. */
export interface ReplayableFile {
  readonly fileNo: number;
  readonly file: StationFile;
  readonly open: OpenQuarantine;
}

/** What is in quarantine of a file now. */
export interface OpenQuarantine {
  readonly isFile: boolean;
  readonly lines: readonly number[];
}

/** How much of the quarantine is there for one reason. */
export interface ReasonCount {
  readonly reason: string;
  readonly files: number;
  /** Rows: a file has several where it has several such lines. */
  readonly rows: number;
}

export interface ReasonCounts {
  /** False where there are more rows than the newest `maxReasonsCounted`, which are counted (of a text: `maxTextsLookedAt`). */
  readonly isComplete: boolean;
  /** The most frequent first. */
  readonly items: readonly ReasonCount[];
}

/** What a station sends under a symbol that the registry did not know when it was recorded. */
export interface UnknownSymbol {
  readonly station: string;
  /** As the logger writes it. */
  readonly symbol: string;
  /** Counted up to `maxCounted` shared by all symbols. */
  readonly readings: number;
  readonly from: Date;
  readonly to: Date;
  /** The newest reading, as it was sent. */
  readonly latest: {
    readonly rawValue: string;
    readonly rawUnit: string;
    readonly fileId: string;
    readonly fileName: string;
  };
}

/** More are not listed: a station with so many sends something else than symbols. */
export const maxUnknownSymbols = 1_000;

/** Where people ask for replays, and for what is to be known before. */
export interface ReplayDesk {
  /** Returns the batch; the recorder puts its files on their way. */
  request(request: ReplayRequest): Promise<string>;
  batch(batchId: string): Promise<ReplayBatch | undefined>;
  /** Returns the batch; the recorder puts its files on their way, step by step. */
  requestReread(request: RereadRequest): Promise<string>;
  /** Exactly what it would change, as far as the first files say; nothing is written. */
  foreseeReread(selection: RereadSelection, limits: ForesightLimits): Promise<ForeseenReread>;
  /** The first files of a selection as the request would send them; each once, 16 MiB at most. */
  preview(
    selection: ReplaySelection,
    decision: ReplayDecision,
    limit: number,
  ): Promise<readonly ReplayableFile[]>;
  /** How many files a selection has. */
  count(selection: ReplaySelection): Promise<number>;
  quarantined(quarantineId: number): Promise<QuarantinedItem | undefined>;
  /** Rows of files held for a person's decision (clock-reset); returns those that were open and are discarded. */
  discard(quarantineIds: readonly number[], decision: DiscardDecision): Promise<readonly number[]>;
  reasonCounts(filter: QuarantineRows): Promise<ReasonCounts>;
  /** By station and symbol; the first `maxUnknownSymbols`. */
  unknownSymbols(): Promise<readonly UnknownSymbol[]>;
  /** Changes the registry; what was kept under the symbol is replayed by itself. */
  mapSymbol(mapping: SymbolMapping, actor: string): Promise<SymbolDecision>;
}

export type QuarantineRows = Omit<QuarantineFilter, 'after' | 'limit'>;

export type SymbolDecision =
  { readonly kind: 'mapped' } | Exclude<MappingOutcome, { readonly kind: 'mapped' }>;

/**
 * What of that which a person assigned to files the registry does not know; undefined where it
 * knows all. It is said before the files are put on their way: they would only come back refused.
 */
export function unknownInDecision(
  { station, profile }: Pick<Replay, 'station' | 'profile'>,
  registry: RegistryView,
): BilingualText | undefined {
  if (station !== undefined && !registry.stations.has(station)) {
    return {
      vi: `trạm '${station}' chưa khai báo`,
      en: `station '${station}' is not in the registry`,
    };
  }
  if (profile !== undefined && !registry.profiles.has(profile)) {
    return {
      vi: `cấu hình đọc '${profile}' chưa khai báo`,
      en: `profile '${profile}' is not in the registry`,
    };
  }
  return undefined;
}
