export {
  startMinistryStandIn,
  type MinistryAccess,
  type MinistryStandIn,
  type MinistryStandInOptions,
} from './ministry-stand-in.ts';
export { type Fault, type FaultKind } from './faults.ts';
export { readJournal, type JournalEntry } from './journal.ts';
