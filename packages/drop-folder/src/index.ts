export { createOpenDropFolder } from './open-drop-folder.ts';
export { LocalDisk } from './local-disk.ts';
export { Ledger } from './ledger.ts';
