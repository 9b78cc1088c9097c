export { Database, openDatabase, type AdvisoryLock, type DatabaseOptions } from './database.ts';
export { cancelWith } from './cancellation.ts';
export { DatabaseError } from './database-error.ts';
export { statement, type Session, type Sql, type Statement } from './session.ts';
export { migrate, readMigrations } from './migrate.ts';
export { readOverview } from './stores/overview.ts';
export { receptionRecord } from './queries/reception-record.ts';
export { consoleQueries } from './queries/console-queries.ts';
export { readStationClocks } from './queries/station-clocks.ts';
export { DueSignals, insertDeliveries, type NewDelivery } from './stores/deliveries.ts';
export { readSinkPositions, type SinkMove } from './stores/sink-positions.ts';
export {
  recordingStore,
  type RecordedBatch,
  type RecordedFile,
  type RecordingStore,
} from './stores/recording-store.ts';
export { type PlanMoment } from './stores/moment-deliveries.ts';
export { verifyLedger, type LedgerFault, type LedgerVerification } from './stores/verify-ledger.ts';
export { deliveryDesk } from './stores/delivery-desk.ts';
export { PostgresDeliveryStore } from './stores/delivery-store.ts';
export {
  listDeliveries,
  readBacklog,
  readDeliveryPayload,
  type TargetBacklog,
} from './stores/list-deliveries.ts';
export {
  createPostgresEventLog,
  type PostgresEventLogOptions,
} from './event-log/postgres-event-log.ts';
export { forgetReader, listReaders, ReaderKeptError, type LogReader } from './event-log/readers.ts';
export {
  countQuarantine,
  listLedgerSpools,
  readLedgerEvidence,
  readReplaySpool,
  type LedgerEvidence,
  type QuarantineCount,
} from './queries/ledger-evidence.ts';
export {
  RegistryMovedError,
  changeRegistry,
  exportRegistry,
  importRegistry,
  readRegistry,
  registryAt,
  registryHistory,
  registryRevision,
  type ImportOptions,
  type RegistryVersion,
  type RevisedRegistry,
} from './registry-store.ts';
export { registryDesk } from './registry-desk.ts';
export { registrySource, type RegistrySourceOptions } from './registry-source.ts';
export { insertOutbox, outboxReader } from './stores/outbox.ts';
export { embeddedPostgresInBackground, type ServerAddress } from './embedded/background-server.ts';
export { hasCluster } from './embedded/cluster.ts';
export { embeddedPostgres, type EmbeddedPostgresOptions } from './embedded/embedded-server.ts';
export { findPostmaster, type Postmaster } from './embedded/postmaster.ts';
export { type ClockResetRule } from './stores/hold-clock-resets.ts';
export { gapStore, type GapStore, type HeardStream } from './stores/gap-store.ts';
export { type DueStretch } from './stores/gaps-due.ts';
export { type GapDecision, type GapFinding } from './stores/gap-rows.ts';
export { replayStore, type ReplayStore, type ScanStep } from './replays/replay-store.ts';
export { type Scan, type ScanPosition } from './replays/scan.ts';
export { discardHeld } from './replays/discard-held.ts';
export { insertReread, insertBatch } from './replays/batches.ts';
export {
  assessmentStore,
  type AssessmentOutcome,
  type AssessmentStore,
  type DueAssessment,
} from './stores/assessment-store.ts';
export {
  assessmentRecord,
  type AssessmentRecord,
  type RecordRange,
  type StationDay,
} from './stores/assessment-record.ts';
export { replayDesk } from './replays/replay-desk.ts';
