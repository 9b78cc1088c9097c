import { setTimeout as delay } from 'node:timers/promises';
import {
  type ConnectMinistryTarget,
  type DeliveryStore,
  type RegistrySource,
  type WaitingLane,
  backOffMs,
  type MinistryTarget,
} from '@envigate/domain';
import { isRetryable, type Running } from '@envigate/event-log';
import { Alarm, messageOf } from '@envigate/runtime';
import { type SendBatchParts, sendBatch, type BatchEnd } from './send-batch.ts';

export interface ForwarderParts extends SendBatchParts {
  readonly registry: RegistrySource;
  readonly store: DeliveryStore;
  readonly connect: ConnectMinistryTarget;
  readonly connectionsPerTarget: number;
  /** The longest time between two looks at the database. */
  readonly pollMs: number;
}

export interface RunningForwarder extends Running {
  /** Targets to which something was due since the start, and whether their deliveries pause now. */
  targets(): readonly { readonly target: string; readonly isPaused: boolean }[];
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
 * to the sender of its target. The database is the truth: nothing is remembered here that a look
 * would not find again.
 */
export function startForwarder(parts: ForwarderParts): RunningForwarder {
  const alarm = new Alarm();
  const stopping = new AbortController();
  const senders = new Map<string, TargetSender>();
  let lookedAtAll = -Infinity;
  /** Senders of targets as they were, with a file in hand still. */
  const retired = new Set<Promise<void>>();
  let fail: (error: unknown) => void = () => undefined;
  const failed = new Promise<never>((_, reject) => (fail = reject));
  failed.catch(() => undefined); // whoever cares listens too
  const senderParts = { ...parts, isInForce, wake: () => alarm.ring(), fail };
  const unsubscribe = parts.store.onDue(() => alarm.ring());

  const looking = (async () => {
    while (!stopping.signal.aborted) {
      stopOutdatedSenders();
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
    targets: () => Array.from(senders, ([target, { isPaused }]) => ({ target, isPaused })),
    async stop() {
      stopping.abort();
      unsubscribe();
      alarm.ring();
      await Promise.all([looking, ...[...senders.values()].map((sender) => sender.stop())]);
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
      else senderOf(target).offer(lane);
    }
    return next;
  }

  function lanesToPassOver(): readonly number[] {
    const now = performance.now();
    if (now - lookedAtAll < wholeLookMs)
      return [...senders.values()].flatMap((sender) => sender.queuedLaneIds());
    lookedAtAll = now;
    return [];
  }

  function senderOf(target: Target): TargetSender {
    const present = senders.get(target.code);
    if (present !== undefined && isSame(present.target, target)) return present;
    if (present !== undefined) retire(present);
    const sender = new TargetSender(target, senderParts);
    senders.set(target.code, sender);
    return sender;
  }

  function isInForce(target: Target): boolean {
    const current = parts.registry.current().targets.get(target.code);
    return current !== undefined && current.disabled !== true && isSame(current, target);
  }

  /** Their connections would stay open otherwise. */
  function stopOutdatedSenders(): void {
    for (const sender of senders.values()) if (!isInForce(sender.target)) retire(sender);
  }

  /** It ends after the files in hand; until then its claims keep a new one off its lanes. */
  function retire(sender: TargetSender): void {
    if (senders.get(sender.target.code) === sender) senders.delete(sender.target.code);
    const stopped = sender.stop().finally(() => retired.delete(stopped));
    retired.add(stopped);
  }
}

function isSame(one: Target, other: Target): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

type Target = Parameters<ConnectMinistryTarget>[0];

interface TargetSenderParts extends SendBatchParts {
  readonly connect: ConnectMinistryTarget;
  readonly connectionsPerTarget: number;
  /** Whether the registry has this target still, enabled and with these settings. */
  readonly isInForce: (target: Target) => boolean;
  /** Called when lanes that were turned away may be offered again. */
  readonly wake: () => void;
  /** Called with what is neither the ministry's fault nor passing. */
  readonly fail: (error: unknown) => void;
}

/** An unused connection is closed after so long. */
const idleMs = 60_000;

/**
 * One target and its connections: takes lanes in turn, one batch each, as many at once as there
 * are connections, those with new data before those that catch up. Targets know nothing of each
 * other, so a slow or dead one stops no other.
 *
 * Working: lanes in hand, at most `connectionsPerTarget`; others queue. Pausing, after the target
 * could not be reached or the database did not answer: the queue is empty, offers are turned away,
 * lanes in hand end by themselves. Stopped, or no longer in force: the same, for good, and lanes in
 * hand end after the file in hand, since to disable a target is the emergency brake.
 */
class TargetSender {
  readonly target: Target;
  readonly #parts: TargetSenderParts;
  /** Lanes whose next file is new; few files each, so that lanes that catch up are not kept waiting long. */
  readonly #live = new Map<number, WaitingLane>();
  readonly #queue = new Map<number, WaitingLane>();
  readonly #inHand = new Map<number, Promise<void>>();
  readonly #idle: MinistryTarget[] = [];
  readonly #stopping = new AbortController();
  #pause: NodeJS.Timeout | undefined;
  #idleTimer: NodeJS.Timeout | undefined;
  /** Times in a row that the target could not be reached. */
  #unreachable = 0;

  constructor(target: Target, parts: TargetSenderParts) {
    this.target = target;
    this.#parts = parts;
  }

  /** A lane that is in hand is taken up again afterwards: more may have fallen due meanwhile. */
  offer(lane: WaitingLane): void {
    if (this.#pause !== undefined || this.#isOver()) return;
    const [own, other] = lane.isLive ? [this.#live, this.#queue] : [this.#queue, this.#live];
    own.set(lane.laneId, lane);
    other.delete(lane.laneId);
    this.#takeNext();
  }

  get isPaused(): boolean {
    return this.#pause !== undefined;
  }

  /** Of lanes whose turn will come without another offer. */
  queuedLaneIds(): readonly number[] {
    return [...this.#live.keys(), ...this.#queue.keys()];
  }

  /** Ends after the files in hand. Never rejects. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#clearQueues();
    clearTimeout(this.#pause);
    await Promise.all(this.#inHand.values());
    await this.#closeIdle();
  }

  #isOver(): boolean {
    return this.#stopping.signal.aborted || !this.#parts.isInForce(this.target);
  }

  #takeNext(): void {
    if (this.#isOver()) this.#clearQueues();
    this.#takeFrom(this.#live);
    this.#takeFrom(this.#queue);
  }

  #clearQueues(): void {
    this.#live.clear();
    this.#queue.clear();
  }

  #takeFrom(queue: Map<number, WaitingLane>): void {
    for (const [laneId, lane] of queue) {
      if (this.#inHand.size >= this.#parts.connectionsPerTarget) return;
      if (this.#inHand.has(laneId)) continue;
      queue.delete(laneId);
      clearTimeout(this.#idleTimer);
      const work = this.#work(lane)
        .catch((error: unknown) => this.#surprise(error))
        .finally(() => {
          this.#inHand.delete(laneId);
          this.#takeNext();
          if (this.#inHand.size === 0) this.#closeIdleLater();
        });
      this.#inHand.set(laneId, work);
    }
  }

  async #work(lane: WaitingLane): Promise<void> {
    const claim = await this.#parts.store.claim(lane);
    if (claim === undefined) return;
    try {
      const mayGoOn = (): boolean => !this.#isOver() && !claim.lost.aborted;
      const connection = this.#idle.pop() ?? lazily(() => this.#parts.connect(this.target));
      try {
        this.#judge(lane, await sendBatch(lane, connection, mayGoOn, this.#parts));
      } finally {
        this.#idle.push(connection);
      }
    } finally {
      await claim.release();
    }
  }

  #judge(lane: WaitingLane, end: BatchEnd): void {
    switch (end.kind) {
      case 'outdated':
        this.#parts.wake();
        return;
      case 'idle':
        this.#unreachable = 0;
        return;
      case 'gathering':
        this.#unreachable = 0;
        // The look that offered the lane saw only its first delivery. The next look takes note of how long it waits.
        this.#parts.wake();
        return;
      case 'more':
        this.#unreachable = 0;
        // At the end: every lane gets its turn. What it failed before is forgotten by a success.
        this.#queue.set(lane.laneId, { ...lane, failures: 0 });
        return;
      case 'failed':
        if (end.hasProgressed) this.#unreachable = 0;
        if (!end.isUnreachable) this.#parts.wake();
        // Other connections have met the same and begun the pause.
        else if (this.#pause === undefined)
          this.#pauseFor(backOffMs(this.#unreachable++, this.#parts.backOff));
        return;
    }
  }

  #pauseFor(ms: number): void {
    this.#clearQueues();
    if (this.#pause !== undefined || this.#stopping.signal.aborted) return;
    this.#pause = setTimeout(() => {
      this.#pause = undefined;
      this.#parts.wake();
    }, ms);
  }

  #surprise(error: unknown): void {
    if (!isRetryable(error)) {
      this.#parts.fail(error);
      return;
    }
    this.#parts.emit('store-unavailable', { error: messageOf(error) });
    this.#pauseFor(storePauseMs);
  }

  #closeIdleLater(): void {
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => void this.#closeIdle(), idleMs);
    this.#idleTimer.unref();
  }

  async #closeIdle(): Promise<void> {
    clearTimeout(this.#idleTimer);
    await Promise.all(this.#idle.splice(0).map((connection) => connection.close()));
  }
}

/** Connects at the first delivery, so that a target that cannot be used fails like any delivery. */
function lazily(connect: () => MinistryTarget): MinistryTarget {
  let connection: MinistryTarget | undefined;
  return {
    async deliver(file) {
      connection ??= connect();
      return connection.deliver(file);
    },
    async close() {
      await connection?.close();
    },
  };
}
