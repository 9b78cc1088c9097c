import { afterEach, beforeEach } from '@jest/globals';
import type { Telemetry } from '@envigate/runtime';
import type { EventLog, StreamPartition } from '../port.ts';
import { ChildInstance, type ChildTask } from './child-instance.ts';

/** What an adapter gives so that the contract can be tried on it. */
export interface EventLogHarness {
  /** Streams that no other test sees. Returns their name. */
  createNamespace(): Promise<string>;
  dropNamespace(namespace: string): Promise<void>;
  /** One instance of the log, as one process has it; instances of one namespace share its streams. */
  openEventLog(namespace: string, telemetry?: Telemetry): Promise<EventLog>;
  /**
   * Removes everything of the namespace and makes its streams anew, as where brokers are rebuilt with
   * empty disks. Instances that are at work lose their connections.
   */
  rebuild(namespace: string): Promise<void>;
  /** Removes the records of a partition before an offset, consumed or not, as retention does. */
  removeBefore(namespace: string, place: StreamPartition, offset: number): Promise<void>;
  /**
   * URL of a module that exports this `openEventLog`: the child processes import it. Absent where the streams
   * live in one process; what needs several is left out then.
   */
  readonly childModule?: string;
}

/** The instances of one test, on a namespace of their own, all closed after it. */
export class Bench {
  readonly #harness: EventLogHarness;
  readonly #logs = new Set<EventLog>();
  readonly #children = new Set<ChildInstance>();
  readonly namespace: string;

  constructor(harness: EventLogHarness, namespace: string) {
    this.#harness = harness;
    this.namespace = namespace;
  }

  /** Another instance on the streams of this test. */
  async open(telemetry?: Telemetry): Promise<EventLog> {
    const log = await this.#harness.openEventLog(this.namespace, telemetry);
    this.#logs.add(log);
    return log;
  }

  /** An instance in a process of its own, which can be killed and paused. */
  spawn(task: ChildTask): ChildInstance {
    const { childModule } = this.#harness;
    if (childModule === undefined) throw new Error('this log lives in one process');
    const child = new ChildInstance(childModule, this.namespace, task);
    this.#children.add(child);
    return child;
  }

  rebuild(): Promise<void> {
    return this.#harness.rebuild(this.namespace);
  }

  removeBefore(place: StreamPartition, offset: number): Promise<void> {
    return this.#harness.removeBefore(this.namespace, place, offset);
  }

  async dispose(): Promise<void> {
    await Promise.all([...this.#children].map((child) => child.kill()));
    await Promise.all([...this.#logs].map((log) => log.close()));
    await this.#harness.dropNamespace(this.namespace);
  }
}

/** A fresh bench, with prepared streams and one instance open, for each test of the block. */
export function eachOnABench(harness: EventLogHarness): { bench: Bench; log: EventLog } {
  const current = {} as { bench: Bench; log: EventLog };
  beforeEach(async () => {
    current.bench = new Bench(harness, await harness.createNamespace());
    current.log = await current.bench.open();
    await current.log.prepare();
  });
  afterEach(() => current.bench.dispose());
  return current;
}
