export * from './batches.ts';
export * from './drain.ts';
export * from './pipe.ts';
export * from './port.ts';
export * from './relay.ts';
