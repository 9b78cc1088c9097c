import type { Reception, StationFile } from '@envigate/contracts';
import type {
  DiscardDecision,
  ForeseenReread,
  ForesightLimits,
  QuarantineRows,
  ReplayBatch,
  ReplayDecision,
  ReplayDesk,
  ReplayRequest,
  ReplaySelection,
  ReplayableFile,
  RereadRequest,
  RereadSelection,
  SymbolDecision,
  SymbolMapping,
} from '@envigate/domain';
import * as rows from './rows.ts';

const twoLines = Buffer.from('pH\t7.2\t\t20260325000000\t00\nXyz\t1\tmg/L\t20260325000000\t00\n');

/** Of a file that waits for its station, as the tables would give it. */
const waiting: Reception = {
  receptionId: '01JQ0000000000000000000009',
  spoolId: 'replay',
  spoolSequence: 1,
  receivedAt: '2026-03-24T17:00:01.500Z',
  protocol: 'ftp',
  peer: '10.1.2.3',
  account: 'caph',
  folder: '/',
  name: 'TB_CAPH_NUOMOI_20260325000000.txt',
  size: twoLines.length,
  contentHash: 'cd'.repeat(32),
  fileId: rows.fileId,
};

const foreseenReread: ForeseenReread = {
  ...{ files: 4, looked: 4, changedFiles: 2, quarantinedFiles: 1 },
  ...{ newReadings: 3, corrections: 1, withdrawn: 2, deliveries: 2, withdrawnDeliveries: 1 },
  examples: [
    {
      ...{ kind: 'correction', station: 'NUOSXL', parameter: 'COD', instant: rows.at('17:00:00') },
      ...{ before: { value: 9, unit: 'mg/L' }, after: { value: 18, unit: 'mg/L' } },
      fileName: rows.reception.name,
    },
  ],
};

/** Requests in memory: remembers what it was asked. */
export class FakeReplays implements ReplayDesk {
  readonly requests: ReplayRequest[] = [];
  readonly rereads: RereadRequest[] = [];
  readonly foreseen: { selection: RereadSelection; limits: ForesightLimits }[] = [];
  readonly mapped: (SymbolMapping & { actor: string })[] = [];
  readonly discarded: (DiscardDecision & { ids: readonly number[] })[] = [];
  content: Buffer = twoLines;
  isInterrupted = false;
  decision: SymbolDecision = { kind: 'mapped' };
  counted: QuarantineRows | undefined;

  async request(request: ReplayRequest) {
    this.requests.push(request);
    return '01JQ0000000000000000000008';
  }

  async batch(batchId: string): Promise<ReplayBatch | undefined> {
    if (batchId !== '01JQ0000000000000000000008') return undefined;
    return {
      ...{ batchId, actor: 'chị Lan', requestedAt: rows.at('18:00:00'), note: null },
      ...{ station: 'NUOSXL', profile: null, asWhole: false, automatic: false, isExpanded: true },
      isComplete: true,
      ...{ requested: 4, underWay: 1, stored: 2, quarantined: 1, undecodable: 0 },
      ...{ newReadings: 20, corrections: 1, withdrawn: 0 },
      files: this.rereads.length === 0 ? null : 4,
    };
  }

  async requestReread(request: RereadRequest) {
    this.rereads.push(request);
    return '01JQ0000000000000000000008';
  }

  async foreseeReread(selection: RereadSelection, limits: ForesightLimits) {
    this.foreseen.push({ selection, limits });
    return foreseenReread;
  }

  async preview(_: ReplaySelection, decision: ReplayDecision): Promise<readonly ReplayableFile[]> {
    const { content } = this;
    const replay = {
      ...{ of: waiting.receptionId, batch: 'preview', requestedAt: '2026-03-24T18:00:00.000Z' },
      ...decision,
    };
    const file: StationFile = {
      ...{ type: 'station-file.v2', content },
      reception: { ...waiting, replay, ...(this.isInterrupted && { interrupted: true }) },
    };
    return [{ fileNo: 1, open: { isFile: true, lines: [] }, file }];
  }

  count = async () => 3;

  async discard(quarantineIds: readonly number[], decision: DiscardDecision) {
    this.discarded.push({ ids: quarantineIds, ...decision });
    return quarantineIds.filter((id) => id === rows.quarantined.quarantineId);
  }

  async quarantined(quarantineId: number) {
    return quarantineId === rows.quarantined.quarantineId ? rows.quarantined : undefined;
  }

  async reasonCounts(filter: QuarantineRows) {
    this.counted = filter;
    return { isComplete: true, items: [{ reason: 'unknown-station', files: 2, rows: 2 }] };
  }

  unknownSymbols = async () => [
    {
      ...{ station: 'NUOSXL', symbol: 'Xyz', readings: 12 },
      ...{ from: rows.at('10:00:00'), to: rows.at('17:00:00') },
      latest: {
        ...{ rawValue: '1,5', rawUnit: 'mg/L' },
        ...{ fileId: rows.fileId, fileName: rows.reception.name },
      },
    },
  ];

  async mapSymbol(mapping: SymbolMapping, actor: string) {
    this.mapped.push({ ...mapping, actor });
    return this.decision;
  }
}
