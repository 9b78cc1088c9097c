/** One fault of a document: where (JSON pointer) and what was expected there. */
export interface Fault {
  readonly path: string;
  readonly expected: string;
  /** Of an object at `path`: the key that it must not have, or lacks. */
  readonly key?: string;
}
