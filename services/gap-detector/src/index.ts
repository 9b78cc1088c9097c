export { gapDetector, type GapDetectorShared } from './compose.ts';
export { startGapDetector, type GapDetectorParts } from './gap-detector.ts';
export { events } from './telemetry.ts';
