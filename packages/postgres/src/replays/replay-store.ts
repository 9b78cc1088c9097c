import { RegistryView, type ReplayableFile } from '@envigate/domain';
import type { Database } from '../connection/database.ts';
import { exportRegistry, registryRevision } from '../registry/registry-store.ts';
import { expandBatch } from './batches.ts';
import {
  beginScan,
  lockScan,
  moveScan,
  nextQuarantined,
  requestCured,
  settledPass,
  type QuarantinedFile,
  type Scan,
  type ScanPosition,
} from './scan.ts';
import type { SelectedFile } from './selection.ts';
import {
  listSymbolPairs,
  nextFilesOfPair,
  type FileOfPair,
  type SymbolPair,
} from './unknown-symbols.ts';

/** One step of the look for what the registry cured; all of it happens, with its move, or nothing does. */
export interface ScanStep {
  readonly scan: Scan;
  quarantined(reason: string, after: number): Promise<readonly QuarantinedFile[]>;
  symbolPairs(): Promise<readonly SymbolPair[]>;
  filesOfPair(pair: SymbolPair, after: string | null): Promise<readonly FileOfPair[]>;
  /**
   * Has those of the files replayed on which `isCured` says yes. It may look at the first of them
   * only: so many bytes at once.
   */
  requestCured(
    files: readonly SelectedFile[],
    isCured: (file: ReplayableFile) => boolean,
  ): Promise<{ readonly looked: number; readonly requested: number }>;
  move(position: ScanPosition | null): Promise<void>;
}

/** What the recorder needs to put recorded files on their way again. Safe to use by several at once. */
export interface ReplayStore {
  /** A step of the oldest open request; undefined where there is none, else the replays asked for. */
  expandRequest(): Promise<number | undefined>;
  registryRevision(): Promise<number>;
  /** At least as new as the revision says. */
  readRegistry(): Promise<{ readonly revision: number; readonly view: RegistryView }>;
  beginScan(scan: Scan): Promise<void>;
  settledPass(): ReturnType<typeof settledPass>;
  /** Undefined where another instance is at it. */
  scanStep<T>(work: (step: ScanStep) => Promise<T>): Promise<T | undefined>;
}

/** Rows of quarantine looked at in a step by account and name; of readings, by their symbol. */
const rowsOfStep = 1_000;

export function replayStore(database: Database): ReplayStore {
  return {
    expandRequest: () => database.transaction((tx) => expandBatch(tx)),
    registryRevision: () => registryRevision(database),
    async readRegistry() {
      const revision = await registryRevision(database);
      return { revision, view: new RegistryView(await exportRegistry(database), revision) };
    },
    beginScan: (scan) => beginScan(database, scan),
    settledPass: () => settledPass(database),
    scanStep: (work) =>
      database.transaction(async (tx) => {
        const scan = await lockScan(tx);
        if (scan === undefined) return undefined;
        return work({
          scan,
          quarantined: (reason, after) => nextQuarantined(tx, { reason, after, limit: rowsOfStep }),
          symbolPairs: () => listSymbolPairs(tx),
          filesOfPair: (pair, after) => nextFilesOfPair(tx, pair, { after, limit: rowsOfStep }),
          requestCured: (files, isCured) => requestCured(tx, scan, files, isCured),
          move: (position) => moveScan(tx, { ...scan, position }),
        });
      }),
  };
}
