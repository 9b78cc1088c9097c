import type { ContractError, Fault } from '@envigate/contracts';
import { describePlace } from '@envigate/domain';

/** A document that an import is asked to take, and where each part of it was written. */
export interface RegistryDraft {
  readonly document: unknown;
  /** What a person should know before the differences: which sections a source replaces. */
  readonly notes: readonly string[];
  /** Whether it was read from tables, where spreadsheets change numbers. */
  readonly isTables: boolean;
  /** Numbers that a person has to confirm, each with its place and the reason. */
  readonly doubts: readonly string[];
  /** What is wrong with the form of the sources, each with its place; no import then. */
  readonly faults: readonly string[];
  /** `file:line:column`, or what there is to say instead. */
  locate(fault: Fault): string;
}

/** Every fault with its place, what was expected and what was found. */
export function describeFaults(
  { faults }: Pick<ContractError, 'faults'>,
  draft: RegistryDraft,
): readonly string[] {
  return faults.map((fault) => `${draft.locate(fault)}: ${describeFault(fault, draft)}`);
}

function describeFault(fault: Fault, { document }: RegistryDraft): string {
  const { label, found } = describePlace(document, fault);
  const text = `${label === '' ? 'the document' : label} ${fault.expected}`;
  const isSaid = found === undefined || fault.expected.includes(found.replace(/^"|"$/g, "'"));
  return isSaid ? text : `${text}; found ${found}`;
}
