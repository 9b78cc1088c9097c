import { load, type LoadOptions } from '../bench/load.ts';
import { largeFiles } from './large-files.ts';

// The senders of `make bench-memory` in a process of their own: node upload-process.js <options>.

export interface UploadOptions extends Pick<LoadOptions, 'target' | 'sessions'> {
  readonly stations: readonly string[];
  readonly files: number;
  /** Of the newest measurement; milliseconds of Unix time. */
  readonly until: number;
}

const { target, sessions, stations, files, until } = JSON.parse(
  process.argv[2] ?? '',
) as UploadOptions;
await load({ target, sessions, files: largeFiles(stations, files, until) });
