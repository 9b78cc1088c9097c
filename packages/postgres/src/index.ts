export {
  Database,
  openDatabase,
  type AdvisoryLock,
  type DatabaseOptions,
} from './connection/database.ts';
export {
  readCompleteness,
  type CompletenessFilter,
  type SeriesCompleteness,
} from './gaps/read-completeness.ts';
export { measureClockOffset } from './connection/server-time.ts';
export { readServerFacts, type ServerFacts } from './connection/server-facts.ts';
export { cancelWith } from './connection/database.ts';
export { DatabaseError } from './connection/session.ts';
export { statement, type Session, type Sql, type Statement } from './connection/session.ts';
export { migrate, missingMigrations, readMigrations } from './migrate/migrate.ts';
export { readOverview } from './console/overview.ts';
export { receptionRecord } from './record/list-receptions.ts';
export { consoleQueries, readStationClocks } from './console/console-queries.ts';
export { DueSignals, insertDeliveries, type NewDelivery } from './deliveries/deliveries.ts';
export { readSinkPositions, type SinkMove } from './sinks/sink-positions.ts';
export {
  recordingStore,
  type RecordedBatch,
  type RecordedFile,
  type RecordingStore,
} from './record/record-files.ts';
export { type PlanMoment } from './deliveries/moment-deliveries.ts';
export {
  countQuarantine,
  listLedgerSpools,
  type QuarantineCount,
  readReplaySpool,
  type SpoolPlace,
} from './audit/account-spools.ts';
export {
  type AuditHead,
  auditSince,
  auditSinceHead,
  combinedHash,
  formatAuditHead,
  type HeadFault,
  parseAuditHead,
  type ProvenChain,
  readAuditHead,
  type RecordAudit,
} from './audit/audit-since.ts';
export { FullAudit, fullAuditLock } from './audit/audit-full.ts';
export {
  type CountedSpools,
  countSpoolsFully,
  countSpoolsSince,
  listCountedSpools,
  type SpoolHead,
} from './audit/count-spools.ts';
export { addFaults, type AuditFault, type Faults, type LedgerFault } from './audit/faults.ts';
export { type AuditPart, type AuditProgress, type AuditWatch } from './audit/follow-chain.ts';
export { type LedgerVerification, verifyLedger } from './audit/verify-chain.ts';
export {
  countMonthsAhead,
  makeMonths,
  type Month,
  monthlyTables,
  monthOf,
  type MonthsLook,
  nameOf,
  startOf,
} from './months/make-months.ts';
export {
  absentStates,
  findArchived,
  listArchivedMonths,
  type ArchivedMonth,
} from './archived/archived-months.ts';
export {
  archiveLock,
  archiveUnit,
  folderOf,
  type ArchiveOptions,
  type ArchivedResult,
  type ArchiveStep,
} from './archive/archive-month.ts';
export { parseUnit, type Unit } from './archive/archived-tables.ts';
export { NoArchiveError } from './archive/manifest.ts';
export { findArchivedHash, proveArchives, type ProvenArchives } from './archive/prove-archives.ts';
export { ArchiveRefusedError } from './archive/refusals.ts';
export {
  restoreArchive,
  type RestoredResult,
  type RestoreOptions,
  type RestoreStep,
} from './archive/restore-month.ts';
export {
  listDueForArchive,
  removeAssessmentHistory,
  type RemovedHistory,
} from './archive/retention.ts';
export {
  describeArchiveFault,
  verifyArchive,
  type VerifiedArchive,
} from './archive/verify-archive.ts';
export { readArchivedScope, type ArchivedScope } from './audit/verify-archives.ts';
export { deliveryDesk } from './deliveries/delivery-desk.ts';
export { PostgresDeliveryStore } from './deliveries/delivery-store.ts';
export { listDeliveries, readDeliveryPayload } from './deliveries/list-deliveries.ts';
export { countUndecided, readBacklog, type TargetBacklog } from './deliveries/read-backlog.ts';
export {
  createPostgresEventLog,
  type PostgresEventLogOptions,
} from './event-log/postgres-event-log.ts';
export { forgetReader, listReaders, ReaderKeptError, type LogReader } from './event-log/trimmer.ts';
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
} from './registry/registry-store.ts';
export { registryDesk } from './registry/registry-desk.ts';
export { registrySource, type RegistrySourceOptions } from './registry/registry-source.ts';
export { insertOutbox, outboxReader } from './sinks/outbox.ts';
export { embeddedPostgresInBackground, type ServerAddress } from './embedded/embedded-server.ts';
export { hasCluster } from './embedded/cluster.ts';
export { embeddedPostgres, type EmbeddedPostgresOptions } from './embedded/embedded-server.ts';
export { findPostmaster, type Postmaster } from './embedded/postmaster.ts';
export { type ClockResetRule } from './record/hold-clock-resets.ts';
export { noticeStore, type NoticeStore } from './notices/notice-store.ts';
export {
  decideNoticeMails,
  readNotice,
  type NoticeDecision,
  type NoticeWords,
} from './notices/list-notices.ts';
export {
  type GapDecision,
  gapStore,
  type GapStore,
  type HeardStation,
  type HeardStream,
} from './gaps/gap-store.ts';
export { answerDesk, revokeLinks } from './gap-records/answer-desk.ts';
export { gapRecordDesk } from './gap-records/gap-record-desk.ts';
export { gapRecordsOf } from './gap-records/gap-records.ts';
export { attributionDesk } from './gaps/attribution-desk.ts';
export { readNotTheStations } from './gaps/not-the-stations.ts';
export { type KnownJointSilences } from './gaps/joint-silences.ts';
export { type DueStretch } from './gaps/due-stretches.ts';
export {
  replayStore,
  type ReplayStore,
  type Scan,
  type ScanPosition,
  type ScanStep,
} from './replays/replay-store.ts';
export { discardHeld, replayDesk } from './replays/replay-desk.ts';
export { insertReread, insertBatch } from './replays/batches.ts';
export {
  assessmentStore,
  type AssessmentOutcome,
  type AssessmentStore,
  type DueAssessment,
} from './assessments/assessment-store.ts';
export {
  assessmentRecord,
  type AssessmentRecord,
  type RecordRange,
  type StationDay,
} from './assessments/assessment-rows.ts';
export { heardReports } from './outages/heard-reports.ts';
export { receptionOutages } from './outages/reception-outages.ts';
export { plannedStopDesk } from './stops/planned-stops.ts';
export { reportDesk, type ReportDeskOptions } from './reports/report-desk.ts';
