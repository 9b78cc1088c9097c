import type { ReplayableFile } from './replay-desk.ts';
import type { RegistryView } from '../registry/registry-view.ts';
import { foreseeReplay, isCured } from './foresee-replay.ts';

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
  readonly unknownSymbols: readonly string[];
}

/** Pure: reads the file as the normaliser would with this registry. */
export function summariseReplay(
  { file, content, open }: ReplayableFile,
  registry: RegistryView,
): ForeseenFile {
  const { fileId, name, account } = file.reception;
  const foreseen = foreseeReplay(file, content, registry);
  const seen = {
    ...{ fileId, name, account, outcome: foreseen.kind, cured: isCured(open, foreseen) },
    rejectedLines: foreseen.rejectedLines.length,
  };
  switch (foreseen.kind) {
    case 'stored': {
      const { station, readings, unknownSymbols } = foreseen;
      return { ...seen, station, readings, unknownSymbols, reason: null, detail: null };
    }
    case 'quarantined': {
      const { reason, detail } = foreseen;
      return { ...seen, station: null, readings: 0, unknownSymbols: [], reason, detail };
    }
  }
}
