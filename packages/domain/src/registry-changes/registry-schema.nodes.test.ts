import { expect, test } from '@jest/globals';
import { listKeyOf, propertyNode, resolveNode } from './registry-schema.ts';

test('variants become one object, whose distinguishing property may be any of theirs', () => {
  const node = resolveNode({
    required: ['kind'],
    oneOf: [
      {
        required: ['code', 'kind', 'minutes'],
        properties: {
          code: { type: 'string' },
          kind: { const: 'flat' },
          minutes: { type: 'number' },
        },
      },
      {
        required: ['code', 'kind'],
        properties: {
          code: { type: 'string' },
          kind: { const: 'spike' },
          above: { type: 'number' },
        },
      },
    ],
  });
  expect(Object.keys(node.properties ?? {})).toEqual(['code', 'kind', 'minutes', 'above']);
  expect(propertyNode(node, 'kind')).toEqual({ enum: ['flat', 'spike'] });
  expect(propertyNode(node, 'code')).toEqual({ type: 'string' });
  expect(node.required).toEqual(['code', 'kind']);
});

test('the key of a list is the first field that its objects must have', () => {
  const node = { items: { required: ['parameter'], properties: { parameter: {}, max: {} } } };
  expect(listKeyOf(node)).toBe('parameter');
  expect(listKeyOf({ items: { type: 'string' } })).toBeUndefined();
  expect(propertyNode(resolveNode({ $ref: '#/$defs/station' }), 'code').type).toBe('string');
});
