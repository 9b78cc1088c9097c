import {
  disconnectedDocument,
  disconnectedStates,
  gapLevels,
  interruptionDocument,
  isDisconnected,
  isRefused,
  stationStateLabels,
  stopReasons,
  transmissionDocument,
  type GapLevel,
  type ReportDocument,
  type ReportRefusal,
  type StationCondition,
} from '@envigate/domain';
import type { RouteRequest } from '@envigate/http';
import {
  Refusal,
  reportFormats,
  type AskedReport,
  type ConsolePorts,
  type JsonOperation,
  type Operation,
  type ReportFormat,
  type ReportOperation,
} from '../api/operation.ts';
import { optional, readScope, readTimeRange } from '../api/request.ts';
import * as schema from '../api/schema.ts';
import { stationKinds } from './stations.ts';

const scope = {
  station: schema.code('Of this station only.'),
  facility: schema.code('Of the stations of this facility only.'),
  province: schema.code('Of the stations of this province only, by its code in file names.'),
};
const period = {
  from: schema.timeRange('Begin of the period: data').from,
  to: schema.timeRange('End of the period: data').to,
};
const form = (tables: readonly string[]) => ({
  format: {
    ...schema.oneOf(
      'csv: one table. xlsx: a workbook with all of them. html: a page to be printed.',
      reportFormats,
    ),
    default: 'html',
  },
  table: { ...schema.oneOf('Which table, of CSV.', tables), default: tables[0] },
  separator: {
    ...schema.oneOf(
      'Of CSV. comma: decimal point. semicolon: decimal comma, as spreadsheets in Vietnamese read it.',
      ['comma', 'semicolon'],
    ),
    default: 'comma',
  },
});

/** Reports of the office: interruptions, transmission, stations that do not send. Each is made when it is asked for. */
export function reportRoutes(ports: ConsolePorts): Operation[] {
  const { reports, clock, gateway } = ports;
  const { lostAfterHours } = gateway;
  const interruptions: ReportOperation = {
    path: '/api/v1/reports/interruptions',
    operationId: 'getInterruptionReport',
    summary:
      'Interruptions of the transmission in a period · Báo cáo gián đoạn truyền dữ liệu trong kỳ',
    description:
      'Gaps that reach into the period, with hours, files, notices and what closed them. 366 days and 20,000 gaps at most. Times are of the clock of Vietnam.',
    tag: 'reports',
    query: schema.query({
      ...{ ...period, ...scope },
      level: { ...schema.oneOf('Of this level or a higher one.', gapLevels), default: '15min' },
      parameters: {
        ...schema.boolean('Gaps of single parameters, and without valid values, too.'),
        default: false,
      },
      ...form(['gaps', 'totals']),
    }),
    response: 'report',
    async handle(request) {
      const { query } = request;
      const report = await reports.interruptions({
        ...questionOf(request),
        level: query['level'] as GapLevel,
        withParameters: query['parameters'] === true,
      });
      return askedFor(interruptionDocument(accepted(report)), request);
    },
  };
  const transmission: ReportOperation = {
    path: '/api/v1/reports/transmission',
    operationId: 'getTransmissionReport',
    summary:
      'Running state and transmission of stations in a period · Báo cáo tình hình hoạt động và truyền dữ liệu',
    description:
      'As QĐ 2530/QĐ-TTg asks of each province; it prescribes no form. 366 days and 31,000 days of stations at most.',
    tag: 'reports',
    query: schema.query({
      ...{ ...period, ...scope },
      ...form(['stations', 'parameters', 'gaps', 'disconnected']),
    }),
    response: 'report',
    async handle(request) {
      const report = await reports.transmission(questionOf(request));
      return askedFor(transmissionDocument(accepted(report)), request);
    },
  };
  const disconnectedReport: ReportOperation = {
    path: '/api/v1/reports/disconnected-stations',
    operationId: 'getDisconnectedReport',
    summary:
      'Stations not connected, lost or stopped, as a document · Trạm chưa kết nối, mất kết nối hoặc dừng truyền (tệp)',
    tag: 'reports',
    query: schema.query({ ...scope, ...form(['disconnected']) }),
    response: 'report',
    async handle(request) {
      const asked = readScope(request.query, ['station', 'facility', 'province']);
      const conditions = accepted(await reports.stationConditions(asked));
      const made = { madeAt: clock(), lostAfterHours };
      return askedFor(disconnectedDocument(conditions, asked, made), request);
    },
  };
  return [interruptions, transmission, disconnectedReport, disconnectedList(ports)];
}

