import type {
  BilingualText,
  BoardQueries,
  ConsoleQueries,
  OriginalBytes,
} from '@envigate/contracts';
import type {
  AttributionDesk,
  DeliveryDesk,
  GapRecordDesk,
  PlannedStopDesk,
  RegistryDesk,
  RegistrySource,
  ReplayDesk,
  ReportDesk,
  ReportDocument,
} from '@envigate/domain';
import type { JsonSchema, Route, RouteRequest } from '@envigate/http';
import type { Clock, Emit } from '@envigate/runtime';
import type { events } from './telemetry.ts';

/**
 * One operation of the API, as data: what it takes, what it answers, and the function in between.
 * Throws a Refusal for what cannot be answered. compose.ts makes routes of a server out of them.
 */
export type Operation = JsonOperation | BytesOperation | PageOperation | ReportOperation;

type Described = Pick<
  Route,
  'path' | 'operationId' | 'summary' | 'description' | 'tag' | 'params' | 'query' | 'body'
> & {
  /** POST where it changes something; such a one must say who asks. Default GET. */
  readonly method?: 'GET' | 'POST';
};

export interface JsonOperation extends Described {
  readonly response: JsonSchema;
  readonly handle: (request: RouteRequest) => Promise<unknown>;
}

export interface BytesOperation extends Described {
  readonly response: 'bytes';
  readonly handle: (request: RouteRequest) => Promise<OriginalBytes>;
}

export interface PageOperation extends Described {
  readonly response: 'html';
  readonly handle: (request: RouteRequest) => Promise<Page>;
}

export interface ReportOperation extends Described {
  readonly response: 'report';
  readonly handle: (request: RouteRequest) => Promise<AskedReport>;
}

/** A report and the form that it was asked for in; compose.ts has it made. */
export interface AskedReport {
  readonly document: ReportDocument;
  readonly format: ReportFormat;
  /** Which table, of CSV. */
  readonly table: string;
  /** Of CSV. */
  readonly separator: ',' | ';';
}

export const reportFormats = ['csv', 'xlsx', 'html'] as const;
export type ReportFormat = (typeof reportFormats)[number];

/** HTML for people, with the content of its only style element. 503: the database does not answer. */
export interface Page {
  readonly html: string;
  readonly style: string;
  readonly status: 200 | 503;
}

/**
 * A question without an answer: one that makes no sense, or about something that is not known; or
 * a change that what is there does not allow.
 */
export class Refusal extends Error {
  readonly kind: 'invalid' | 'not-found' | 'conflict';

  /** In both languages; the message has the English. */
  readonly text: BilingualText;

  constructor(kind: Refusal['kind'], text: BilingualText) {
    super(text.en);
    this.name = 'Refusal';
    this.kind = kind;
    this.text = text;
  }
}

const asked = {
  station: { vi: 'trạm', en: 'station' },
  file: { vi: 'tệp', en: 'file' },
  'quarantine row': { vi: 'mục cách ly', en: 'quarantine row' },
  item: { vi: 'lượt nhận, tệp hoặc giá trị', en: 'reception, file or reading' },
  batch: { vi: 'lần xử lý lại', en: 'batch' },
  stop: { vi: 'lần dừng', en: 'planned stop' },
  parameter: { vi: 'thông số', en: 'parameter' },
  gap: { vi: 'khoảng gián đoạn', en: 'gap' },
  letter: { vi: 'tệp đính kèm', en: 'letter' },
  'joint silence': { vi: 'lần gián đoạn cùng lúc', en: 'joint silence' },
} as const satisfies Readonly<Record<string, BilingualText>>;

/** That something of this name or number is not there. */
export function unknownOf(what: keyof typeof asked, name: string | number): BilingualText {
  const { vi, en } = asked[what];
  const shown = JSON.stringify(name);
  return { vi: `Không có ${vi} ${shown}`, en: `no ${en} ${shown}` };
}

/** What the console's routes need: the record, the registry for names and offsets, and the desks for changes. */
export interface ConsolePorts {
  readonly queries: ConsoleQueries & BoardQueries;
  readonly registry: RegistrySource;
  readonly desk: RegistryDesk;
  readonly replays: ReplayDesk;
  readonly deliveries: DeliveryDesk;
  readonly stops: PlannedStopDesk;
  readonly reports: ReportDesk;
  readonly gapRecords: GapRecordDesk;
  readonly attributions: AttributionDesk;
  readonly emit: Emit<typeof events>;
  readonly clock: Clock;
  readonly gateway: GatewayParts;
}

/** What the console knows of the parts around it. */
export interface GatewayParts {
  readonly eventLogKind: string;
  /** Rejects where the event log does not answer. */
  readonly checkEventLog: () => Promise<void>;
  /** Undefined where the receiver is another process. */
  readonly spool: () => Promise<SpoolDepth | undefined>;
  /** Minutes beyond a station's interval before its silence is a gap. */
  readonly gapGraceMinutes: number;
  /** A station without data for longer is lost. */
  readonly lostAfterHours: number;
  /** The operators' guide; undefined where it is not installed. */
  readonly readGuide: () => Promise<string | undefined>;
}

/** What is received and not handed over to the event log yet. */
export interface SpoolDepth {
  readonly files: number;
  readonly oldestSeconds: number;
}
