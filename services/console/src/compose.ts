import { readFile } from 'node:fs/promises';
import type { Configuration } from '@envigate/contracts';
import type {
  AttributionDesk,
  GapRecordDesk,
  PlannedStopDesk,
  RegistryDesk,
  RegistrySource,
  ReplayDesk,
} from '@envigate/domain';
import type { EventLog } from '@envigate/event-log';
import {
  Bytes,
  Documents,
  formServer,
  Html,
  HttpError,
  httpServer,
  type Route,
  type RouteRequest,
} from '@envigate/http';
import {
  answerDesk,
  cancelWith,
  attributionDesk,
  consoleQueries,
  deliveryDesk,
  gapRecordDesk,
  plannedStopDesk,
  registryDesk,
  replayDesk,
  reportDesk,
  type Database,
} from '@envigate/postgres';
import { contentTypes, renderCsv, renderHtml, renderXlsx } from '@envigate/reports';
import { Scope, type Clock, type Emit, type Service, type Telemetry } from '@envigate/runtime';
import { answerServer } from './answers/answers.ts';
import {
  Refusal,
  type AskedReport,
  type ConsolePorts,
  type Operation,
  type SpoolDepth,
} from './api/operation.ts';
import { events } from './api/telemetry.ts';
import { boardRoutes } from './board/board.ts';
import { auditRoutes } from './routes/audit.ts';
import { deliveryRoutes } from './routes/deliveries.ts';
import { fileRoutes } from './routes/files.ts';
import { gapRecordRoutes } from './routes/gap-records.ts';
import { gapRoutes } from './routes/gaps.ts';
import { noticeRoutes } from './routes/notices.ts';
import { overviewRoutes } from './routes/overview.ts';
import { attributionRoutes } from './routes/attributions.ts';
import { plannedStopRoutes } from './routes/planned-stops.ts';
import { pendingStationRoutes, unknownSymbolRoutes } from './routes/unregistered.ts';
import { quarantineRoutes } from './routes/quarantine.ts';
import { readingRoutes } from './routes/readings.ts';
import { registryRoutes, rulesRoutes } from './routes/registry.ts';
import { replayRoutes } from './routes/replays.ts';
import { missingRoutes } from './routes/missing.ts';
import { reportRoutes } from './routes/reports.ts';
import { rereadRoutes } from './routes/rereads.ts';
import { stationRoutes } from './routes/stations.ts';

export interface ConsoleShared {
  readonly database: Database;
  readonly registry: RegistrySource;
  readonly eventLog: Pick<EventLog, 'check'>;
  /** Of services that run in the same process. */
  readonly routes?: readonly Route[];
}

/** Ready while the database answers. */
export const console: Service<ConsoleShared> = {
  name: 'console',
  compose: ({ config, telemetry, logger, clock, health, ...shared }) => ({
    name: 'console',
    async start() {
      const { database, registry, eventLog, routes = [] } = shared;
      const questions = questionsOf(database, config.console.queries);
      const emit = telemetry.emitter(events, logger);
      const { answers } = config;
      const maxLetterBytes = answers.maxLetterMegabytes * 1024 * 1024;
      const operations = consoleOperations({
        queries: consoleQueries(questions),
        desk: { ...registryDesk(questions), ...changesOf(registryDesk(database)) },
        replays: { ...replayDesk(questions), ...requestsOf(replayDesk(database)) },
        deliveries: deliveryDesk(database),
        stops: stopsOf(questions, database, clock),
        reports: reportDesk(questions, {
          clock,
          graceMinutes: config.gapDetector.graceMinutes,
          policy: {
            leastShare: config.notifier.daily.leastShare,
            lostAfterHours: config.reports.lostAfterHours,
          },
        }),
        gapRecords: gapRecordsOf(questions, database, clock, maxLetterBytes),
        attributions: attributionsOf(questions, database),
        registry,
        emit,
        clock,
        gateway: {
          eventLogKind: config.eventLog.kind,
          checkEventLog: () => eventLog.check(),
          spool: () => spoolDepth(telemetry),
          gapGraceMinutes: config.gapDetector.graceMinutes,
          lostAfterHours: config.reports.lostAfterHours,
          readGuide,
        },
      });
      const server = httpServer({
        host: config.console.host,
        port: config.console.port,
        hosts: config.console.hosts,
        operatorToken: config.console.operatorToken,
        logger,
        telemetry,
        health,
        routes: [...operations.map((operation) => routeOf(operation, emit)), ...routes],
        title: 'Envigate',
        version: apiVersion,
      });
      const scope = new Scope();
      try {
        const { url } = await scope.start(server);
        emit('console-listening', { url });
        // Without an address that facilities can reach no mail has a link: there is nothing to serve.
        if (answers.publicUrl !== undefined) {
          const { name, nameEn } = config.notifier.office;
          const page = answerServer({
            ...{ desk: answerDesk(database, clock, maxLetterBytes), registry, clock, emit },
            ...{ office: { vi: name, en: nameEn }, maxLetterBytes },
            requestsPerMinute: answers.requestsPerMinute,
          });
          const { host, port, trustedProxies } = answers;
          const listening = await scope.start(
            formServer({ ...page, title: 'answer page', host, port, trustedProxies, logger }),
          );
          emit('answers-listening', { url: listening.url });
        }
        health.add({ name: 'database', check: () => database.check() });
        return {
          value: { url },
          failed: scope.failed,
          async stop() {
            await scope.stop();
            await questions.close();
          },
        };
      } catch (error) {
        await scope.stop();
        await questions.close();
        throw error;
      }
    },
  }),
};

