import { parentPort, workerData } from 'node:worker_threads';
import type { DropLook } from '@envigate/domain';
import { LocalDisk } from './local-disk.ts';
import type { CallName, Calls, Reply, Request, ThreadData } from './threaded-disk.ts';

/** The program of a drop folder's thread: answers the calls of ThreadedDisk, one after another. */
const port = parentPort;
if (port === null) throw new Error('thread.js is started by ThreadedDisk only');
const reply = (message: Reply): void => port.postMessage(message);

const { root } = workerData as ThreadData;
const disk = new LocalDisk(root, (hint) => reply({ kind: 'hint', hint }));
let scanning: AsyncIterator<DropLook> | undefined;

const handlers: { readonly [K in CallName]: (args: Calls[K][0]) => Promise<Calls[K][1]> } = {
  scan: async ({ isNew }) => {
    if (isNew) {
      await scanning?.return?.();
      scanning = disk.scan()[Symbol.asyncIterator]();
    }
    const next = await scanning?.next();
    return next?.done === false ? next.value : undefined;
  },
  look: (paths) => disk.look(paths),
  read: (files) => disk.read(files),
  finish: ({ files, afterTaking }) => disk.finish(files, afterTaking),
  removeFolders: async (paths) => {
    await disk.removeFolders(paths);
    return undefined;
  },
  watch: () => disk.watch(),
  unwatch: async () => {
    await disk.unwatch();
    return undefined;
  },
};

async function answer<K extends CallName>({ id, call, args }: Request<K>): Promise<void> {
  try {
    reply({ kind: 'answer', id, answer: await handlers[call](args) });
  } catch (error) {
    reply({ kind: 'error', id, message: error instanceof Error ? error.message : String(error) });
  }
}

port.on('message', (request: Request) => void answer(request));
