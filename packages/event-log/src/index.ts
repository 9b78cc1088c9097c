export * from './batches.ts';
export * from './drain.ts';
export * from './pipe.ts';
export * from './port.ts';
export * from './record-patiently.ts';
export * from './relay.ts';
