import { afterEach, beforeEach } from '@jest/globals';
import type { EventLog } from '../port.ts';
import { ChildInstance, type ChildTask } from './child-instance.ts';

/** What an adapter gives so that the contract can be tried on it. */
export interface EventLogHarness {
  /** Streams that no other test sees. Returns their name. */
  createNamespace(): Promise<string>;
  dropNamespace(namespace: string): Promise<void>;
  /** One instance of the log, as one process has it; instances of one namespace share its streams. */
  openEventLog(namespace: string): Promise<EventLog>;
  /** URL of a module that exports this `openEventLog`: the child processes import it. */
  readonly childModule: string;
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
  async open(): Promise<EventLog> {
    const log = await this.#harness.openEventLog(this.namespace);
    this.#logs.add(log);
    return log;
  }

  /** An instance in a process of its own, which can be killed and paused. */
  spawn(task: ChildTask): ChildInstance {
    const child = new ChildInstance(this.#harness.childModule, this.namespace, task);
    this.#children.add(child);
    return child;
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
