export { assessor, type AssessorShared } from './compose.ts';
export { startAssessor, type AssessorParts } from './assessor.ts';
export { events } from './telemetry.ts';
