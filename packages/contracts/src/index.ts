export { configurationSchema, type Configuration } from './generated/configuration.v1.ts';
export { deliveryReceiptSchema, type DeliveryReceipt } from './generated/delivery-receipt.v1.ts';
export { gapEventSchema, type GapEvent, type GapState } from './generated/gap-event.v1.ts';
export {
  normalisedFileSchema,
  type Censored,
  type FileForm,
  type FileWarning,
  type Reading,
  type RejectedLine,
} from './generated/normalised-file.v1.ts';
export { quarantinedFileSchema } from './generated/quarantined-file.v1.ts';
export {
  receptionSchema,
  type Reception,
  type Release,
  type Replay,
} from './generated/reception.v1.ts';
export {
  registrySchema,
  type Account,
  type Conversion,
  type DependentParametersRule,
  type DropFolder,
  type FlatLineRule,
  type GapLevelsRule,
  type RateOfChangeRule,
  type RemoteSite,
  type Facility,
  type Parameter,
  type ParameterRange,
  type Profile,
  type Registry,
  type Rule,
  type SaturationRule,
  type SpikeRule,
  type Station,
  type StationParameter,
  type Target,
  type ZeroRule,
} from './generated/registry.v1.ts';
export { stationFileSchema } from './generated/station-file.v1.ts';
export * from './board.ts';
export * from './fault.ts';
export * from './item-story.ts';
export * from './messages.ts';
export * from './record-queries.ts';
export {
  ContractError,
  validateConfiguration,
  validateRegistry,
  type Validator,
} from './validate.ts';
