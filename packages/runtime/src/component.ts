/**
 * Lifecycle. A component is something with a start and a stop; a process is a list of them,
 * started in order and stopped in reverse.
 */
export interface Started<T> {
  readonly value: T;
  /** Ends the component and everything it opened. Safe to call once. */
  stop(): Promise<void>;
  /** Rejects when the component had to give up by itself; absent where it cannot. */
  readonly failed?: Promise<never>;
}

export interface Component<T = unknown> {
  readonly name: string;
  start(): Promise<Started<T>>;
}

/** What was started so far; `stop` undoes it in reverse, even where one stop fails. */
export class Scope {
  readonly #stops: { name: string; stop: () => Promise<void> }[] = [];
  readonly #failures: Promise<never>[] = [];
  #stopping: Promise<void> | undefined;

  /** Starts a component. Where that fails, everything started before is stopped and the error rethrown. */
  async start<T>(component: Component<T>): Promise<T> {
    try {
      const started = await component.start();
      this.#stops.push({ name: component.name, stop: () => started.stop() });
      if (started.failed !== undefined) this.#failures.push(started.failed);
      return started.value;
    } catch (error) {
      await this.stop().catch(() => undefined);
      throw new Error(`${component.name} did not start: ${messageOf(error)}`, { cause: error });
    }
  }

  /** Registers something already open. */
  defer(name: string, stop: () => Promise<void> | void): void {
    this.#stops.push({ name, stop: async () => stop() });
  }

  /** Rejects with the first failure of any component that was started. */
  get failed(): Promise<never> {
    return this.#failures.length === 0
      ? new Promise<never>(() => undefined)
      : Promise.race(this.#failures);
  }

  /** Stops everything in reverse order; rejects with all that went wrong, after all were tried. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    const errors: unknown[] = [];
    for (const { name, stop } of this.#stops.reverse()) {
      try {
        await stop();
      } catch (error) {
        errors.push(
          new Error(`${name} did not stop cleanly: ${messageOf(error)}`, { cause: error }),
        );
      }
    }
    if (errors.length > 0) throw new AggregateError(errors, errors.map(messageOf).join('; '));
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
