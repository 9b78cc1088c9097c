import type {
  Board,
  BoardFile,
  ClockLags,
  ListedDelivery,
  ListedGap,
  ListedNotice,
  ListedReading,
  ListedReception,
  Overview,
  QuarantinedItem,
  StationActivity,
  ItemStory,
} from '@envigate/contracts';

/** Rows with every field filled, to be varied by the tests. */

export const at = (time: string): Date => new Date(`2026-03-24T${time}Z`);
export const fileId = 'ab'.repeat(32);

export const overview: Overview = {
  receptions: { stored: 11, duplicates: 2, quarantined: 3 },
  filesPerMinute: 4,
  readings: 55,
  corrections: 6,
  deliveries: { due: 7, sent: 8, refused: 9 },
  openGaps: 1,
  latency: { queryable: { p50: 0.25, p99: 1.5 }, receipt: { p50: null, p99: null } },
  latest: [
    {
      receivedAt: at('17:00:01'),
      account: 'caph',
      name: 'TB_CAPH_NUOSXL_20260325000000.txt',
      outcome: 'quarantined',
      detail: 'unknown-station',
    },
  ],
};

export const activity: StationActivity = {
  lastInstant: at('17:00:00'),
  lastReceivedAt: at('17:00:03.250'),
  openGap: { from: at('17:00:00'), level: '1h' },
  lastDay: { stored: 1, duplicates: 2, quarantined: 3, readings: 4, corrections: 5 },
};

export const clockLags: ClockLags = {
  files: 48,
  from: at('13:05:03'),
  to: at('17:00:03.250'),
  leastSeconds: 3,
  medianSeconds: 3.5,
};

export const reception: ListedReception = {
  receptionId: '01JQ0000000000000000000001',
  fileId,
  name: 'TB_CAPH_NUOSXL_20260325000000.txt',
  folder: '/2026/03',
  account: 'caph',
  station: 'NUOSXL',
  receivedAt: at('17:00:01.500'),
  recordedAt: at('17:00:02'),
  protocol: 'ftps',
  peer: '10.1.2.3',
  form: 'A5 tab utf-8',
  size: 320,
  contentHash: 'cd'.repeat(32),
  outcome: 'stored',
  newReadings: 8,
  corrections: 1,
  repeats: 2,
  rejectedLines: 3,
  notUnderstood: [
    {
      ...{ reason: 'time-unreadable', rows: 2, open: 1, line: 3 },
      ...{ expected: 'a time', expectedVi: 'thời gian đo' },
    },
    {
      ...{ reason: 'of-a-later-version', rows: 1, open: 1, line: 5 },
      ...{ expected: 'what is not known yet', expectedVi: null },
    },
  ],
  warnings: [
    { code: 'duplicate-line', detail: 'line 4', detailVi: 'dòng 4' },
    { code: 'of-a-later-version', detail: 'line 5', detailVi: null },
  ],
};

export const quarantined: QuarantinedItem = {
  quarantineId: 41,
  receptionId: reception.receptionId,
  fileId,
  fileName: reception.name,
  account: 'caph',
  station: null,
  scope: 'line',
  reason: 'time-unreadable',
  line: 3,
  column: 4,
  expected: 'a time',
  expectedVi: 'thời gian đo',
  text: 'pH\t7.1\t-\t2026032500\t00',
  quarantinedAt: at('17:00:02'),
  resolvedAt: at('18:00:00'),
  resolvedBy: '01JQ0000000000000000000002',
  resolution: 'understood',
};

export const delivery: ListedDelivery = {
  deliveryId: 77,
  target: 'ministry',
  station: 'NUOSXL',
  fileId,
  moreFileIds: ['d'.repeat(64)],
  fileName: 'TB_CAPH_NUOSXL_20260325000000.txt',
  size: 300,
  dataInstant: at('17:00:00'),
  receivedAt: at('17:00:01.500'),
  state: 'refused',
  attempts: 2,
  inDoubt: false,
  resend: true,
  dueAt: at('17:00:02'),
  endedAt: at('17:00:05'),
  withdrawnAt: null,
  receipt: null,
  failureCode: 4,
  failure: 'invalid format',
  failureVi: null,
  decision: {
    ...{ decision: 'retry', actor: 'chị Lan', note: 'đã sửa máy chủ' },
    decidedAt: at('16:59:00'),
  },
};

