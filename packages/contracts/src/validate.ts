import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormatsModule from 'ajv-formats';
import { faultsBetweenSettings } from './configuration-rules.ts';
import type { Fault } from './fault.ts';
import { configurationSchema } from './generated/configuration.v1.ts';
import { deliveryReceiptSchema } from './generated/delivery-receipt.v1.ts';
import { gapEventSchema } from './generated/gap-event.v1.ts';
import { normalisedFileSchema } from './generated/normalised-file.v1.ts';
import { quarantinedFileSchema } from './generated/quarantined-file.v1.ts';
import { receptionSchema } from './generated/reception.v1.ts';
import { registrySchema } from './generated/registry.v1.ts';
import { stationFileSchema } from './generated/station-file.v1.ts';
import type { Configuration } from './generated/configuration.v1.ts';
import type { DeliveryReceipt } from './generated/delivery-receipt.v1.ts';
import type { GapEvent } from './generated/gap-event.v1.ts';
import type { NormalisedFile } from './generated/normalised-file.v1.ts';
import type { QuarantinedFile } from './generated/quarantined-file.v1.ts';
import type { Registry } from './generated/registry.v1.ts';
import type { StationFile } from './generated/station-file.v1.ts';
import { nearestWord } from './nearest-word.ts';

/** A document that does not fit its schema. `faults` lists every place. Never retryable. */
export class ContractError extends Error {
  readonly code = 'contract-violation';
  readonly retryable = false;
  readonly contract: string;
  readonly faults: readonly Fault[];

  constructor(contract: string, faults: readonly Fault[]) {
    super(`${contract}: ${faults.map((f) => `${f.path || '/'} ${f.expected}`).join('; ')}`);
    this.name = 'ContractError';
    this.contract = contract;
    this.faults = faults;
  }
}

// ajv-formats is CommonJS whose types promise a default export that ESM sees one level deeper.
const addFormats = addFormatsModule as unknown as typeof addFormatsModule.default;

function newAjv(options: { useDefaults: boolean }): Ajv2020 {
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    strict: true,
    // A test asks that once; to ask at every start costs each process 0.1 s.
    validateSchema: false,
    discriminator: true,
    ...options,
    strictTypes: false,
  });
  addFormats(ajv);
  return ajv;
}

function describe(error: ErrorObject): Fault {
  const params = error.params as Record<string, unknown>;
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey(error, String(params['additionalProperty']));
    case 'required': {
      const key = String(params['missingProperty']);
      return { path: error.instancePath, expected: `must have the key '${key}'`, key };
    }
    case 'enum':
      return {
        path: error.instancePath,
        expected: `must be one of ${(params['allowedValues'] as unknown[]).join(', ')}`,
      };
    case 'const':
      return {
        path: error.instancePath,
        expected: `must be ${JSON.stringify(params['allowedValue'])}`,
      };
    case 'discriminator':
      return {
        path: error.instancePath,
        expected: `has the unknown ${String(params['tag'])} '${String(params['tagValue'])}'`,
      };
    default:
      return { path: error.instancePath, expected: error.message ?? error.keyword };
  }
}

function unknownKey({ instancePath, parentSchema }: ErrorObject, key: string): Fault {
  const { properties = {} } = (parentSchema ?? {}) as { readonly properties?: object };
  const meant = nearestWord(key, Object.keys(properties));
  const hint = meant === undefined ? '' : `; did you mean '${meant}'?`;
  return { path: instancePath, expected: `must not have the key '${key}'${hint}`, key };
}

/** Returns the document typed, or throws ContractError. */
export type Validator<T> = (document: unknown) => T;

function validator<T>(
  ajv: Ajv2020,
  schema: { readonly $id: string; readonly title: string },
): Validator<T> {
  // Compiled at first use: a process pays only for the contracts it speaks.
  let compiled: ValidateFunction<T> | undefined;
  return (document) => {
    compiled ??= ajv.getSchema<T>(schema.$id);
    if (compiled === undefined) throw new Error(`no schema ${schema.$id}`);
    if (compiled(document)) return document;
    throw new ContractError(schema.title, (compiled.errors ?? []).map(describe));
  };
}

const messages = newAjv({ useDefaults: false });
for (const schema of [
  receptionSchema,
  stationFileSchema,
  normalisedFileSchema,
  quarantinedFileSchema,
  gapEventSchema,
  deliveryReceiptSchema,
  registrySchema,
]) {
  messages.addSchema(schema);
}
const settings = newAjv({ useDefaults: true });
settings.addSchema(configurationSchema);

export const validateStationFile = validator<StationFile>(messages, stationFileSchema);
export const validateNormalisedFile = validator<NormalisedFile>(messages, normalisedFileSchema);
export const validateQuarantinedFile = validator<QuarantinedFile>(messages, quarantinedFileSchema);
export const validateGapEvent = validator<GapEvent>(messages, gapEventSchema);
export const validateDeliveryReceipt = validator<DeliveryReceipt>(messages, deliveryReceiptSchema);
export const validateRegistry = validator<Registry>(messages, registrySchema);

const validateSettings = validator<Configuration>(settings, configurationSchema);

/** Fills defaults into the document it is given. */
export const validateConfiguration: Validator<Configuration> = (document) => {
  const configuration = validateSettings(document);
  const faults = faultsBetweenSettings(configuration);
  if (faults.length > 0) throw new ContractError(configurationSchema.title, faults);
  return configuration;
};
