export { assessReadings } from './assessment/assess-readings.ts';
export type { AssessableReading, Verdict } from './assessment/assessable-reading.ts';
export { describeThresholds } from './assessment/describe-rule.ts';
export { diffVerdicts, type VerdictChange } from './assessment/diff-verdicts.ts';
export { type Reach, reachAt, type Span, spanToJudge, spanToRead } from './assessment/reach.ts';
export { ruleOfReason } from './assessment/reason-over-time.ts';
export {
  accountForReceptions,
  type AuditReport,
  type SequenceRange,
  type SpoolEvidence,
} from './audit/account-for-receptions.ts';
export { type ClockText, describeClock } from './clocks/describe-clock.ts';
export { type ClockJudgement, judgeClock } from './clocks/judge-clock.ts';
export { type BackOff, backOffMs } from './deliveries/back-off.ts';
export type {
  DecidedDeliveries,
  DeliveryDecision,
  DeliveryDesk,
  DeliverySelection,
} from './deliveries/delivery-desk.ts';
export { deliveryReceipt, isProgress } from './deliveries/delivery-receipt.ts';
export type {
  AttemptResult,
  BegunBatch,
  BegunDelivery,
  DeliveryLane,
  DeliveryStore,
  LaneClaim,
  WaitingLane,
} from './deliveries/delivery-store.ts';
export { waitsFor } from './deliveries/enabled-targets.ts';
export {
  followMoment,
  type MomentChange,
  type MomentDelivery,
} from './deliveries/follow-moment.ts';
export {
  type ConnectMinistryTarget,
  deliveryCodes,
  DeliveryError,
  type DeliveryOutcome,
  type MinistryFile,
  type MinistryTarget,
} from './deliveries/ministry.ts';
export { type DecidableDelivery, objectionTo } from './deliveries/objection.ts';
export {
  type Moment,
  type MomentPlan,
  type MomentReading,
  planMoment,
} from './deliveries/plan-moment.ts';
export { datedFolder, ownerInDropFolder, placeInDropFolder } from './file-names/drop-layout.ts';
export { isIncluded } from './file-names/name-patterns.ts';
export { stationFolder } from './file-names/station-folder.ts';
export { applyInstants, type Arrival } from './gaps/apply-instants.ts';
export { applySilence, type Silence } from './gaps/apply-silence.ts';
export { dataInstants } from './gaps/data-instants.ts';
export {
  type Gap,
  type GapChange,
  type GapChangeKind,
  type GapLevel,
  type GapSettings,
  gapThreshold,
  type Timeline,
} from './gaps/gap.ts';
export { type RecordedStretch, rejudgeGaps } from './gaps/rejudge-gaps.ts';
export {
  defaultUtcOffsetMinutes,
  normaliseFile,
  type NormaliseOutcome,
} from './normalise/normalise-file.ts';
export { quarantineFile } from './normalise/quarantine-file.ts';
export type { DecimalSign } from './numbers/decimal-notation.ts';
export { isUnknownSymbol } from './quality/judge-reading.ts';
export { statusCodeOf } from './quality/judge-status.ts';
export type { MeasuredParameter } from './quality/measured-parameter.ts';
export type { Reason } from './reasons/reason.ts';
export { type FileReason, reasonOf, reasons, ruleOf } from './reasons/reasons.ts';
export { AccountAccess, type ClosedReason } from './reception/account-access.ts';
export {
  type AddressBlock,
  addressGroup,
  isInBlock,
  parseAddress,
  parseAddressBlock,
} from './reception/address-block.ts';
export {
  type BanPolicy,
  isBanned,
  isForgotten,
  noOffences,
  type Offences,
  withFailure,
} from './reception/ban-policy.ts';
export { endsWithoutName, isWindowsPath, unixPath } from './reception/client-path.ts';
export {
  type BackdatedFile,
  type ClockResetBounds,
  isBackdated,
  looksLikeClockReset,
} from './reception/clock-reset.ts';
export {
  type DailyQuota,
  exceededQuota,
  noUsage,
  quotaDay,
  type Usage,
  withFile,
} from './reception/daily-quota.ts';
export type {
  DropAfterTaking,
  DropFile,
  DropFinish,
  DropFolderDisk,
  DropHint,
  DropLedger,
  DropLook,
  DropRead,
  OpenDropFolder,
  OpenedDropFolder,
} from './reception/drop-folders.ts';
export { formerIdentityTexts, identityTexts, type NamedFile } from './reception/file-identity.ts';
export {
  type Guessing,
  guessingDelayMs,
  type GuessingPolicy,
  noGuessing,
  withGuess,
} from './reception/guessing.ts';
export { ListingBudget } from './reception/listing-budget.ts';
export { type Cut, looksCut } from './reception/looks-cut.ts';
export { defaultMarkerEndings, isMarkerFile } from './reception/marker-file.ts';
export type { ReceptionRecord } from './reception/reception-record.ts';
export {
  type AccountTree,
  type Admission,
  type Credential,
  type InterruptedBytes,
  type LoginAttempt,
  type Peer,
  type ProvisionalFile,
  type ReceptionHall,
  type ReceptionProtocol,
  type RenameOptions,
  type TreeEntry,
  TreeError,
  type TreeErrorCode,
  type Upload,
  type UploadOptions,
} from './reception/reception.ts';
export { readRelease, releaseWarnings } from './reception/release-warning.ts';
export {
  foldersToLook,
  isMoveTarget,
  isSafeName,
  isSameState,
  judgeRemoteFile,
  receivedFolder,
  type RemoteFolder,
  remotePath,
  type Sighting,
  sureListedTime,
  type TakenFile,
} from './reception/remote-file-rules.ts';
export {
  type ConnectRemoteSite,
  type RemoteEntry,
  type RemoteFileState,
  type RemoteSession,
  RemoteSiteError,
  type RemoteSiteErrorCode,
} from './reception/remote-sites.ts';
export { sessionLimitText } from './reception/session-limit.ts';
export { supersededWarnings } from './reception/superseded-warning.ts';
export { Tally } from './reception/tally.ts';
export {
  defaultTemporaryNames,
  filePrefixesOf,
  isTemporaryName,
  type TemporaryNames,
} from './reception/temporary-name.ts';
export { userForLog } from './reception/user-for-log.ts';
export {
  type Acceptance,
  type AcceptanceOutcome,
  acceptStation,
} from './registry-changes/accept-station.ts';
export type { AcceptanceWarning } from './registry-changes/acceptance-warnings.ts';
export { checkRegistryChange } from './registry-changes/check-registry-change.ts';
export { checkRegistry } from './registry-changes/check-registry.ts';
export { checkSoundItems } from './registry-changes/check-sound-items.ts';
export { describePlace, pointerKeys } from './registry-changes/describe-place.ts';
export { type FieldChange, fieldChanges } from './registry-changes/field-changes.ts';
export { hiddenSecret, hideSecrets, isSecretPath } from './registry-changes/hide-secrets.ts';
export { inSchemaOrder } from './registry-changes/in-schema-order.ts';
export {
  type MappingOutcome,
  mapSymbol,
  type SymbolMapping,
} from './registry-changes/map-symbol.ts';
export { numberFields } from './registry-changes/number-fields.ts';
export {
  choosePending,
  isStillPending,
  type PendingStation,
  symbolsOf,
} from './registry-changes/pending-station.ts';
export {
  maxPendingFiles,
  type PendingPlace,
  type RegistryChange,
  type RegistryChangeFilter,
  type RegistryChangePlace,
  type RegistryDesk,
} from './registry-changes/registry-desk.ts';
export { diffRegistry, isEmptyDiff, type RegistryDiff } from './registry-changes/registry-diff.ts';
export {
  isRegistryKind,
  itemsOf,
  type RegistryItem,
  type RegistryKind,
  registryKinds,
  registryOf,
  registrySections,
  sectionOf,
} from './registry-changes/registry-sections.ts';
export { readTables } from './registry-changes/tables/read-tables.ts';
export type { TableCell, TableFault, TableInput } from './registry-changes/tables/table-input.ts';
export {
  type TableColumn,
  type TableLayout,
  tableLayouts,
} from './registry-changes/tables/table-layout.ts';
export { writeTables } from './registry-changes/tables/write-tables.ts';
export { findParameter } from './registry/find-parameter.ts';
export { findStation } from './registry/find-station.ts';
export { readingMarksOf } from './registry/reading-mark.ts';
export type { FoundParameter } from './registry/registry-index.ts';
export type { RegistrySource } from './registry/registry-source.ts';
export { RegistryView } from './registry/registry-view.ts';
export { unknownInDecision } from './replays/check-decision.ts';
export { curableReasons, mayBeCured, type QuarantinedName } from './replays/curable.ts';
export { explainQuarantine } from './replays/explain-quarantine.ts';
export { foreseeReplay, isCured, losesLines } from './replays/foresee-replay.ts';
export {
  type DiscardDecision,
  type ForeseenChange,
  type ForeseenReread,
  type ForesightLimits,
  maxUnknownSymbols,
  type QuarantineRows,
  type QuarantineSelection,
  type ReasonCount,
  type ReasonCounts,
  type ReplayableFile,
  type ReplayBatch,
  type ReplayDecision,
  type ReplayDesk,
  type ReplayRequest,
  type ReplaySelection,
  type RereadRequest,
  type RereadSelection,
  type RereadTime,
  rereadTimes,
  type SymbolDecision,
  type UnknownSymbol,
} from './replays/replay-desk.ts';
export { replaySpoolId, replayWarnings } from './replays/replay-mark.ts';
export { rereadWarnings } from './replays/reread-warnings.ts';
export { type ForeseenFile, summariseReplay } from './replays/summarise-replay.ts';
export { describeForm } from './station-files/describe-form.ts';
export type { ReadingContext, StationLine } from './station-files/station-line.ts';
export { isSameTrailer, type TrailerCandidate } from './station-files/trailer.ts';
export { formatLocalTime } from './times/local-time.ts';
export { canonicalUnit } from './units/canonical-unit.ts';
export { exactFactor } from './units/exact-factor.ts';
export { expectedInVietnamese } from './wording/expected-text.ts';
export {
  acceptanceWarningLabels,
  clockLabels,
  deliveryFailureLabels,
  deliveryNoteLabels,
  deliveryStateLabels,
  gapLevelLabels,
  holdReasonLabels,
  labelOf,
  protocolLabels,
  qualityFlagLabels,
  quarantineEndLabels,
  quarantineStateLabels,
  reasonScopeLabels,
  receptionOutcomeLabels,
  registryChangeLabels,
  ruleKindLabels,
  stationKindLabels,
  statusLabels,
} from './wording/labels.ts';
export {
  describeTimeFault,
  officersNumber,
  officersTime,
  parseGivenTime,
  parseOfficersTime,
} from './wording/officers-format.ts';