/**
 * Questions have connections and a time of their own, so that none of them takes those of the
 * services that record and deliver.
 */
function questionsOf(
  database: Database,
  { connections, timeoutSeconds }: Configuration['console']['queries'],
): Database {
  return database.withLimits({
    applicationName: 'envigate console',
    poolSize: connections,
    statementTimeoutMs: timeoutSeconds * 1000,
    readsByIndex: true,
    waiting: { maxWaiting: maxWaitingQuestions, patienceMs: timeoutSeconds * 1000 },
  });
}

const maxWaitingQuestions = 100;

/** What changes something is done over the connections of the services. */
function changesOf(desk: RegistryDesk): Pick<RegistryDesk, 'acceptStation' | 'dismissStation'> {
  return {
    acceptStation: (...acceptance) => desk.acceptStation(...acceptance),
    dismissStation: (...dismissal) => desk.dismissStation(...dismissal),
  };
}

function requestsOf(
  desk: ReplayDesk,
): Pick<ReplayDesk, 'request' | 'requestReread' | 'discard' | 'mapSymbol'> {
  return {
    request: (...request) => desk.request(...request),
    requestReread: (...request) => desk.requestReread(...request),
    discard: (...rows) => desk.discard(...rows),
    mapSymbol: (...mapping) => desk.mapSymbol(...mapping),
  };
}

function attributionsOf(questions: Database, database: Database): AttributionDesk {
  const changes = attributionDesk(database);
  return { ...attributionDesk(questions), decide: (...decision) => changes.decide(...decision) };
}

function stopsOf(questions: Database, database: Database, clock: Clock): PlannedStopDesk {
  const changes = plannedStopDesk(database, clock);
  return {
    ...plannedStopDesk(questions, clock),
    enter: (...entry) => changes.enter(...entry),
    change: (...change) => changes.change(...change),
  };
}

function gapRecordsOf(
  questions: Database,
  database: Database,
  clock: Clock,
  maxLetterBytes: number,
): GapRecordDesk {
  const changes = gapRecordDesk(database, clock, maxLetterBytes);
  return {
    ...gapRecordDesk(questions, clock, maxLetterBytes),
    enter: (...entry) => changes.enter(...entry),
  };
}

/** As the receiver measures it, where it runs in this process. */
async function spoolDepth(telemetry: Telemetry): Promise<SpoolDepth | undefined> {
  const files = await telemetry.value('envigate_spool_waiting_files');
  const oldestSeconds = await telemetry.value('envigate_spool_oldest_waiting_seconds');
  return files === undefined || oldestSeconds === undefined ? undefined : { files, oldestSeconds };
}

/** Installed with the program, day-to-day work first; a page is small, and rarely asked for. */
async function readGuide(): Promise<string | undefined> {
  const folder = new URL('../../docs/operators/', import.meta.url);
  const parts = [
    ...['run.md', 'gaps-and-answers.md', 'reports.md', 'alerts.md'],
    ...['failures.md', 'install.md', 'reference.md'],
  ];
  const texts = parts.map((name) => readFile(new URL(name, folder), 'utf8'));
  return Promise.all(texts).then(
    (read) => read.join('\n'),
    () => undefined,
  );
}

/** Of the API: raised when an answer loses something or means something else. */
export const apiVersion = '1';

