export {
  startMinistryStandIn,
  type MinistryAccess,
  type MinistryStandIn,
  type MinistryStandInOptions,
} from './ministry-stand-in.ts';
export { type Fault, type FaultKind, type InletKind } from './faults.ts';
export { type FolderPolicy } from './folder-inlet.ts';
export { readJournal, type JournalEntry } from './journal.ts';
