import type { RegistryView } from '@envigate/domain';
import type { ReplayStore } from '@envigate/postgres';
import type { Emit } from '@envigate/runtime';
import type { events } from '../telemetry.ts';
import { firstPass, nextPass, stepScan } from './scan-registry.ts';

export interface ReplayParts {
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
