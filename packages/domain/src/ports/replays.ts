import type { Replay, StationFile } from '@envigate/contracts';
import type { OpenQuarantine } from '../replays/foresee-replay.ts';
import type { TimeRange } from './console-queries.ts';

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

export type ReplaySelection = QuarantineSelection | FileSelection;

export interface ReplayRequest extends Pick<Replay, 'actor' | 'note' | 'station' | 'profile'> {
  /** Given by the asker: the same request asked for again is the same batch. */
  readonly requestId?: string | undefined;
  readonly selection: ReplaySelection;
}

/** What became of a request. */
export interface ReplayBatch {
  readonly batchId: string;
  readonly actor: string;
  readonly requestedAt: Date;
  readonly note: string | null;
  readonly station: string | null;
  readonly profile: string | null;
  readonly automatic: boolean;
  /** False while files of the selection are still being put on their way. */
  readonly isExpanded: boolean;
  /** Files on their way until now; the four below add up to it. */
  readonly requested: number;
  readonly underWay: number;
  readonly stored: number;
  readonly quarantined: number;
  readonly undecodable: number;
  readonly newReadings: number;
  readonly corrections: number;
}

/** A recorded file as it would go through the gateway again, and what stands in quarantine of it. */
export interface ReplayableFile {
  readonly fileNo: number;
  readonly file: StationFile;
  readonly content: Uint8Array;
  readonly open: OpenQuarantine;
}

/** Where people ask for replays, and for what is to be known before. */
export interface ReplayDesk {
  /** Returns the batch; the recorder puts its files on their way. */
  request(request: ReplayRequest): Promise<string>;
  batch(batchId: string): Promise<ReplayBatch | undefined>;
  /** The first files of a selection, in its order, as the request would send them. */
  preview(
    selection: ReplaySelection,
    decision: Pick<Replay, 'actor' | 'station' | 'profile'>,
    limit: number,
  ): Promise<readonly ReplayableFile[]>;
  /** How many files a selection has. */
  count(selection: ReplaySelection): Promise<number>;
}
