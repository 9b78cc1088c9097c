import {
  curableReasons,
  findParameter,
  foreseeReplay,
  isCured,
  losesLines,
  mayBeCured,
  type RegistryView,
  type ReplayableFile,
} from '@envigate/domain';
import type { ReplayStore, Scan, ScanPosition, ScanStep } from '@envigate/postgres';

/** What one step did; `done` ends the pass. */
export interface StepResult {
  readonly requested: number;
  readonly done: boolean;
}

/**
 * One step of the look through everything that a change of the registry may have cured: open
 * quarantine, reason by reason, then readings under unknown symbols. Only what would fare better,
 * and no line of it worse, is asked for again. Undefined where another instance is at it, or the scan is of another revision.
 */
export function stepScan(
  store: Pick<ReplayStore, 'scanStep'>,
  registry: { readonly revision: number; readonly view: RegistryView },
): Promise<StepResult | undefined> {
  return store.scanStep(async (step) => {
    const { position, revision } = step.scan;
    if (revision !== registry.revision) return undefined;
    if (position === null) return { requested: 0, done: true };
    switch (position.stage) {
      case 'quarantine':
        return stepQuarantine(step, position, registry.view);
      case 'symbols':
        return stepSymbols(step, position, registry.view);
    }
  });
}

type InQuarantine = Extract<ScanPosition, { stage: 'quarantine' }>;
type InSymbols = Extract<ScanPosition, { stage: 'symbols' }>;

export function firstPosition(): ScanPosition {
  const [reason] = curableReasons;
  return reason === undefined ? symbolsStage : { stage: 'quarantine', reason, after: 0 };
}

const symbolsStage: InSymbols = { stage: 'symbols', pair: null, after: null };

async function stepQuarantine(
  step: ScanStep,
  { reason, after }: InQuarantine,
  registry: RegistryView,
): Promise<StepResult> {
  const rows = await step.quarantined(reason, after);
  const last = rows.at(-1);
  if (last === undefined) {
    await step.move(afterReason(reason));
    return { requested: 0, done: false };
  }
  const worthwhile = rows.filter((row) => mayBeCured(row, registry));
  const { looked, requested } = await step.requestCured(worthwhile, (file) => {
    const foreseen = foresee(file, registry);
    return isCured(file.open, foreseen) && !losesLines(file.open, foreseen);
  });
  const position = looked < worthwhile.length ? worthwhile[looked - 1]?.position : last.position;
  await step.move({ stage: 'quarantine', reason, after: position ?? last.position });
  return { requested, done: false };
}

function afterReason(reason: string): ScanPosition {
  const next = curableReasons[curableReasons.indexOf(reason) + 1];
  return next === undefined ? symbolsStage : { stage: 'quarantine', reason: next, after: 0 };
}

async function stepSymbols(
  step: ScanStep,
  { pair, after }: InSymbols,
  registry: RegistryView,
): Promise<StepResult> {
  const pairs = await step.symbolPairs();
  const known = pairs.find(
    (candidate) =>
      isAtOrAfter(candidate, pair, after) && isKnown(candidate.station, candidate.symbol, registry),
  );
  if (known === undefined) {
    await step.move(null);
    return { requested: 0, done: true };
  }
  const isSame = pair?.stationId === known.stationId && pair.parameterId === known.parameterId;
  const rows = await step.filesOfPair(known, isSame ? after : null);
  const { looked, requested } = await step.requestCured(rows, (file) => {
    const foreseen = foresee(file, registry);
    if (foreseen.kind === 'quarantined' || losesLines(file.open, foreseen)) return false;
    return !foreseen.unknownSymbols.includes(known.symbol);
  });
  const { stationId, parameterId } = known;
  const reached = rows[looked - 1]?.instant ?? null;
  await step.move({ stage: 'symbols', pair: { stationId, parameterId }, after: reached });
  return { requested, done: false };
}

/** A pair that was gone through to its end has no instant to go on from. */
function isAtOrAfter(
  { stationId, parameterId }: NonNullable<InSymbols['pair']>,
  pair: InSymbols['pair'],
  after: string | null,
): boolean {
  if (pair === null || stationId > pair.stationId) return true;
  if (stationId < pair.stationId || parameterId < pair.parameterId) return false;
  return parameterId > pair.parameterId || after !== null;
}

function isKnown(stationCode: string, symbol: string, registry: RegistryView): boolean {
  const station = registry.stations.get(stationCode);
  return station !== undefined && findParameter(registry, station, symbol) !== undefined;
}

function foresee({ file, content }: ReplayableFile, registry: RegistryView) {
  return foreseeReplay(file, content, registry);
}

/** Where a revision that was not looked with yet begins, and where it is looked with once more. */
export function firstPass(revision: number): Scan {
  return { revision, pass: 1, position: firstPosition() };
}

export function nextPass({ revision, pass }: Pick<Scan, 'revision' | 'pass'>): Scan {
  return { revision, pass: pass + 1, position: firstPosition() };
}
