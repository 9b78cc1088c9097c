import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Pusher, PushTarget } from '../pushers/pushers.ts';
import type { Fleet, FleetFile } from './fleet.ts';

export interface PushFleetOptions {
  readonly fleet: Fleet;
  /** Folder in which the files are laid out for the client programs. */
  readonly dir: string;
  /** Accounts are dealt out to these in turn. */
  readonly pushers: readonly Pusher[];
  readonly target: Omit<PushTarget, 'user' | 'folder'>;
  /** Files handed to one run of a client program. */
  readonly chunkFiles: number;
  /** Accounts that push at the same time. */
  readonly parallel: number;
  /** Tries of one chunk; a whole chunk is sent again, as loggers do. */
  readonly attempts: number;
  /** Called after each chunk that was acknowledged. */
  readonly onPushed?: (files: number) => void;
}

/** Pushes every sending of the fleet, each account's in order; resolves when all were acknowledged. */
export async function pushFleet(options: PushFleetOptions): Promise<void> {
  const accounts = [...options.fleet.sendings.entries()];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < accounts.length) {
      const index = next++;
      const [account, files] = accounts[index]!;
      await pushAccount(options, options.pushers[index % options.pushers.length]!, account, files);
    }
  };
  await Promise.all(Array.from({ length: options.parallel }, worker));
}

async function pushAccount(
  options: PushFleetOptions,
  pusher: Pusher,
  account: string,
  files: readonly FleetFile[],
): Promise<void> {
  for (const chunk of chunksOfOneFolder(files, options.chunkFiles)) {
    const paths = await layOut(options.dir, chunk);
    const target = { ...options.target, user: account, folder: chunk[0]!.folder };
    await withRetries(options.attempts, () => pusher.push(target, paths));
    options.onPushed?.(chunk.length);
  }
}

/** Consecutive files of the same folder, so that a client program needs to change folder only once. */
function* chunksOfOneFolder(
  files: readonly FleetFile[],
  most: number,
): Iterable<readonly FleetFile[]> {
  let chunk: FleetFile[] = [];
  for (const file of files) {
    if (chunk.length === most || (chunk.length > 0 && chunk[0]!.folder !== file.folder)) {
      yield chunk;
      chunk = [];
    }
    chunk.push(file);
  }
  if (chunk.length > 0) yield chunk;
}

async function layOut(dir: string, files: readonly FleetFile[]): Promise<readonly string[]> {
  return Promise.all(
    files.map(async (file) => {
      const path = join(dir, file.account, file.name);
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, file.content);
      return path;
    }),
  );
}

async function withRetries(attempts: number, attempt: () => Promise<void>): Promise<void> {
  for (let tried = 1; ; tried++) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (tried >= attempts) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}
