export { console, type ConsoleShared } from './compose.ts';
