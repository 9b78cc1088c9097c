import {
  relayOutbox,
  streams,
  type EventLog,
  type OutboxReader,
  type Running,
} from '@envigate/event-log';
import { messageOf, Scope, ticker, type Logger, type Emit } from '@envigate/runtime';
import {
  type RegistryView,
  curableReasons,
  findParameter,
  foreseeReplay,
  isCured,
  losesLines,
  mayBeCured,
  type ReplayableFile,
} from '@envigate/domain';
import type { ReplayStore, Scan, ScanPosition, ScanStep } from '@envigate/postgres';
import type { events } from './telemetry.ts';

interface ReplayServiceParts extends ReplayParts {
  readonly eventLog: Pick<EventLog, 'openFeed'>;
  readonly outbox: OutboxReader;
  readonly logger: Logger;
}

const replayFeed = `outbox:${streams.files}`;

const everySeconds = 1;
/** A file is up to a MiB, and so many are in memory at once. */
const maxBatchRecords = 50;

/** Recorded files on their way again: requests become messages, and a relay publishes them. */
export async function startReplays(parts: ReplayServiceParts): Promise<Running> {
  const { eventLog, outbox, logger, emit } = parts;
  const scope = new Scope();
  let stopping = false;
  const relay = relayOutbox({
    ...{ log: eventLog, feed: replayFeed, outbox, maxBatchRecords },
    onError: (error) => emit('replays-delayed', { error: messageOf(error) }),
  });
  scope.defer('relay', () => relay.stop());
  const work = replayWork(parts, () => stopping);
  await scope.start(ticker({ name: 'replays', everySeconds, logger, work }));
  return {
    failed: Promise.race([relay.failed, scope.failed]),
    async stop() {
      stopping = true;
      await scope.stop();
    },
  };
}

interface ReplayParts {
  readonly store: ReplayStore;
  readonly emit: Emit<typeof events>;
  /** Of the normaliser's own look for a new registry: so long a pass may have been too early. */
  readonly passSeconds: number;
}

/** More passes would not help: what is foreseen and does not happen is a fault to be looked into. */
const mostPasses = 5;

/**
 * The work of a tick: requests of people first, then what the registry cured. A step is a short
 * transaction, and between two steps it looks whether to stop.
 */
export function replayWork(parts: ReplayParts, isStopping: () => boolean): () => Promise<void> {
  const look = registryLook(parts);
  return async () => {
    while (!isStopping() && ((await expandStep(parts)) || (await look()))) continue;
  };
}

async function expandStep({ store, emit }: ReplayParts): Promise<boolean> {
  const requested = await store.expandRequest();
  if (requested === undefined) return false;
  if (requested > 0) emit('replays-requested', { cause: 'person', replays: requested });
  return true;
}

/** Returns a function that does one step; true where there is more to do. */
function registryLook({ store, emit, passSeconds }: ReplayParts): () => Promise<boolean> {
  let registry: { revision: number; view: RegistryView } | undefined;
  let isDone = false;
  return async () => {
    const revision = await store.registryRevision();
    if (revision !== registry?.revision) {
      registry = await store.readRegistry();
      await store.beginScan(firstPass(registry.revision));
      isDone = false;
    }
    if (isDone && !(await beginNextPass())) return false;
    const result = await stepScan(store, registry);
    if (result === undefined) return false;
    isDone = result.done;
    if (result.requested > 0)
      emit('replays-requested', { cause: 'registry', replays: result.requested });
    return !isDone;
  };

  async function beginNextPass(): Promise<boolean> {
    const settled = await store.settledPass();
    if (settled === undefined || settled.pass >= mostPasses) return false;
    if (settled.finishedSeconds < passSeconds * settled.pass) return false;
    await store.beginScan(nextPass(settled));
    return true;
  }
}

/** What one step did; `done` ends the pass. */
interface StepResult {
  readonly requested: number;
  readonly done: boolean;
}

/**
 * One step of the look through everything that a change of the registry may have cured: open
 * quarantine, reason by reason, then readings under unknown symbols. Only what would fare better,
 * and no line of it worse, is asked for again. Undefined where another instance is at it, or the scan is of another revision.
 */
function stepScan(
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

function firstPosition(): ScanPosition {
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

function foresee({ file }: ReplayableFile, registry: RegistryView) {
  return foreseeReplay(file, registry);
}

/** Where a revision that was not looked with yet begins, and where it is looked with once more. */
function firstPass(revision: number): Scan {
  return { revision, pass: 1, position: firstPosition() };
}

function nextPass({ revision, pass }: Pick<Scan, 'revision' | 'pass'>): Scan {
  return { revision, pass: pass + 1, position: firstPosition() };
}
