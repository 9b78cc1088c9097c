import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { fileId } from './testing/rows.ts';
import { startConsole, type TestConsole } from './testing/start-console.ts';

interface Schema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly maxItems?: number;
}

interface Described {
  readonly description: string;
  readonly content?: Readonly<Record<string, { readonly schema: Schema }>>;
}

interface DocumentedOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required?: boolean;
    readonly description?: string;
    readonly schema: Schema;
  }[];
  readonly requestBody?: Described;
  readonly responses: Readonly<Record<string, Described>>;
}

interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
}

let console: TestConsole;
let document: OpenApi;
let operations: readonly { path: string; method: string; operation: DocumentedOperation }[];
beforeAll(async () => {
  console = await startConsole();
  document = (await console.get('/openapi.json')).body as unknown as OpenApi;
  operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
});
afterAll(() => console.close());

const ours = () => operations.filter(({ path }) => path.startsWith('/api/v1/'));
const jsonSchema = (operation: DocumentedOperation): Schema | undefined =>
  operation.responses['200']?.content?.['application/json']?.schema;

/** Every schema within, with its place: `items[].name`. */
function walk(schema: Schema, place = ''): readonly { place: string; schema: Schema }[] {
  const inner = Object.entries(schema.properties ?? {}).flatMap(([name, property]) =>
    walk(property, place === '' ? name : `${place}.${name}`),
  );
  const items = schema.items === undefined ? [] : walk(schema.items, `${place}[]`);
  return [{ place, schema }, ...inner, ...items];
}

describe('the OpenAPI document', () => {
  test('is one of version 3.1 with every route of the console', () => {
    expect(document.openapi).toBe('3.1.0');
    expect(document.info).toEqual({ title: 'Envigate', version: '1' });
    expect(ours().map(({ method, path }) => `${method} ${path}`)).toEqual([
      'get /api/v1/overview',
      'get /api/v1/stations',
      'get /api/v1/stations/{station}',
      'get /api/v1/files',
      'get /api/v1/files/{fileId}',
      'get /api/v1/files/{fileId}/content',
      'get /api/v1/audit/explain',
      'get /api/v1/readings',
      'get /api/v1/quarantine',
      'get /api/v1/quarantine/reasons',
      'get /api/v1/quarantine/{quarantineId}',
      'post /api/v1/quarantine/replay',
      'post /api/v1/quarantine/discard',
      'get /api/v1/replays/{batch}',
      'post /api/v1/files/reread',
      'get /api/v1/unknown-symbols',
      'post /api/v1/unknown-symbols/map',
      'get /api/v1/gaps',
      'get /api/v1/gaps/missing',
      'get /api/v1/reports/interruptions',
      'get /api/v1/reports/transmission',
      'get /api/v1/reports/disconnected-stations',
      'get /api/v1/disconnected-stations',
      'get /api/v1/gaps/{gapId}',
      'get /api/v1/gaps/{gapId}/letters/{letterId}',
      'post /api/v1/gaps/{gapId}/acknowledge',
      'post /api/v1/gaps/{gapId}/hand-over',
      'post /api/v1/gaps/{gapId}/cause',
      'post /api/v1/gaps/{gapId}/confirm',
      'post /api/v1/gaps/{gapId}/ask-back',
      'get /api/v1/notices',
      'get /api/v1/planned-stops',
      'post /api/v1/planned-stops',
      'get /api/v1/planned-stops/{stopId}',
      'post /api/v1/planned-stops/{stopId}/correct',
      'post /api/v1/planned-stops/{stopId}/end',
      'post /api/v1/planned-stops/{stopId}/cancel',
      'get /api/v1/joint-silences',
      'post /api/v1/joint-silences/{jointId}/decide',
      'post /api/v1/gaps/{gapId}/decide',
      'get /api/v1/deliveries',
      'post /api/v1/deliveries/retry',
      'post /api/v1/deliveries/skip',
      'get /api/v1/registry',
      'get /api/v1/registry/history',
      'get /api/v1/registry/{kind}/{code}',
      'get /api/v1/rules',
      'get /api/v1/pending-stations',
      'post /api/v1/pending-stations/accept',
      'post /api/v1/pending-stations/dismiss',
    ]);
  });

  test('gives each operation a name of its own, a summary, a tag and described responses', () => {
    const names = operations.map(({ operation }) => operation.operationId);
    expect(new Set(names).size).toBe(names.length);
    for (const { operation } of operations) {
      expect(operation.operationId).toMatch(/^[a-z][A-Za-z]+$/);
      expect(operation.summary).toBeTruthy();
      expect(operation.tags).toHaveLength(1);
      expect(operation.responses).toHaveProperty('200');
      for (const { description } of Object.values(operation.responses)) {
        expect(description).toMatch(/\.$/);
      }
    }
  });

  test('says each summary in English and in Vietnamese', () => {
    for (const { operation } of ours()) expect(operation.summary).toMatch(/^[^·]+ · [^·]+$/);
  });

  test('declares each variable of a path, and nothing else as one', () => {
    for (const { path, operation } of operations) {
      const variables = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name);
      const declared = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
      expect(declared.map(({ name }) => name)).toEqual(variables);
      expect(declared.every(({ required }) => required === true)).toBe(true);
    }
  });

  test('describes each parameter', () => {
    for (const { operation } of operations) {
      for (const { name, description } of operation.parameters ?? []) {
        expect({ name, description }).toEqual({ name, description: expect.stringMatching(/\.$/) });
      }
    }
  });

  test('bounds each text and each list that a caller may give', () => {
    const unbounded = operations.flatMap(({ path, method, operation }) => {
      const body = operation.requestBody?.content?.['application/json']?.schema ?? {};
      const given = [
        ...(operation.parameters ?? []).map(({ name, schema }) => ({ place: name, schema })),
        ...walk(body),
      ];
      return given
        .filter(({ schema }) => !isBounded(schema))
        .map(({ place }) => `${method} ${path} ${place}`);
    });
    expect(unbounded).toEqual([]);
  });

  test('refuses a text that is longer', async () => {
    const { status } = await console.get(`/api/v1/quarantine?text=${'x'.repeat(101)}`);
    expect(status).toBe(400);
    expect((await console.get(`/api/v1/quarantine?text=${'x'.repeat(100)}`)).status).toBe(200);
  });

  test('describes each field of each answer, and promises all of them', () => {
    for (const { operation } of ours()) {
      for (const { place, schema } of walk(jsonSchema(operation) ?? {})) {
        const { description, properties = {}, required = [] } = schema;
        if (place !== '') {
          expect({ place, description }).toEqual({
            place,
            description: expect.stringMatching(/\S/),
          });
        }
        expect([...required].sort()).toEqual(Object.keys(properties).sort());
      }
    }
  });

  test('shows the bytes of a file as bytes', () => {
    const content = document.paths['/api/v1/files/{fileId}/content']?.['get'];
    expect(Object.keys(content?.responses['200']?.content ?? {})).toEqual([
      'application/octet-stream',
    ]);
  });
});

