export * from './bytes-in-hand.ts';
export * from './pace.ts';
export * from './port.ts';
export * from './report-commits.ts';
export * from './settle.ts';
export * from './take-up-position.ts';
export { events as eventLogEvents } from './telemetry.ts';
export * from './transform-batch.ts';
export * from './relay.ts';