/** The operation on a server: refusals and absent servers become HTTP statuses. */
export function routeOf(operation: Operation, emit: Emit<typeof events>): Route {
  const { operationId, method = 'GET', response } = operation;
  const isQuestion = method === 'GET';
  return {
    ...operation,
    method,
    response: response === 'report' ? new Documents(Object.values(contentTypes)) : response,
    async handle(request) {
      const began = performance.now();
      const report = (outcome: 'answered' | 'refused' | 'failed'): void =>
        emit('question-answered', {
          operation: operationId,
          outcome,
          seconds: (performance.now() - began) / 1000,
        });
      try {
        const ask = () => answer(operation, request);
        // A change that has begun is not given up half-way, nor after it was made.
        const result = await (isQuestion ? cancelWith(request.signal, ask) : ask());
        report('answered');
        return result;
      } catch (error) {
        report(error instanceof Refusal ? 'refused' : 'failed');
        throw httpErrorOf(error);
      }
    },
  };
}

async function answer(operation: Operation, request: RouteRequest): Promise<unknown> {
  if (isOf('bytes', operation)) {
    const { content, name } = await operation.handle(request);
    return new Bytes(content, 'application/octet-stream', name);
  }
  if (isOf('html', operation)) {
    const { html, style, status } = await operation.handle(request);
    return new Html(html, style, status);
  }
  if (isOf('report', operation)) return formOf(await operation.handle(request));
  return operation.handle(request);
}

/** The report in the form that was asked for. */
async function formOf({ document, format, table, separator }: AskedReport): Promise<Bytes | Html> {
  const file = (content: Uint8Array) =>
    new Bytes(content, contentTypes[format], `${document.fileName}.${format}`);
  switch (format) {
    case 'html': {
      const { html, style } = renderHtml(document);
      return new Html(html, style);
    }
    case 'xlsx':
      return file(await renderXlsx(document));
    case 'csv': {
      const asked = document.tables.find(({ key }) => key === table);
      if (asked === undefined) throw new Error(`the report has no table ${table}`);
      return file(Buffer.from(renderCsv(asked, { separator })));
    }
  }
}

function isOf<R extends 'bytes' | 'html' | 'report'>(
  response: R,
  operation: Operation,
): operation is Extract<Operation, { readonly response: R }> {
  return operation.response === response;
}

// SQLSTATE query_canceled.
const statementTimeout = '57014';

function httpErrorOf(error: unknown): unknown {
  if (error instanceof Refusal) {
    switch (error.kind) {
      case 'invalid':
        return new HttpError(400, 'request-invalid', error.text);
      case 'not-found':
        return new HttpError(404, 'not-found', error.text);
      case 'conflict':
        return new HttpError(409, 'conflict', error.text);
    }
  }
  const { retryable, code } = error as { retryable?: unknown; code?: unknown };
  if (retryable !== true) return error;
  switch (code) {
    case statementTimeout:
      return new HttpError(503, 'question-too-large', {
        vi: 'Truy vấn vượt quá thời gian cho phép (console.queries.timeoutSeconds); thu hẹp điều kiện: chọn trạm, tài khoản hoặc khoảng thời gian ngắn hơn',
        en: 'the answer takes the database longer than console.queries.timeoutSeconds; ask for less: a station, an account, a shorter time',
      });
    case 'busy':
      return new HttpError(503, 'too-many-questions', {
        vi: 'Quá nhiều truy vấn cùng lúc; thử lại sau',
        en: 'too many questions at once; try again later',
      });
    default:
      return new HttpError(503, 'unavailable', {
        vi: 'Cơ sở dữ liệu không phản hồi; thử lại sau',
        en: 'the database does not answer; try again later',
      });
  }
}

/** Everything the console answers. It reads, and changes the registry where it is asked to. */
export function consoleOperations(ports: ConsolePorts): readonly Operation[] {
  return [
    ...boardRoutes(ports),
    ...overviewRoutes(ports),
    ...stationRoutes(ports),
    ...fileRoutes(ports),
    ...auditRoutes(ports),
    ...readingRoutes(ports),
    ...quarantineRoutes(ports),
    ...replayRoutes(ports),
    ...rereadRoutes(ports),
    ...unknownSymbolRoutes(ports),
    ...gapRoutes(ports),
    ...missingRoutes(ports),
    ...reportRoutes(ports),
    ...gapRecordRoutes(ports),
    ...noticeRoutes(ports),
    ...plannedStopRoutes(ports),
    ...attributionRoutes(ports),
    ...deliveryRoutes(ports),
    ...registryRoutes(ports),
    ...rulesRoutes(ports),
    ...pendingStationRoutes(ports),
  ];
}