function isBounded({ type, ...schema }: Schema): boolean {
  if (type === 'string') {
    // A pattern without * and + ends by itself.
    const isShort = schema.pattern !== undefined && !/[*+]/.test(schema.pattern);
    return schema.enum !== undefined || schema.maxLength !== undefined || isShort;
  }
  return type !== 'array' || schema.maxItems !== undefined;
}

/** What a question cannot do without. */
const exampleQueries: Readonly<Record<string, string>> = {
  explainItem: '?item=x.txt',
  listMissingInstants:
    '?station=NUOSXL&from=2026-03-25T00:00:00Z&to=2026-03-26T00:00:00Z&instants=true',
};
const pendingPlace = { account: 'caph', prefix: 'TB_CAPH_NUOMOI', actor: 'officer' };
const exampleBodies: Readonly<Record<string, object>> = {
  acceptPendingStation: pendingPlace,
  dismissPendingStation: { ...pendingPlace, note: 'a test file' },
  replayQuarantine: {
    actor: 'officer',
    select: { all: true },
    station: 'NUOSXL',
    dryRun: true,
    profile: 'SIX',
    asWhole: true,
  },
  discardQuarantined: { actor: 'officer', ids: [41] },
  enterPlannedStop: {
    ...{ actor: 'officer', station: 'NUOSXL', reason: 'repair', hours: 2, parameters: ['pH'] },
    expectedRestart: '2026-03-26T00:00:00+07:00',
  },
  correctPlannedStop: { actor: 'officer', note: 'a slip', reason: 'repair' },
  endPlannedStop: { actor: 'officer', note: 'done' },
  cancelPlannedStop: { actor: 'officer', note: 'not needed' },
  decideJointSilence: { actor: 'officer', note: 'a cut cable', verdict: 'ours' },
  decideGap: { actor: 'officer', note: 'a cut cable', verdict: 'ours' },
  acknowledgeGap: { actor: 'officer' },
  handOverGap: { actor: 'officer', person: 'Trần Bình' },
  stateGapCause: { actor: 'officer', cause: 'logger' },
  confirmGapCause: { actor: 'officer' },
  askBackAboutGap: { actor: 'officer', question: 'Từ mấy giờ?' },
  rereadFiles: {
    ...{ actor: 'officer', station: 'NUOSXL', dryRun: true },
    from: '2026-03-25T00:00:00+07:00',
  },
  retryDeliveries: { actor: 'officer', note: 'the server is right now', select: { ids: [77] } },
  skipDeliveries: { actor: 'officer', note: 'a test file', select: { target: 'gone' } },
  mapUnknownSymbol: { actor: 'officer', station: 'NUOSXL', symbol: 'Xyz', parameter: 'pH' },
};

