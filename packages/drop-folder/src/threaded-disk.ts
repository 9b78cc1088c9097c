import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type {
  DropAfterTaking,
  DropFile,
  DropFinish,
  DropFolderDisk,
  DropHint,
  DropLook,
  DropRead,
  OpenDropFolder,
} from '@envigate/domain';
import { Ledger } from './ledger.ts';

/** `ledgerDir`: where is remembered what was taken, a file for each drop folder's code. */
export function createOpenDropFolder({ ledgerDir }: { ledgerDir: string }): OpenDropFolder {
  return async ({ code, path }, onHint) => {
    const ledger = await Ledger.open(join(ledgerDir, `${code}.taken`));
    const disk = new ThreadedDisk(path, onHint);
    return {
      disk,
      ledger,
      async close() {
        await disk.close();
        await ledger.close();
      },
    };
  };
}

// Node 20 runs no TypeScript: where the sources themselves are run (by jest), the thread is the built one.
const isSource = import.meta.url.endsWith('.ts');
const program = new URL(isSource ? '../dist/thread.js' : './thread.js', import.meta.url);

const closeMs = 2000;
/** Names of a million files in one folder have room. */
const resourceLimits = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 8 };

interface Pending {
  readonly resolve: (answer: never) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The drop folder in a thread of its own: whatever its disk does, nobody else waits. A thread that
 * ended (out of memory) fails what it was asked, and the next call begins a new one.
 */
export class ThreadedDisk implements DropFolderDisk {
  readonly #root: string;
  readonly #onHint: (hint: DropHint) => void;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #lastId = 0;
  #isClosed = false;

  constructor(root: string, onHint: (hint: DropHint) => void) {
    this.#root = root;
    this.#onHint = onHint;
  }

  async *scan(): AsyncGenerator<DropLook, void> {
    let look = await this.#call('scan', { isNew: true });
    while (look !== undefined) {
      yield look;
      look = await this.#call('scan', { isNew: false });
    }
  }

  look(paths: readonly string[]): Promise<DropLook> {
    return this.#call('look', paths);
  }

  read(files: readonly DropFile[]): Promise<readonly DropRead[]> {
    return this.#call('read', files);
  }

  finish(files: readonly DropFile[], afterTaking: DropAfterTaking): Promise<readonly DropFinish[]> {
    return this.#call('finish', { files, afterTaking });
  }

  removeFolders(paths: readonly string[]): Promise<void> {
    return this.#call('removeFolders', paths);
  }

  watch(): Promise<boolean> {
    return this.#call('watch', undefined);
  }

  unwatch(): Promise<void> {
    return this.#call('unwatch', undefined);
  }

  /** Ends the thread; one that hangs in a call of the system is left to the end of the process. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const worker = this.#worker;
    this.#worker = undefined;
    this.#fail(new Error('the drop folder was closed'));
    if (worker === undefined) return;
    worker.unref();
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, closeMs)));
    await Promise.race([worker.terminate(), patience]);
    clearTimeout(timer);
  }

  #call<K extends CallName>(call: K, args: Calls[K][0]): Promise<Calls[K][1]> {
    if (this.#isClosed) return Promise.reject(new Error('the drop folder was closed'));
    const worker = (this.#worker ??= this.#start());
    const id = (this.#lastId += 1);
    const request: Request<K> = { id, call, args };
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      worker.postMessage(request);
    });
  }

  #start(): Worker {
    const workerData: ThreadData = { root: this.#root };
    const worker = new Worker(program, {
      workerData,
      name: 'drop-folder',
      execArgv: [],
      resourceLimits,
    });
    const isCurrent = (): boolean => worker === this.#worker;
    worker.on('message', (reply: Reply) => {
      if (isCurrent()) this.#receive(reply);
    });
    const lose = (error: Error): void => {
      if (!isCurrent()) return;
      this.#worker = undefined;
      this.#fail(error);
    };
    worker.on('error', lose);
    worker.on('exit', () => lose(new Error('the thread of the drop folder ended')));
    return worker;
  }

  #receive(reply: Reply): void {
    if (reply.kind === 'hint') {
      this.#onHint(reply.hint);
      return;
    }
    const pending = this.#pending.get(reply.id);
    this.#pending.delete(reply.id);
    if (reply.kind === 'error') pending?.reject(new Error(reply.message));
    else pending?.resolve(reply.answer as never);
  }

  #fail(error: Error): void {
    const pending = [...this.#pending.values()];
    this.#pending.clear();
    for (const { reject } of pending) reject(error);
  }
}

/** What the thread of a drop folder is asked, and what it answers with. */
export interface Calls {
  /** The next portion of the scan, or the first one of a new scan; undefined at its end. */
  scan: [args: { readonly isNew: boolean }, answer: DropLook | undefined];
  look: [args: readonly string[], answer: DropLook];
  read: [args: readonly DropFile[], answer: readonly DropRead[]];
  finish: [
    args: { readonly files: readonly DropFile[]; readonly afterTaking: DropAfterTaking },
    answer: readonly DropFinish[],
  ];
  removeFolders: [args: readonly string[], answer: undefined];
  watch: [args: undefined, answer: boolean];
  unwatch: [args: undefined, answer: undefined];
}

export type CallName = keyof Calls;

export interface Request<K extends CallName = CallName> {
  readonly id: number;
  readonly call: K;
  readonly args: Calls[K][0];
}

export type Reply =
  | { readonly kind: 'answer'; readonly id: number; readonly answer: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly message: string }
  | { readonly kind: 'hint'; readonly hint: DropHint };

export interface ThreadData {
  readonly root: string;
}
