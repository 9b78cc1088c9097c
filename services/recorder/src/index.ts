export { recorder, type RecorderShared } from './compose.ts';
export { startRecorder, type RecorderParts } from './recorder.ts';
export { events } from './telemetry.ts';
