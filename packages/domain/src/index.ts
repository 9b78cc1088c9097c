export {
  assessReadings,
  diffVerdicts,
  ruleOfReason,
  type Verdict,
  type VerdictChange,
} from './assessment/assess-readings.ts';
export type { AssessableReading } from './assessment/stretches.ts';
export { describeThresholds } from './assessment/rules-over-time.ts';
export {
  type Reach,
  reachAt,
  type Span,
  spanToJudge,
  spanToRead,
} from './assessment/rules-of-station.ts';
export {
  accountForReceptions,
  type AuditReport,
  type ReceptionRecord,
  type SequenceRange,
  type SpoolEvidence,
} from './reception/account-for-receptions.ts';
export {
  addCounts,
  isSameCounts,
  noReceptions,
  type ReceptionCounts,
} from './reception/reception-counts.ts';
export * from './times/logger-clock.ts';
export {
  type AttemptResult,
  type BackOff,
  backOffMs,
  type BegunBatch,
  type BegunDelivery,
  type DeliveryLane,
  deliveryReceipt,
  type DeliveryStore,
  isProgress,
  type LaneClaim,
  type WaitingLane,
} from './deliveries/delivery-store.ts';
export {
  type DecidableDelivery,
  type DecidedDeliveries,
  type DeclinedDelivery,
  type DeliveryDecision,
  type DeliveryDesk,
  type DeliveryObjection,
  type DeliverySelection,
  objectionTo,
  showDeclined,
} from './deliveries/delivery-desk.ts';
export {
  type Moment,
  type MomentPlan,
  type MomentReading,
  planMoment,
  waitsFor,
} from './deliveries/plan-moment.ts';
export * from './deliveries/follow-moment.ts';
export {
  type ConnectMinistryTarget,
  deliveryCodes,
  DeliveryError,
  type DeliveryOutcome,
  type MinistryFile,
  type MinistryTarget,
} from './deliveries/ministry.ts';
export { datedFolder, ownerInDropFolder, placeInDropFolder } from './file-names/folders.ts';
export { findStation, isIncluded } from './registry/find-station.ts';
export { stationFolder } from './file-names/folders.ts';
export * from './gap-records/answer-links.ts';
export * from './gap-records/gap-causes.ts';
export * from './gap-records/gap-labels.ts';
export * from './gap-records/gap-letters.ts';
export * from './gap-records/gap-record.ts';
export type * from './gap-records/gap-record-desk.ts';
export * from './gaps/attribution-desk.ts';
export * from './gaps/gap-rules.ts';
export { type Arrival, hear, unknownStation } from './gaps/hear-data.ts';
export * from './gaps/joint-silences.ts';
export * from './gaps/judge-anew.ts';
export * from './gaps/missing-instants.ts';
export { addSign, type SeriesInstants } from './gaps/series-instants.ts';
export * from './gaps/station-gaps.ts';
export * from './gaps/stretches.ts';
export { isValidReading } from './gaps/valid-reading.ts';
export {
  defaultUtcOffsetMinutes,
  normaliseFile,
  type NormaliseOutcome,
  quarantineFile,
} from './normalise/normalise-file.ts';
export type { DecimalSign } from './values/parse-value.ts';
export { describeStoryEvent } from './wording/describe-story.ts';
export { decodeText, type DecodedText } from './texts/decode-text.ts';
export {
  agreesWithRawText,
  isUnknownSymbol,
  statusCodeOf,
  type StoredNumber,
} from './quality/judge-reading.ts';
export type { MeasuredParameter } from './quality/measured-parameter.ts';
export type { Reason } from './reasons/file-reasons.ts';
export { type FileReason, isOfQuarantine, reasonOf, reasons, ruleOf } from './reasons/reasons.ts';
export {
  readSentence,
  sentence,
  type Sentence,
  type SentenceCode,
  sentenceCodes,
  storedSentence,
  wordsOf,
} from './reasons/sentences.ts';
export {
  AccountAccess,
  type AddressBlock,
  addressGroup,
  plainAddress,
  type ClosedReason,
  isInBlock,
  parseAddress,
  parseAddressBlock,
} from './reception/account-access.ts';
export {
  type BanPolicy,
  type Guessing,
  guessingDelayMs,
  type GuessingPolicy,
  isBanned,
  isForgotten,
  noGuessing,
  noOffences,
  type Offences,
  userForLog,
  withFailure,
  withGuess,
} from './reception/guessing.ts';
export {
  defaultMarkerEndings,
  defaultTemporaryNames,
  endsWithoutName,
  filePrefixesOf,
  isMarkerFile,
  isTemporaryName,
  isWindowsPath,
  type TemporaryNames,
  unixPath,
} from './reception/client-names.ts';
export {
  type DailyQuota,
  exceededQuota,
  ListingBudget,
  noUsage,
  quotaDay,
  Tally,
  type Usage,
  withFile,
} from './reception/account-limits.ts';
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
export { type Cut, looksCut } from './reception/looks-cut.ts';
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
  sessionLimitText,
  type TreeEntry,
  TreeError,
  type TreeErrorCode,
  type Upload,
  type UploadOptions,
} from './reception/reception.ts';
export {
  readRelease,
  releaseWarnings,
  replaySpoolId,
  replayWarnings,
  rereadWarnings,
  supersededWarnings,
} from './reception/reception-marks.ts';
export {
  type ConnectRemoteSite,
  foldersToLook,
  isMoveTarget,
  isSafeName,
  isSameState,
  judgeRemoteFile,
  receivedFolder,
  type RemoteEntry,
  type RemoteFileState,
  type RemoteFolder,
  remotePath,
  type RemoteSession,
  RemoteSiteError,
  type RemoteSiteErrorCode,
  type Sighting,
  sureListedTime,
  type TakenFile,
} from './reception/remote-sites.ts';
export {
  type Acceptance,
  type AcceptanceOutcome,
  type AcceptanceWarning,
  acceptStation,
} from './registry-changes/accept-station.ts';
export {
  checkRegistry,
  checkRegistryChange,
  checkSoundItems,
} from './registry-changes/check-registry.ts';
export * from './registry-changes/show-registry.ts';
export {
  diffRegistry,
  type FieldChange,
  fieldChanges,
  isEmptyDiff,
  type RegistryDiff,
} from './registry-changes/registry-diff.ts';
export {
  type MappingOutcome,
  mapSymbol,
  type SymbolMapping,
} from './registry-changes/map-symbol.ts';
export {
  choosePending,
  isStillPending,
  type PendingStation,
  symbolsOf,
} from './registry-changes/pending-station.ts';
export * from './registry-changes/registry-desk.ts';
export {
  isRegistryKind,
  itemsOf,
  type RegistryItem,
  type RegistryKind,
  registryKinds,
  registryOf,
  registrySections,
  sectionOf,
} from './registry-changes/registry-schema.ts';
export {
  readTables,
  type TableCell,
  type TableFault,
  type TableInput,
} from './registry-changes/tables/read-tables.ts';
export {
  type TableColumn,
  type TableLayout,
  tableLayouts,
} from './registry-changes/tables/table-layout.ts';
export { writeTables } from './registry-changes/tables/write-tables.ts';
export {
  cycleMinutesOf,
  findParameter,
  type FoundParameter,
  intervalMinutesOf,
  type RegistrySource,
  RegistryView,
} from './registry/registry-view.ts';
export { readingMarksOf } from './registry/reading-mark.ts';
export * from './replays/replay-desk.ts';
export {
  curableReasons,
  explainQuarantine,
  mayBeCured,
  type QuarantinedName,
} from './replays/explain-quarantine.ts';
export {
  type ForeseenFile,
  foreseeReplay,
  isCured,
  losesLines,
  summariseReplay,
} from './replays/foresee-replay.ts';
export { describeForm } from './station-files/shapes.ts';
export { splitRows } from './station-files/split-rows.ts';
export type { ReadingContext, StationLine } from './station-files/station-line.ts';
export { isSameTrailer, type TrailerCandidate } from './station-files/trailer.ts';
export {
  digestDay,
  thinStations,
  writeDaily,
  type DailyPolicy,
  type ExpectedSeries,
  type LocalDay,
} from './notices/daily-notice.ts';
export {
  planDevices,
  writeDeviceNotice,
  type DeviceConditionKind,
  type DevicePolicy,
  type DeviceState,
  type NotedCondition,
} from './notices/device-notices.ts';
export {
  renderMail,
  type MailBlock,
  type MailContent,
  type MailLanguage,
  type RenderedMail,
} from './notices/mail-blocks.ts';
export type { Mailer, MailOutcome, OutgoingMail } from './notices/mailer.ts';
export type { StationDetails } from './notices/notice-figures.ts';
export type {
  BegunMail,
  GapNews,
  MailResult,
  NewNotice,
  NoticeBacklog,
  NoticeRecipient,
  RecordedNotice,
} from './notices/notice-store.ts';
export * from './notices/question-notice.ts';
export { writeNotice, type NoticeOffice, type NoticeTextParts } from './notices/notice-texts.ts';
export {
  eventKeyOf,
  netLength,
  planNotices,
  type Announcement,
  type Audience,
  type GapNoticeKind,
  type NoticeItem,
  type NoticePolicy,
  type NoticeStation,
  type PlannedNotice,
  type WatchedGap,
} from './notices/plan-notices.ts';
export {
  stationsWithoutData,
  weeklyMoment,
  writeWeekly,
  type WeeklyFigures,
  type WeeklyPolicy,
} from './notices/weekly-notice.ts';
export { formatLocalTime, onVietnamClock } from './times/local-time.ts';
export { canonicalUnit } from './values/units.ts';
export { exactFactor } from './values/units.ts';
export { groupBy } from './values/group-by.ts';
export {
  deliveryFailureLabels,
  deliveryNoteLabels,
  deliveryStateLabels,
  gapKindLabels,
  gapLevelLabels,
  gapPartLabels,
  holdReasonLabels,
  labelOf,
  noticeKindLabels,
  noticeMailStateLabels,
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
export * from './wording/html.ts';
export * from './wording/officers-format.ts';
export * from './reports/report-question.ts';
export * from './reports/report-document.ts';
export * from './reports/interruption-report.ts';
export { interruptionDocument } from './reports/interruption-document.ts';
export * from './reports/station-states.ts';
export * from './reports/transmission-report.ts';
export { transmissionDocument } from './reports/transmission-document.ts';
export { disconnectedDocument, stationStateLabels } from './reports/station-document.ts';
export * from './reports/report-desk.ts';
export * from './outages/doors.ts';
export * from './outages/heard-reports.ts';
export * from './outages/heard-times.ts';
export * from './outages/unheard-times.ts';
export * from './stops/planned-stops.ts';
