/**
 * Order among the requests of one session. Clients pipeline (lftp sends CLOSE and RENAME in one
 * go), and the protocol promises that requests on the same file take effect in the order sent.
 * Files that have nothing to do with each other go on at the same time, so that their commits
 * can share one fsync.
 */
export class RequestOrder {
  /** The last request on each path, of those after the barrier. */
  readonly #lastOn = new Map<string, Promise<void>>();
  readonly #inProgress = new Set<Promise<void>>();
  #barrier: Promise<void> | undefined;

  /** Runs after the earlier requests on the same path, and after those that touch many. */
  onPath<T>(path: string, task: () => Promise<T>): Promise<T> {
    const before = this.#lastOn.get(path) ?? this.#barrier;
    const result = before === undefined ? task() : before.then(task);
    const done = this.#track(result, () => {
      if (this.#lastOn.get(path) === done) this.#lastOn.delete(path);
    });
    this.#lastOn.set(path, done);
    return result;
  }

  /** For what touches more than one path: runs after all earlier requests, before all later ones. */
  alone<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#inProgress.size === 0 ? task() : this.settled().then(task);
    const done = this.#track(result, () => {
      if (this.#barrier === done) this.#barrier = undefined;
    });
    this.#barrier = done;
    this.#lastOn.clear();
    return result;
  }

  /** Resolves when all that has been asked so far is done. */
  async settled(): Promise<void> {
    await Promise.all(this.#inProgress);
  }

  #track(result: Promise<unknown>, forget: () => void): Promise<void> {
    const end = (): void => {
      this.#inProgress.delete(done);
      forget();
    };
    const done: Promise<void> = result.then(end, end);
    this.#inProgress.add(done);
    return done;
  }
}
