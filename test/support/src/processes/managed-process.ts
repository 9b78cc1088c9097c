import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';
import { lastWords } from './last-words.ts';

/** Of the output, kept for the reason why the process ended. */
const keptCharacters = 16_384;

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
  #unexpectedEnd: string | undefined;
  readonly #listeners = new Set<(reason: string) => void>();

  constructor(options: ManagedProcessOptions) {
    this.name = options.name;
    this.#options = options;
  }

  get running(): boolean {
    return this.#child !== undefined;
  }

  /** The reason in one sentence, where it has ended without being asked to. */
  get unexpectedEnd(): string | undefined {
    return this.#unexpectedEnd;
  }

  /** Calls `listener` whenever that happens; returns what ends it. */
  onUnexpectedEnd(listener: (reason: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
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
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.pipe(log, { end: false });
      stream.setEncoding('utf8');
      stream.on('data', (text: string) => (output = (output + text).slice(-keptCharacters)));
    }
    this.#child = child;
    this.#expected = false;
    this.#unexpectedEnd = undefined;
    this.#exited = new Promise((resolve) => {
      child.once('exit', () => (this.#child = undefined));
      // 'close' comes after the last byte of output, so the log is whole.
      child.once('close', (code, signal) => {
        if (!this.#expected) this.#endUnexpectedly(code, signal, output);
        log.end(resolve);
      });
    });
  }

  #endUnexpectedly(code: number | null, signal: NodeJS.Signals | null, output: string): void {
    const end = signal === null ? `ended with status ${code}` : `was ended by ${signal}`;
    const words = lastWords(output) || 'it printed nothing';
    this.#unexpectedEnd = `${this.name} ${end}: ${words}`;
    for (const listener of this.#listeners) listener(this.#unexpectedEnd);
  }

  /** Asks it to end; after `deadlineMs` it is killed. Resolves when it is gone, with its exit status where it has one. */
  async stop(deadlineMs = 25_000): Promise<number | undefined> {
    this.#expected = true;
    const child = this.#child;
    child?.kill('SIGTERM');
    const forced = setTimeout(() => child?.kill('SIGKILL'), deadlineMs);
    await this.#exited;
    clearTimeout(forced);
    return child?.exitCode ?? undefined;
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
