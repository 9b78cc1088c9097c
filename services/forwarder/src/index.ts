export { forwarder, type ForwarderShared } from './compose.ts';
export { startForwarder, type ForwarderParts } from './forwarder.ts';
export { events } from './telemetry.ts';
