export { receiver, type Receiver, type ReceiverShared } from './compose.ts';
export { startReceiver, type ReceiverParts, type RunningReceiver } from './receiver.ts';
export { events } from './telemetry.ts';
export { countHeld } from './hold/inspect-held.ts';
