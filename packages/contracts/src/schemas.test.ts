import { describe, expect, test } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as configuration from './generated/configuration.v1.ts';
import * as deliveryReceipt from './generated/delivery-receipt.v1.ts';
import * as gapEvent from './generated/gap-event.v1.ts';
import * as normalisedFile from './generated/normalised-file.v1.ts';
import * as quarantinedFile from './generated/quarantined-file.v1.ts';
import * as reception from './generated/reception.v1.ts';
import * as registry from './generated/registry.v1.ts';
import * as stationFile from './generated/station-file.v1.ts';

const schemas = Object.entries({
  ...configuration,
  ...deliveryReceipt,
  ...gapEvent,
  ...normalisedFile,
  ...quarantinedFile,
  ...reception,
  ...registry,
  ...stationFile,
});

describe('the schemas', () => {
  test.each(schemas)('%s is valid JSON Schema 2020-12', (_, schema) => {
    const ajv = new Ajv2020({ allErrors: true });
    void ajv.validateSchema(schema);
    expect(ajv.errors ?? []).toEqual([]);
  });

  test('are all asked', () => {
    expect(schemas).toHaveLength(8);
  });
});
