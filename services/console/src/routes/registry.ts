import {
  describeThresholds,
  fieldChanges,
  hideSecrets,
  isRegistryKind,
  itemsOf,
  registryKinds,
  registrySections,
  type FieldChange,
  type RegistryChange,
} from '@envigate/domain';
import type { RouteRequest } from '@envigate/http';
import { Refusal, type ConsolePorts, type JsonOperation } from '../api/operation.ts';
import { cursor, optional, answerPage, readTime, readTimeRange } from '../api/request.ts';
import * as schema from '../api/schema.ts';

const kind = schema.oneOf('What kind of item.', registryKinds);
const code = schema.code('Its code.');
const at = {
  ...schema.given(`As it was at this time, ${schema.timeForms}; absent: now.`, 40),
  examples: schema.timeExamples,
};
/** Of the form that schemas/registry describes; which fields there are depends on the kind. */
const bodySchema = (description: string) => ({
  type: 'object',
  description,
  additionalProperties: true,
});
const anything = (description: string) => ({ description });

const changeSchema = schema.record('One item that one import changed.', {
  at: schema.instant('When.'),
  actor: schema.orNull(schema.text('Who; null where an earlier version did not note it.')),
  kind,
  code,
  version: schema.integer('Of the item, from 1; the last one where it was removed.'),
  change: schema.oneOf('What became of it.', ['added', 'changed', 'removed']),
  fields: schema.list(
    'Field by field, where it was changed.',
    schema.record('One field.', {
      path: schema.text('As in parameters[COD].max.'),
      kind: schema.oneOf('What became of it.', [
        ...['added', 'removed', 'changed'],
        ...['reordered', 'secret-changed'],
      ]),
      before: anything('What was there; null for nothing, and for a secret.'),
      after: anything('What is there now; null for nothing, and for a secret.'),
    }),
  ),
});

const ruleSchema = schema.record(
  'A rule over time; whole as /api/v1/registry/rule/{code} has it.',
  {
    rule: schema.text('Code.'),
    version: schema.integer('Raised with every change; reasons of readings carry it.'),
    kind: schema.text('What it looks for: flat-line, spike, …'),
    name: schema.record('Its name.', {
      vi: schema.orNull(schema.text('In Vietnamese; null where the registry has none.')),
      en: schema.orNull(schema.text('In English; null where the registry has none.')),
    }),
    thresholds: schema.text('In short, in English.'),
    thresholdsVi: schema.text('In short, in Vietnamese.'),
    source: schema.orNull(
      schema.text('Where the thresholds were read; null where nobody noted it.'),
    ),
    verified: schema.boolean('True after a person confirmed the thresholds.'),
    disabled: schema.boolean('True: it judges nothing.'),
  },
);

const changesCursor = cursor('registry-changes', ['instant', 'text', 'text']);

export function registryRoutes({ desk }: ConsolePorts): JsonOperation[] {
  return [
    {
      path: '/api/v1/registry',
      operationId: 'getRegistry',
      summary: 'The whole registry, without secrets · Toàn bộ danh mục, không kèm mật khẩu và khóa',
      tag: 'registry',
      query: schema.query({ at }),
      response: schema.record(
        'Every section, those without items too. An item has the form of schemas/registry.',
        Object.fromEntries(
          registrySections.map(({ kind, section }) => [
            section,
            schema.list(`Items of the kind ${kind}.`, bodySchema(`One ${kind}.`)),
          ]),
        ),
      ),
      async handle({ query }) {
        const items = itemsOf(await desk.registry(readTime(query, 'at')));
        return Object.fromEntries(
          registrySections.map(({ kind, section }) => [
            section,
            items.filter((item) => item.kind === kind).map(hideSecrets),
          ]),
        );
      },
    },
    {
      path: '/api/v1/registry/history',
      operationId: 'listRegistryChanges',
      summary:
        'Who changed what and when, newest first · Lịch sử thay đổi danh mục, mới nhất trước',
      tag: 'registry',
      query: schema.query({
        kind,
        code,
        ...schema.timeRange('Changed'),
        limit: schema.limit,
        after: schema.after,
      }),
      response: schema.page(changeSchema),
      handle({ query }) {
        const filter = { kind: readKind(query), code: optional<string>(query, 'code') };
        return answerPage(query, {
          cursor: changesCursor,
          read: ({ after, limit }) =>
            desk.changes({
              ...filter,
              ...readTimeRange(query),
              limit,
              after: after && { at: after[0], kind: knownKind(after[1]), code: after[2] },
            }),
          positionOf: ({ at, kind, code }) => [at, kind, code] as const,
          show: showChange,
        });
      },
    },
    {
      path: '/api/v1/registry/{kind}/{code}',
      operationId: 'getRegistryItem',
      summary:
        'One item of the registry, without secrets · Một mục của danh mục, không kèm mật khẩu và khóa',
      tag: 'registry',
      params: { type: 'object', required: ['kind', 'code'], properties: { kind, code } },
      query: schema.query({ at }),
      response: schema.record('The item.', {
        kind,
        code,
        body: bodySchema('Of the form of schemas/registry.'),
      }),
      async handle({ params, query }) {
        const wanted = { kind: readKind(params), code: params['code'] as string };
        const items = itemsOf(await desk.registry(readTime(query, 'at')));
        const item = items.find((i) => i.kind === wanted.kind && i.code === wanted.code);
        if (item === undefined)
          throw new Refusal('not-found', {
            vi: `Danh mục không có mục ${wanted.kind ?? ''} ${JSON.stringify(wanted.code)}`,
            en: `no ${wanted.kind ?? ''} ${JSON.stringify(wanted.code)} in the registry`,
          });
        return { ...wanted, body: hideSecrets(item) };
      },
    },
  ];
}

export function rulesRoutes({ registry }: ConsolePorts): JsonOperation[] {
  return [
    {
      path: '/api/v1/rules',
      operationId: 'listRules',
      summary: 'Rules over time and their thresholds · Quy tắc kiểm tra chuỗi số liệu và ngưỡng',
      tag: 'registry',
      response: schema.record('All of them.', {
        items: schema.list('As in the registry.', ruleSchema),
      }),
      handle: () =>
        Promise.resolve({
          items: registry.current().rules.map((rule) => ({
            rule: rule.code,
            version: rule.version,
            kind: rule.kind,
            name: { vi: rule.name ?? null, en: rule.nameEn ?? null },
            thresholds: describeThresholds(rule).en,
            thresholdsVi: describeThresholds(rule).vi,
            source: rule.source ?? null,
            verified: rule.verified === true,
            disabled: rule.disabled === true,
          })),
        }),
    },
  ];
}

function readKind(given: RouteRequest['query']) {
  const text = optional<string>(given, 'kind');
  return text === undefined ? undefined : knownKind(text);
}

function knownKind(text: string) {
  if (isRegistryKind(text)) return text;
  const kinds = registryKinds.join(', ');
  throw new Refusal('invalid', {
    vi: `kind: phải là một trong ${kinds}`,
    en: `kind: must be one of ${kinds}`,
  });
}

function showChange({ before, after, ...change }: RegistryChange) {
  const isChanged = before !== null && after !== null;
  return {
    ...change,
    change: isChanged ? 'changed' : before === null ? 'added' : 'removed',
    fields: isChanged ? fieldChanges(change.kind, before, after).map(showField) : [],
  };
}

function showField(field: FieldChange) {
  return { before: null, after: null, ...field };
}
