import type { Registry } from '@envigate/contracts';
import { RegistryView } from '@envigate/domain';
import { buildApp } from '@envigate/http';
import { Health, Telemetry, silentLogger } from '@envigate/runtime';
import { routeOf, consoleOperations } from '../compose.ts';
import type { GatewayParts } from '../api/operation.ts';
import { events } from '../api/telemetry.ts';
import { FakeDeliveryDesk } from './fake-delivery-desk.ts';
import { FakeDesk } from './fake-desk.ts';
import { FakeReports } from './fake-reports.ts';
import { FakeAttributions } from './fake-attributions.ts';
import { FakeGapRecords } from './fake-gap-records.ts';
import { FakeStops } from './fake-stops.ts';
import { FakeReplays } from './fake-replays.ts';
import { FakeQueries } from './fake-queries.ts';
import { at } from './rows.ts';

const registry: Registry = {
  facilities: [{ code: 'CAPH', name: 'Nhà máy Cẩm Phả', nameEn: 'Cam Pha plant' }],
  parameters: [{ code: 'pH', symbol: 'pH', name: 'pH', nameEn: 'pH', unit: 'pH' }],
  targets: [{ code: 'ministry-ftp', kind: 'ftp', url: 'ftp://127.0.0.1:21/' }],
  stations: [
    {
      code: 'NUOSXL',
      facility: 'CAPH',
      name: 'Nước sau xử lý',
      nameEn: 'Treated water',
      kind: 'waste-water',
      intervalMinutes: 15,
    },
    {
      code: 'KHIAMO',
      facility: 'CAPH',
      name: 'Khí ống khói',
      kind: 'stack-gas',
      utcOffsetMinutes: 480,
    },
  ],
  accounts: [{ code: 'caph', stations: ['NUOSXL', 'KHIAMO'] }],
  profiles: [
    {
      ...{ code: 'SIX', name: 'Thiết bị ghi thêm số máy', separator: 'tab' },
      columns: ['ignored', 'symbol', 'value', 'unit', 'time', 'status'],
    },
  ],
  rules: [{ code: 'flat', version: 2, kind: 'flat-line', name: 'Giá trị không đổi', minutes: 120 }],
};

export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
  readonly bytes: Buffer;
  readonly headers: Readonly<Record<string, unknown>>;
}

interface InjectedRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly payload?: object;
  readonly headers?: Record<string, string>;
}

const idleGateway: { -readonly [K in keyof GatewayParts]: GatewayParts[K] } = {
  eventLogKind: 'postgres',
  checkEventLog: async () => undefined,
  spool: async () => ({ files: 0, oldestSeconds: 0 }),
  gapGraceMinutes: 15,
  lostAfterHours: 12,
  readGuide: async () => '# Guide <of> operators',
};

/** The console's routes on the HTTP server, without a port, over a record in memory. */
export async function startConsole({
  stations = registry.stations,
  ...guard
}: {
  host?: string;
  operatorToken?: string;
  stations?: Registry['stations'];
} = {}) {
  const gateway = { ...idleGateway };
  const queries = new FakeQueries();
  const desk = new FakeDesk(registry);
  const replays = new FakeReplays();
  const deliveries = new FakeDeliveryDesk();
  const attributions = new FakeAttributions();
  const stops = new FakeStops(new RegistryView(registry), () => at('17:05:00'));
  const gapRecords = new FakeGapRecords(() => at('17:05:00'));
  const telemetry = new Telemetry();
  const emit = telemetry.emitter(events, silentLogger());
  const view = new RegistryView({ ...registry, stations });
  const reports = new FakeReports(view);
  const operations = consoleOperations({
    ...{ queries, desk, replays, deliveries, stops, gapRecords, attributions, emit, reports },
    registry: { current: () => view },
    clock: () => at('17:05:00'),
    gateway,
  });
  const app = await buildApp({
    host: '127.0.0.1',
    port: 0,
    logger: silentLogger(),
    telemetry,
    health: new Health(),
    routes: operations.map((operation) => routeOf(operation, emit)),
    title: 'Envigate',
    version: '1',
    ...guard,
  });
  const ask = async (request: InjectedRequest): Promise<Answer> => {
    const response = await app.inject(request);
    const isJson = response.headers['content-type']?.toString().includes('json') ?? false;
    return {
      status: response.statusCode,
      body: isJson ? response.json<Record<string, unknown>>() : {},
      bytes: response.rawPayload,
      headers: response.headers,
    };
  };
  return {
    queries,
    desk,
    replays,
    deliveries,
    stops,
    reports,
    attributions,
    gateway,
    operations,
    metrics: () => telemetry.metrics(),
    close: () => app.close(),
    get: (url: string) => ask({ method: 'GET', url }),
    post: (url: string, payload: object, headers: Record<string, string> = {}) =>
      ask({ method: 'POST', url, payload, headers }),
  };
}

export type TestConsole = Awaited<ReturnType<typeof startConsole>>;
