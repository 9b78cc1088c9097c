import type { StationFile } from '@envigate/contracts';
import { isUnknownSymbol } from '../quality/judge-reading.ts';
import { normaliseFile } from '../normalise/normalise-file.ts';
import { wordsOf } from '../reasons/sentences.ts';
import type { RegistryView } from '../registry/registry-view.ts';
import type { OpenQuarantine, ReplayableFile } from './replay-desk.ts';

/** What would become of a recorded file if it were read by the registry as it is now. */
export type Foreseen =
  | {
      readonly kind: 'stored';
      readonly station: string;
      readonly readings: number;
      readonly rejectedLines: readonly RejectedPlace[];
      /** Symbols of the file that the registry still does not know. */
      readonly unknownSymbols: readonly string[];
    }
  | {
      readonly kind: 'quarantined';
      readonly reason: string;
      readonly detail: string;
      readonly rejectedLines: readonly RejectedPlace[];
    };

export interface RejectedPlace {
  readonly line: number;
  readonly reason: string;
}

/** Pure: reads the file as the normaliser would. */
export function foreseeReplay(file: StationFile, registry: RegistryView): Foreseen {
  const { kind, message } = normaliseFile(file, registry);
  const rejectedLines = message.rejectedLines.map(({ line, reason }) => ({ line, reason }));
  switch (kind) {
    case 'normalised': {
      const { station, readings } = message;
      const unknownSymbols = new Set(
        readings.filter(isUnknownSymbol).map(({ parameter }) => parameter),
      );
      return {
        ...{ kind: 'stored', station, readings: readings.length, rejectedLines },
        unknownSymbols: [...unknownSymbols],
      };
    }
    case 'quarantined':
      return { kind, reason: message.reason, detail: message.detail, rejectedLines };
  }
}

/** Whether the replay would bring readings that are not there: the file, or a line of it, is understood now. */
export function isCured(open: OpenQuarantine, foreseen: Foreseen): boolean {
  if (foreseen.kind === 'quarantined') return false;
  if (open.isFile) return true;
  const rejected = new Set(foreseen.rejectedLines.map(({ line }) => line));
  return open.lines.some((line) => !rejected.has(line));
}

/** Whether the replay would refuse a line that was understood, as a profile made for other lines does. */
export function losesLines(open: OpenQuarantine, foreseen: Foreseen): boolean {
  if (open.isFile) return false;
  if (foreseen.kind === 'quarantined') return true;
  const known = new Set(open.lines);
  return foreseen.rejectedLines.some(({ line }) => !known.has(line));
}

/** What a replay of one file would bring, in the form that people are shown. */
export interface ForeseenFile {
  readonly fileId: string;
  readonly name: string;
  readonly account: string;
  readonly outcome: 'stored' | 'quarantined';
  /** Whether it would bring readings that are not there: the file, or a line of it, is understood. */
  readonly cured: boolean;
  readonly station: string | null;
  readonly readings: number;
  /** Lines that would still not be understood. */
  readonly rejectedLines: number;
  /** Null where it would be stored, here and below. */
  readonly reason: string | null;
  readonly detail: string | null;
  /** Beside it, in Vietnamese. */
  readonly detailVi: string | null;
  readonly unknownSymbols: readonly string[];
}

/** Pure: reads the file as the normaliser would with this registry. */
export function summariseReplay(
  { file, open }: ReplayableFile,
  registry: RegistryView,
): ForeseenFile {
  const { fileId, name, account } = file.reception;
  const foreseen = foreseeReplay(file, registry);
  const seen = {
    ...{ fileId, name, account, outcome: foreseen.kind, cured: isCured(open, foreseen) },
    rejectedLines: foreseen.rejectedLines.length,
  };
  switch (foreseen.kind) {
    case 'stored': {
      const { station, readings, unknownSymbols } = foreseen;
      return {
        ...seen,
        station,
        readings,
        unknownSymbols,
        reason: null,
        detail: null,
        detailVi: null,
      };
    }
    case 'quarantined': {
      const { reason } = foreseen;
      const { en, vi } = wordsOf(foreseen.detail);
      const found = { reason, detail: en, detailVi: vi };
      return { ...seen, station: null, readings: 0, unknownSymbols: [], ...found };
    }
  }
}
