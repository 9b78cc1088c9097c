export { normaliser, type NormaliserShared } from './compose.ts';
export { startNormaliser, type NormaliserParts } from './normaliser.ts';
export { events } from './telemetry.ts';
