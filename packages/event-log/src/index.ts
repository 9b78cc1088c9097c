export * from './pace.ts';
export * from './port.ts';
export * from './report-commits.ts';
export * from './settle.ts';
export * from './transform-batch.ts';
export * from './relay.ts';
