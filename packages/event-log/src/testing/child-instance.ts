import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { FencedError, isRetryable, type DrainSink } from '../port.ts';

/** What a child process does with its instance of the log. */
export interface ChildTask {
  /** Copies files to readings. */
  readonly pipe?: ChildWork;
  /** Drains files into the sink of the parent. */
  readonly drain?: ChildWork;
  /** Feeds the numbered records from the feed's position up to `total`, a few at a time. */
  readonly feed?: { readonly name: string; readonly total: number; readonly atOnce: number };
}

export interface ChildWork {
  readonly group: string;
  readonly from: 'station.files' | 'station.readings';
  readonly maxBatchRecords: number;
  /** Pauses itself (SIGSTOP) in its n-th batch, between reading it and committing it. */
  readonly pauseInBatch?: number;
}

export type FromChild =
  | { readonly type: 'ready' | 'pausing' | 'done' }
  | { readonly type: 'failed'; readonly message: string }
  | SinkCall;

export type ToChild = { readonly type: 'stop' } | SinkAnswer;

interface SinkCall {
  readonly type: 'sink-call';
  readonly call: number;
  readonly method: keyof DrainSink;
  readonly args: readonly never[];
}

interface SinkAnswer {
  readonly type: 'sink-answer';
  readonly call: number;
  readonly value?: unknown;
  readonly error?: {
    readonly message: string;
    readonly fenced: boolean;
    readonly retryable: boolean;
  };
}

const loader = new URL('../../typescript-loader/register.mjs', import.meta.url).href;
const program = fileURLToPath(new URL('./child-program.ts', import.meta.url));

/** An instance of the log in a process of its own. */
export class ChildInstance {
  readonly #process: ChildProcess;
  readonly #exited: Promise<number | null>;
  readonly #messages: FromChild['type'][] = [];
  #waiters: (() => void)[] = [];
  #errors = '';
  /** Where the child's drain goes. */
  sink: DrainSink | undefined;

  constructor(module: string, namespace: string, task: ChildTask) {
    this.#process = spawn(
      process.execPath,
      ['--import', loader, '--conditions', '@envigate/source', program],
      {
        env: {
          ...process.env,
          NODE_OPTIONS: '',
          CHILD_TASK: JSON.stringify({ module, namespace, task }),
        },
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        serialization: 'advanced',
      },
    );
    this.#process.stderr?.on('data', (chunk: Buffer) => (this.#errors += chunk.toString()));
    this.#process.on('message', (message) => this.#receive(message as FromChild));
    this.#process.on('error', () => undefined); // a kill that found nobody
    this.#exited = new Promise((resolve) => {
      this.#process.once('close', (code) => {
        resolve(code);
        this.#wake();
      });
    });
  }

  /** Resolves at the first such message; rejects where the child ended without it. */
  async heard(type: FromChild['type']): Promise<void> {
    for (;;) {
      if (this.#messages.includes(type)) return;
      if (this.#process.exitCode !== null || this.#process.signalCode !== null) {
        throw new Error(`the child ended without '${type}': ${this.#errors}`);
      }
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
  }

  resume(): void {
    this.#process.kill('SIGCONT');
  }

  /** Ends it in the middle of whatever it does. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#exited;
  }

  /** Lets it finish its batch and go; rejects where it did not end well. */
  async stop(): Promise<void> {
    this.#send({ type: 'stop' });
    const code = await this.#exited;
    if (code !== 0) throw new Error(`the child ended with ${String(code)}: ${this.#errors}`);
  }

  #receive(message: FromChild): void {
    if (message.type === 'sink-call') return void this.#answer(message);
    if (message.type === 'failed') this.#errors += message.message;
    this.#messages.push(message.type);
    this.#wake();
  }

  async #answer({ call, method, args }: SinkCall): Promise<void> {
    const { sink } = this;
    if (sink === undefined) throw new Error('the child has no sink');
    try {
      const value: unknown = await (sink[method] as (...args: never[]) => Promise<unknown>).apply(
        sink,
        [...args],
      );
      this.#send({ type: 'sink-answer', call, value });
    } catch (error) {
      this.#send({
        type: 'sink-answer',
        call,
        error: {
          message: String(error),
          fenced: error instanceof FencedError,
          retryable: isRetryable(error),
        },
      });
    }
  }

  #send(message: ToChild): void {
    // The child may be gone by now: that is what these tests are about.
    if (this.#process.connected) this.#process.send(message, () => undefined);
  }

  #wake(): void {
    for (const wake of this.#waiters.splice(0)) wake();
  }
}
