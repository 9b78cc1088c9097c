export { heldFileRoutes, receiver, type Receiver, type ReceiverShared } from './compose.ts';
export type { HeldDesk } from './hold/held-desk.ts';
export { startReceiver, type ReceiverParts, type RunningReceiver } from './receiver.ts';
export { events } from './telemetry.ts';
export { countHeld } from './hold/open-hold.ts';
