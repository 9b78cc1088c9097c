export { openSpool, type Spool, type SpoolOptions } from './spool.ts';
export { type SpoolEntry } from './append-group.ts';
export { type HandOver } from './hand-over.ts';
export { type ReadLimits } from './segment.ts';
export { type SpooledFile } from './spooled-file.ts';
export { inspectSpool, readSpool, type SpoolInspection } from './inspect.ts';
export { identifyFile, type FileIdentity } from './file-identity.ts';
export { SpoolDamagedError, SpoolLockLostError, SpoolLockedError } from './errors.ts';
export { events } from './telemetry.ts';
