import type { Registry } from '@envigate/contracts';
import {
  buildInterruptionReport,
  buildTransmissionReport,
  gapRecordOf,
  interruptionDocument,
  judgeStation,
  RegistryView,
  transmissionDocument,
  type GapRecord,
  type InterruptionFacts,
  type RecordedStop,
  everythingCounts,
} from '@envigate/domain';

/** An hour and a minute of the clock of Vietnam. */
export const local = (text: string): Date => new Date(`${text.replace(' ', 'T')}:00+07:00`);

const registry: Registry = {
  facilities: [
    { code: 'CAPH', name: 'KCN Cảnh Phú', provinceCode: 'QNi' },
    // A name that a spreadsheet would take for a formula.
    { code: 'XMTL', name: '=HYPERLINK("http://x","Xi măng <Thanh> & Lâm")', provinceCode: 'QNi' },
  ],
  parameters: [{ code: 'COD', symbol: 'COD', name: 'COD', nameEn: 'COD', unit: 'mg/L' }],
  targets: [],
  accounts: [],
  stations: [
    {
      ...{ code: 'NUOSXL', facility: 'CAPH', name: 'Nước thải sau xử lý', kind: 'waste-water' },
      parameters: [{ parameter: 'COD' }],
    },
    { code: 'KHIXM1', facility: 'XMTL', name: 'Khí thải lò nung số 1', kind: 'stack-gas' },
    { code: 'KHIXM2', facility: 'XMTL', name: 'Khí thải lò nung số 2', kind: 'stack-gas' },
  ],
};
export const view = new RegistryView(registry);
export const madeAt = local('2027-01-05 08:00');

const stop: RecordedStop = {
  ...{ stopId: 7, version: 1, scope: { kind: 'station', code: 'KHIXM1' }, parameters: undefined },
  ...{ from: local('2027-01-04 00:00'), to: local('2027-01-10 00:00') },
  ...{ expectedRestart: local('2027-01-08 07:00'), reason: 'repair', words: 'thay béc phun' },
  ...{ isCancelled: false, actor: 'Lan', note: '', recordedAt: local('2027-01-03 00:00') },
};

const notices = ['facility:CAPH', 'office'].map((audience, i) => ({
  ...{ code: `GD-2027-00000${i + 1}`, kind: 'gap-12h', audience },
  createdAt: local('2027-01-01 07:30'),
}));

/** What the facility stated, confirmed by an officer. Its remedy begins like a formula. */
const record: GapRecord = {
  ...gapRecordOf([], notices),
  ...{ state: 'confirmed', confirmedBy: { name: 'Lê An', at: local('2027-01-01 10:00') } },
  explanation: {
    ...{ cause: 'power-cut', words: 'sự cố lưới điện', remedy: '-Thay "UPS"', document: '' },
    expectedRestart: local('2027-01-01 09:00'),
  },
};

/** A gap over the turn of the year on the clock of Vietnam, which is 17:00 of the day before in UTC. */
export const facts: readonly InterruptionFacts[] = [
  {
    station: registry.stations[0]!,
    newest: undefined,
    receivedIn: new Map(),
    notTheStations: {
      plannedStops: [
        {
          ...{ id: '3', station: 'NUOSXL', parameters: undefined },
          ...{ from: +local('2026-12-31 22:00'), to: +local('2026-12-31 23:00') },
        },
      ],
      notHeard: [{ id: 'x', from: +local('2027-01-01 02:00'), to: +local('2027-01-01 02:30') }],
      doubts: [],
    },
    silences: [
      {
        ...{ gapId: 12, kind: 'transmission', parameter: undefined, level: '12h' },
        ...{ from: +local('2026-12-31 18:00'), to: +local('2027-01-01 09:00'), outMs: 5_400_000 },
        takenOut: [
          { by: 'planned-stop', id: '3', ms: 3_600_000 },
          { by: 'own-outage', id: 'x', ms: 1_800_000 },
        ],
        isProbablyOurs: false,
        closedBy: {
          name: 'QNi_CAPH_NUOSXL_20270101090000.txt',
          at: local('2027-01-01 09:03'),
        },
      },
    ],
    records: new Map([[12, record]]),
    mails: new Map([
      [
        notices[0]!.code,
        [
          {
            ...{ code: 'GD-2027-000001', sentAt: local('2027-01-01 07:35') },
            ...{ recipient: '=cmd|x', audience: 'facility:CAPH' },
          },
        ],
      ],
      [
        notices[1]!.code,
        [
          {
            ...{ code: 'GD-2027-000002', sentAt: local('2027-01-01 07:36') },
            ...{ recipient: undefined, audience: 'office' },
          },
        ],
      ],
    ]),
  },
  {
    station: registry.stations[1]!,
    newest: undefined,
    ...{ receivedIn: new Map(), records: new Map(), mails: new Map() },
    // Nothing of it is taken out: it may be the office's own, and nobody has decided yet.
    notTheStations: {
      ...everythingCounts,
      doubts: [{ jointId: 7, from: +local('2027-01-05 05:55'), to: undefined }],
    },
    silences: [
      {
        ...{ gapId: 13, kind: 'transmission', parameter: undefined, level: '1h' },
        ...{ from: +local('2027-01-05 05:55'), to: undefined, outMs: 0, takenOut: [] },
        ...{ isProbablyOurs: true, closedBy: undefined },
      },
    ],
  },
];

const january = {
  scope: { kind: 'province', code: 'QNi' },
  from: local('2027-01-01 00:00'),
} as const;

export const interruptions = buildInterruptionReport(
  { ...january, to: local('2027-02-01 00:00'), level: '15min', withParameters: false },
  facts,
  view,
  madeAt,
);

export const interruptionExample = interruptionDocument(interruptions);

const heard = new Map([
  ['NUOSXL', { lastInstant: local('2027-01-05 07:55'), lastReceivedAt: local('2027-01-05 07:57') }],
  ['KHIXM1', { lastInstant: local('2027-01-05 05:55'), lastReceivedAt: local('2027-01-05 05:57') }],
]);

export const transmission = buildTransmissionReport(
  { ...january, to: local('2027-02-01 00:00') },
  registry.stations.map((station, i) => ({
    condition: judgeStation(station, {
      ...{ view, stops: [stop], heard, lostAfterHours: 12, now: madeAt },
    }),
    series: [
      {
        parameter: undefined,
        ...[
          { expected: 1_236, received: 1_128, late: 12, valid: 1_100, missing: 108 },
          { expected: 864, received: 839, late: 0, valid: 839, missing: 25 },
          { expected: 1_245, received: 0, late: 0, valid: 0, missing: 1_245 },
        ][i]!,
      },
      ...(i > 0
        ? []
        : [
            {
              parameter: 'COD',
              ...{ expected: 1_236, received: 618, late: 2, valid: 600, missing: 618 },
            },
          ]),
    ],
  })),
  interruptions,
  { leastShare: 0.85, lostAfterHours: 12 },
);
export const transmissionExample = transmissionDocument(transmission);