export const reading: ListedReading = {
  station: 'NUOSXL',
  parameter: 'pH',
  instant: at('17:00:00'),
  value: 7.25,
  unit: 'pH',
  censored: null,
  factor: 1,
  rawValue: '7,25',
  rawUnit: '-',
  status: '00',
  flag: 4,
  reasons: ['out-of-range@1[0..7]'],
  revision: 2,
  recordedAt: at('17:00:02'),
  supersededAt: null,
  fileId,
  line: 1,
};

export const gap: ListedGap = {
  ...{ parameter: null, netHours: 1 },
  takenOut: [{ by: 'own-outage', id: '2026-03-24T17:00:00.000Z', hours: 0.5 }],
  gapId: 5,
  station: 'NUOSXL',
  kind: 'transmission',
  from: at('10:00:00'),
  to: at('17:00:00'),
  hours: 7,
  isProbablyOurs: false,
  level: '1h',
  jointId: null,
  openedAt: at('10:20:00'),
  closedAt: at('17:00:02'),
  closedBy: { fileId, name: reception.name },
};

export const notice: ListedNotice = {
  noticeId: 3,
  code: 'GD-2026-000123',
  kind: 'gap-12h',
  audience: 'facility:CAPH',
  stations: ['NUOSXL'],
  createdAt: at('17:00:00'),
  mails: [
    {
      mailId: 4,
      recipient: 'Nguyễn Thị Lan',
      address: 'lan@caph.example.vn',
      subject: 'Gián đoạn truyền dữ liệu trên 12 giờ: trạm NUOSXL',
      messageId: '<GD-2026-000123.1@sonnmt.example.vn>',
      state: 'due',
      attempts: 1,
      inDoubt: true,
      answer: '450 lan@caph.example.vn is busy',
      nextAttemptAt: at('17:05:00'),
      endedAt: null,
      decision: { decision: 'resend', actor: 'chị Lan', note: 'đã sửa', decidedAt: at('17:01:00') },
    },
  ],
};

export const boardFile: BoardFile = {
  receivedAt: at('17:00:01.500'),
  name: reception.name,
  account: 'caph',
  station: 'NUOSXL',
  fileId,
  outcome: 'stored',
  isReplay: false,
  newReadings: 8,
  corrections: 1,
  rejectedLines: 3,
  reason: 'time-unreadable',
  warnings: ['duplicate-line'],
  deliveries: { due: 1, sent: 1, refused: 0, 'set-aside': 0, withheld: 0 },
};

export const board: Board = {
  recent: { stored: 11, duplicates: 2, quarantined: 3, readings: 88 },
  today: { stored: 1211, duplicates: 22, quarantined: 33, readings: 12_345 },
  recording: { p50: 0.25, p99: 1.5 },
  stations: new Map([
    ['NUOSXL', { lastInstant: at('17:00:00'), lastReceivedAt: at('17:00:03.250'), openGap: null }],
  ]),
  targets: new Map([
    [
      'ministry-ftp',
      {
        ...{ recentlySent: 9, sentToday: 1200, recentlyRefused: 0, refusedToday: 1, due: 4 },
        ...{ failingStations: 0, lastSentAt: at('17:00:05'), failure: null },
      },
    ],
  ]),
  files: [boardFile],
};

export const story: ItemStory = {
  kind: 'story',
  files: [
    {
      fileNo: 7,
      fileId,
      account: 'caph',
      name: reception.name,
      station: 'NUOSXL',
      state: 'stored',
      form: 'A5 tab utf-8',
      size: 320,
      contentHash: reception.contentHash,
      isIntact: true,
    },
  ],
  events: [
    {
      what: 'received',
      at: at('17:00:01'),
      fileNo: 7,
      receptionId: reception.receptionId,
      protocol: 'ftp',
      peer: '10.0.0.1',
      account: 'caph',
      folder: '/',
      spoolId: 'spool-1',
      spoolSequence: 3,
      text: { vi: 'nhận', en: 'received' },
    },
  ],
  isComplete: true,
};
