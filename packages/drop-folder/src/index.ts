export { createOpenDropFolder } from './threaded-disk.ts';
export { LocalDisk } from './local-disk.ts';
export { Ledger } from './ledger.ts';
