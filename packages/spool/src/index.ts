export { openSpool, type Spool, type SpoolOptions } from './spool.ts';
export { type SpoolEntry } from './append-queue.ts';
export { type HandOver } from './hand-over.ts';
export { type ReadLimits } from './segment.ts';
export { type FileIdentity, identifyFile, type SpooledFile } from './spooled-file.ts';
export { inspectSpool, readSpool, type SpoolInspection } from './inspect.ts';
export { SpoolDamagedError } from './format.ts';
export { SpoolLockLostError, SpoolLockedError } from './lock.ts';
export { events } from './telemetry.ts';