test('every operation that changes something asks for the operator token', () => {
  for (const { path, method } of ours()) {
    const { security } = document.paths[path]?.[method] as { readonly security?: unknown };
    expect({ path, security }).toEqual({
      path,
      security: method === 'get' ? undefined : [{ operator: [] }],
    });
  }
});

test('every field that is documented is returned, and every field returned is documented', async () => {
  for (const { path, method, operation } of ours()) {
    const schema = jsonSchema(operation);
    if (schema === undefined) continue;
    const place = path
      .replace('{station}', 'NUOSXL')
      .replace('{fileId}', fileId)
      .replace('{quarantineId}', '41')
      .replace('{stopId}', '1')
      .replace('{gapId}', '1')
      .replace('{jointId}', '7')
      .replace('{batch}', '01JQ0000000000000000000008')
      .replace('{kind}/{code}', 'station/NUOSXL');
    const url = `${place}${exampleQueries[operation.operationId] ?? ''}`;
    // Each change is asked for on a console of its own: the other questions are about what is there.
    const asked = method === 'get' ? console : await startConsole();
    const { status, body } =
      method === 'get'
        ? await asked.get(url)
        : await asked.post(url, exampleBodies[operation.operationId] ?? {});
    if (asked !== console) await asked.close();
    expect({ url, status }).toEqual({ url, status: 200 });
    expect({ url, missing: differences(schema, body) }).toEqual({ url, missing: [] });
  }
  // A console is started for each change.
}, 90_000);

/** Where an answer and its schema do not have the same fields. Lists must not be empty. */
function differences(schema: Schema, value: unknown, place = ''): readonly string[] {
  if (value === null) {
    // Without a type it may be anything.
    if (schema.type === undefined && schema.properties === undefined) return [];
    return Array.isArray(schema.type) && schema.type.includes('null') ? [] : [`${place} is null`];
  }
  if (schema.items !== undefined) {
    const rows = value as readonly unknown[];
    if (rows.length === 0) return [`${place} is empty`];
    return rows.flatMap((row) => differences(schema.items ?? {}, row, `${place}[]`));
  }
  if (schema.properties === undefined) return [];
  const fields = value as Readonly<Record<string, unknown>>;
  const names = new Set([...Object.keys(schema.properties), ...Object.keys(fields)]);
  return [...names].flatMap((name) => {
    const property = schema.properties?.[name];
    if (property === undefined) return [`${place}.${name} is not documented`];
    if (!(name in fields)) return [`${place}.${name} is missing`];
    return differences(property, fields[name], `${place}.${name}`);
  });
}

test('nothing that a question finds is lost between the record and the answer', async () => {
  // The serialiser drops what the schema does not name; so each row is compared with the fake's own.
  const pairs = [
    ['files', console.queries.rows.receptions],
    ['readings', console.queries.rows.readings],
    ['quarantine', console.queries.rows.quarantine],
    ['gaps', console.queries.rows.gaps],
    ['notices', console.queries.rows.notices],
    ['deliveries', console.queries.rows.deliveries],
  ] as const;
  for (const [list, rows] of pairs) {
    const { body } = await console.get(`/api/v1/${list}`);
    const [shown] = body['items'] as Record<string, unknown>[];
    expect(Object.keys(shown ?? {})).toEqual(expect.arrayContaining(Object.keys(rows[0] ?? {})));
  }
});
