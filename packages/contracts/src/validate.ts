import type { ValidateFunction } from 'ajv';
import { describeSchemaFault, faultAt, textOfFaults, type Fault } from './fault.ts';
import type { Configuration } from './generated/configuration.v1.ts';
import type { Registry } from './generated/registry.v1.ts';
import { isConfiguration, isRegistry } from './generated/validators.ts';

/** A document that does not fit its schema. `faults` lists every place. Never retryable. */
export class ContractError extends Error {
  readonly code = 'contract-violation';
  readonly retryable = false;
  readonly contract: string;
  readonly faults: readonly Fault[];

  constructor(contract: string, faults: readonly Fault[]) {
    super(`${contract}: ${textOfFaults(faults).en}`);
    this.name = 'ContractError';
    this.contract = contract;
    this.faults = faults;
  }
}

/** Returns the document typed, or throws ContractError. */
export type Validator<T> = (document: unknown) => T;

/** Of a function that ajv made. */
export function validator<T>(contract: string, isValid: ValidateFunction): Validator<T> {
  return (document) => {
    if (isValid(document)) return document as T;
    throw new ContractError(contract, (isValid.errors ?? []).map(describeSchemaFault));
  };
}

export const validateRegistry = validator<Registry>('Registry', isRegistry);

const validateSettings = validator<Configuration>('Configuration', isConfiguration);

/** Fills defaults into the document it is given. */
export const validateConfiguration: Validator<Configuration> = (document) => {
  const configuration = validateSettings(document);
  const faults = faultsBetweenSettings(configuration);
  if (faults.length > 0) throw new ContractError('Configuration', faults);
  return configuration;
};

/** Faults between several settings, which their schema cannot see. */
function faultsBetweenSettings({ receiver }: Configuration): readonly Fault[] {
  const { passivePortFrom: from, passivePortTo: to } = receiver.ftp;
  if (to >= from) return [];
  const expected = {
    vi: `không được nhỏ hơn passivePortFrom (${from}); giá trị hiện tại ${to}`,
    en: `must not be below passivePortFrom (${from}), but is ${to}`,
  };
  return [faultAt('/receiver/ftp/passivePortTo', expected)];
}
