import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';

export interface ManagedProcessOptions {
  readonly name: string;
  /** Arguments of node: the script first. */
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Where stdout and stderr go, appended. */
  readonly logFile: string;
  readonly cwd?: string;
}

/**
 * A node program that can be started, stopped, killed and started again. It gets a process group
 * of its own, so that Ctrl-C at the terminal reaches it only through us, in our order.
 */
export class ManagedProcess {
  readonly name: string;
  readonly #options: ManagedProcessOptions;
  #child: ChildProcess | undefined;
  #exited: Promise<void> = Promise.resolve();
  #expected = false;
  /** Called when the process ends without being asked to. */
  onUnexpectedExit: (code: number | null, signal: NodeJS.Signals | null) => void = () => undefined;

  constructor(options: ManagedProcessOptions) {
    this.name = options.name;
    this.#options = options;
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  start(): void {
    if (this.#child !== undefined) return;
    const { args, env, logFile, cwd } = this.#options;
    mkdirSync(dirname(logFile), { recursive: true });
    const log: WriteStream = createWriteStream(logFile, { flags: 'a' });
    const child = spawn(process.execPath, [...args], {
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_OPTIONS: '', ...env },
      ...(cwd !== undefined && { cwd }),
    });
    child.stdout.pipe(log, { end: false });
    child.stderr.pipe(log, { end: false });
    this.#child = child;
    this.#expected = false;
    this.#exited = new Promise((resolve) => {
      child.once('exit', (code, signal) => {
        this.#child = undefined;
        if (!this.#expected) this.onUnexpectedExit(code, signal);
      });
      // 'close' comes after the last byte of output, so the log is whole.
      child.once('close', () => log.end(resolve));
    });
  }

  /** Asks it to end; after `deadlineMs` it is killed. Resolves when it is gone. */
  async stop(deadlineMs = 25_000): Promise<void> {
    this.#expected = true;
    this.#child?.kill('SIGTERM');
    const forced = setTimeout(() => this.#child?.kill('SIGKILL'), deadlineMs);
    await this.#exited;
    clearTimeout(forced);
  }

  /** Ends it at once, without a chance to tidy up. */
  async kill(): Promise<void> {
    this.#expected = true;
    this.#child?.kill('SIGKILL');
    await this.#exited;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }
}
