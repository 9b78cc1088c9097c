import type { Reception } from '@envigate/contracts';
import type { JsonSchema, Route } from '@envigate/http';
import type { HeldDesk, HeldItem } from './held-desk.ts';

/** What operators may ask and decide about held files. Handlers reject with HeldRefusal and TreeError. */
export function heldRoutes(desk: () => HeldDesk): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/held',
      operationId: 'listHeld',
      summary: 'Files that are held, the oldest first · Tệp tạm giữ, cũ nhất trước',
      tag,
      response: objectOf({ files: { type: 'array', items: itemSchema } }),
      handle: async () => ({ files: (await desk().list()).map(showItem) }),
    },
    {
      method: 'GET',
      path: '/held/{id}',
      operationId: 'getHeld',
      summary: 'One held file with its bytes · Một tệp tạm giữ cùng nội dung',
      tag,
      params: idSchema,
      response: objectOf({
        ...itemFields,
        content: { type: 'string', description: 'The bytes in base64.' },
      }),
      handle: async ({ params }) => {
        const { item, content } = await desk().show(idOf(params));
        return { ...showItem(item), content: content.toString('base64') };
      },
    },
    {
      method: 'POST',
      path: '/held/{id}/release',
      operationId: 'releaseHeld',
      summary: 'Receive a held file as it is · Tiếp nhận nguyên trạng tệp tạm giữ',
      tag,
      params: idSchema,
      body: objectOf({ actor, note, as }, ['actor']),
      response: receptionSchema,
      handle: async ({ params, body }) => {
        const { actor, note, as } = body as DecisionBody;
        return showReception(
          await desk().decide(idOf(params), { by: 'operator', actor, note, as }),
        );
      },
    },
    {
      method: 'POST',
      path: '/held/{id}/discard',
      operationId: 'discardHeld',
      summary:
        'Put a held file into quarantine: it is kept, and not read for data · Chuyển tệp tạm giữ vào khu cách ly, không đọc số liệu',
      tag,
      params: idSchema,
      body: objectOf({ actor, note }, ['actor', 'note']),
      response: receptionSchema,
      handle: async ({ params, body }) => {
        const { actor, note } = body as DecisionBody;
        return showReception(await desk().decide(idOf(params), { by: 'discard', actor, note }));
      },
    },
  ];
}

const tag = 'held';

interface DecisionBody {
  readonly actor: string;
  readonly note?: string;
  readonly as?: string;
}

function objectOf(
  properties: JsonSchema,
  required: readonly string[] = Object.keys(properties),
): JsonSchema {
  return { type: 'object', additionalProperties: false, required, properties };
}

const words = { type: 'string', minLength: 1, maxLength: 500 };
const actor = { ...words, maxLength: 100, description: 'Who decides.' };
const note = { ...words, description: 'Why.' };
const as = { ...words, maxLength: 255, description: 'Name of a file under a temporary name.' };
const idSchema = objectOf({ id: { type: 'string', pattern: '^[0-9A-Za-z-]{1,64}$' } });

const instantOrNull = { type: ['string', 'null'], format: 'date-time' };
const itemFields = {
  id: { type: 'string', description: 'What release and discard ask for.' },
  account: { type: 'string', description: 'Account that sent it.' },
  path: { type: 'string', description: "Path in the account's tree." },
  size: { type: 'integer', description: 'Bytes.' },
  reason: { type: 'string', description: 'Why it is held.' },
  detail: { type: 'string', description: 'What looks cut or what broke.' },
  since: { type: 'string', format: 'date-time', description: 'Held since.' },
  releasedAt: {
    ...instantOrNull,
    description: 'When it is received as it is; null where only a person decides.',
  },
  protocol: { type: ['string', 'null'], description: 'Door it came through; null: not known.' },
  peer: { type: ['string', 'null'], description: 'Address of the sender; null: not known.' },
};
const itemSchema = objectOf(itemFields);
const receptionSchema = objectOf({
  receptionId: { type: 'string', description: 'ULID of the reception that it became.' },
  fileId: { type: 'string', description: 'Where to look for it: /api/v1/files/{fileId}.' },
  spoolSequence: { type: 'integer', description: 'Its place in the spool.' },
});

function showItem({ sender, since, releasedAt, ...item }: HeldItem) {
  const { id, account, path, size, reason, detail } = item;
  return {
    ...{ id, account, path, size, reason, detail },
    since: since.toISOString(),
    releasedAt: releasedAt?.toISOString() ?? null,
    protocol: sender?.protocol ?? null,
    peer: sender?.peer ?? null,
  };
}

function showReception({ receptionId, fileId, spoolSequence }: Reception) {
  return { receptionId, fileId, spoolSequence };
}

function idOf(params: Readonly<Record<string, unknown>>): string {
  return String(params['id']);
}