const disconnectedSchema = schema.record('A station that is not connected, lost or stopped.', {
  station: schema.text('Code.'),
  name: schema.text('Name, in Vietnamese.'),
  kind: schema.oneOf('What it watches.', stationKinds),
  facility: schema.text('Code of the plant or office.'),
  province: schema.orNull(
    schema.text('Code of the province, as in file names; null where the registry has none.'),
  ),
  state: schema.oneOf(
    'never-sent: nothing of it was ever recorded. lost: no data for longer than reports.lostAfterHours. stopped: it is in a planned stop.',
    disconnectedStates,
  ),
  stateText: schema.record('The state in words.', {
    vi: schema.text('In Vietnamese.'),
    en: schema.text('In English.'),
  }),
  since: schema.orNull(
    schema.instant('The newest data, or the begin of the stop; null of one that never sent.'),
  ),
  expectedRestart: schema.orNull(
    schema.instant('Of a stop: as entered, or its end; null of the others.'),
  ),
  stop: schema.orNull(
    schema.record('The planned stop; null where it is in none.', {
      stopId: schema.integer('Number of the stop.'),
      reason: schema.oneOf('Why.', Object.keys(stopReasons)),
      words: schema.text('What was written beside the reason; may be empty.'),
    }),
  ),
  lastInstant: schema.orNull(schema.instant('Its newest data; null where it has none.')),
  lastReceivedAt: schema.orNull(
    schema.instant('When its newest file was received, read or not; null where none was.'),
  ),
});

function disconnectedList({ reports }: ConsolePorts): JsonOperation {
  return {
    path: '/api/v1/disconnected-stations',
    operationId: 'listDisconnectedStations',
    summary:
      'Stations not connected, lost or stopped · Trạm chưa kết nối, mất kết nối hoặc dừng truyền',
    tag: 'stations',
    query: schema.query({
      ...scope,
      state: schema.oneOf('In this state only.', disconnectedStates),
    }),
    response: schema.record('By facility and station.', {
      items: schema.list('The stations.', disconnectedSchema),
    }),
    async handle({ query }) {
      const asked = readScope(query, ['station', 'facility', 'province']);
      const state = optional<string>(query, 'state');
      const conditions = accepted(await reports.stationConditions(asked));
      return {
        items: conditions
          .filter(isDisconnected)
          .filter((one) => state === undefined || one.state === state)
          .map(showDisconnected),
      };
    },
  };
}

function showDisconnected({ station, state, stop, ...condition }: StationCondition) {
  return {
    ...{ station: station.code, name: station.name.vi, kind: station.kind },
    ...{ facility: station.facility.code, province: station.province ?? null },
    ...{ state, stateText: stationStateLabels[state], stop: stop ?? null },
    since: condition.since ?? null,
    expectedRestart: condition.expectedRestart ?? null,
    lastInstant: condition.lastInstant ?? null,
    lastReceivedAt: condition.lastReceivedAt ?? null,
  };
}

/** Throws a Refusal where the period is not given. */
function questionOf({ query }: RouteRequest) {
  const { from, to } = readTimeRange(query);
  if (from === undefined || to === undefined)
    throw new Refusal('invalid', {
      vi: 'cần from và to, ví dụ 01/03/2026 00:00 và 01/04/2026 00:00',
      en: 'from, to: both must be given, like 01/03/2026 00:00 and 01/04/2026 00:00',
    });
  return { from, to, scope: readScope(query, ['station', 'facility', 'province']) };
}

/** Throws a Refusal where there is no report. */
export function accepted<T extends object>(outcome: T | ReportRefusal): T {
  if (!isRefused(outcome)) return outcome;
  throw new Refusal(outcome.kind === 'unknown' ? 'not-found' : 'invalid', outcome.text);
}

function askedFor(document: ReportDocument, { query }: RouteRequest): AskedReport {
  const separator = query['separator'] === 'semicolon' ? ';' : ',';
  return {
    ...{ document, separator },
    ...{ format: query['format'] as ReportFormat, table: query['table'] as string },
  };
}
