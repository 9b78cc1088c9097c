import { setTimeout as delay } from 'node:timers/promises';
import type {
  ConnectMinistryTarget,
  DeliveryStore,
  RegistrySource,
  WaitingLane,
} from '@envigate/domain';
import { isRetryable, type Running } from '@envigate/event-log';
import { messageOf } from '@envigate/runtime';
import { Alarm } from './alarm.ts';
import type { SendBatchParts } from './send-batch.ts';
import { TargetLine, type Target } from './target-line.ts';

export interface ForwarderParts extends SendBatchParts {
  readonly registry: RegistrySource;
  readonly store: DeliveryStore;
  readonly connect: ConnectMinistryTarget;
  readonly connectionsPerTarget: number;
  /** The longest time between two looks at the database. */
  readonly pollMs: number;
}

/** Commits come in bursts: what falls due within this time is looked for once. */
const gatherMs = 50;
/** A look costs the database an index probe for each lane: it takes at most a fifth of the time. */
const pausePerLook = 4;
const maxPauseMs = 1_000;
/** How often lanes that are queued are looked at again: what was old when they were queued may be new now. */
const wholeLookMs = 1_000;
const storePauseMs = 1_000;

/**
 * Looks for lanes with due deliveries whenever it is woken or the time has come, and offers each
 * to the line of its target. The database is the truth: nothing is remembered here that a look
 * would not find again.
 */
export function startForwarder(parts: ForwarderParts): Running {
  const alarm = new Alarm();
  const stopping = new AbortController();
  const lines = new Map<string, TargetLine>();
  let lookedAtAll = -Infinity;
  /** Lines of targets as they were, with a file in hand still. */
  const retired = new Set<Promise<void>>();
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  failed.catch(() => undefined); // whoever cares listens too
  const lineParts = { ...parts, isInForce, wake: () => alarm.ring(), fail };
  const unsubscribe = parts.store.onDue(() => alarm.ring());

  const looking = (async () => {
    while (!stopping.signal.aborted) {
      stopOutdatedLines();
      const began = performance.now();
      const next = await lookForWork();
      const pauseMs = Math.min(pausePerLook * (performance.now() - began), maxPauseMs);
      await alarm.wait(next);
      await delay(Math.max(gatherMs, pauseMs), undefined, { signal: stopping.signal }).catch(
        () => undefined,
      );
    }
  })().catch(fail);

  return {
    failed,
    async stop() {
      stopping.abort();
      unsubscribe();
      alarm.ring();
      await Promise.all([looking, ...[...lines.values()].map((line) => line.stop())]);
      await Promise.all(retired);
    },
  };

  /** Returns after how long to look again. */
  async function lookForWork(): Promise<number> {
    let lanes: readonly WaitingLane[];
    try {
      lanes = await parts.store.lanesWithWork(lanesToPassOver());
    } catch (error) {
      if (!isRetryable(error)) throw error;
      parts.emit('store-unavailable', { error: messageOf(error) });
      return Math.min(storePauseMs, parts.pollMs);
    }
    if (stopping.signal.aborted) return 0;
    const targets = parts.registry.current().targets;
    let next = parts.pollMs;
    for (const lane of lanes) {
      // Of a target that is gone or switched off the deliveries stay due, and visible as such.
      const target = targets.get(lane.target);
      if (target === undefined || target.disabled === true) continue;
      if (lane.waitMs > 0) next = Math.min(next, lane.waitMs);
      else lineOf(target).offer(lane);
    }
    return next;
  }

  function lanesToPassOver(): readonly number[] {
    const now = performance.now();
    if (now - lookedAtAll < wholeLookMs)
      return [...lines.values()].flatMap((line) => line.queuedLaneIds());
    lookedAtAll = now;
    return [];
  }

  function lineOf(target: Target): TargetLine {
    const present = lines.get(target.code);
    if (present !== undefined && isSame(present.target, target)) return present;
    if (present !== undefined) retire(present);
    const line = new TargetLine(target, lineParts);
    lines.set(target.code, line);
    return line;
  }

  function isInForce(target: Target): boolean {
    const current = parts.registry.current().targets.get(target.code);
    return current !== undefined && current.disabled !== true && isSame(current, target);
  }

  /** Their connections would stay open otherwise. */
  function stopOutdatedLines(): void {
    for (const line of lines.values()) if (!isInForce(line.target)) retire(line);
  }

  /** It ends after the files in hand; until then its claims keep a new one off its lanes. */
  function retire(line: TargetLine): void {
    if (lines.get(line.target.code) === line) lines.delete(line.target.code);
    const stopped = line.stop().finally(() => retired.delete(stopped));
    retired.add(stopped);
  }
}

function isSame(one: Target, other: Target): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}
