import { DatabaseError } from '../connection/session.ts';

/** The tables or streams are not there yet; they will be as soon as someone migrates. */
export class NotPreparedError extends Error {
  readonly code = 'not-prepared';
  readonly retryable = true;

  constructor(what: string, options?: ErrorOptions) {
    super(`the event log has no ${what} yet: run 'envigate migrate' once`, options);
    this.name = 'NotPreparedError';
  }
}

/** A record that no attempt will bring into the log. */
export class RecordRefusedError extends Error {
  readonly code = 'record-refused';
  readonly retryable = false;

  constructor(id: string, why: string) {
    super(`record ${JSON.stringify(id)} cannot be appended: ${why}`);
    this.name = 'RecordRefusedError';
  }
}

export class LogClosedError extends Error {
  readonly code = 'closed';
  readonly retryable = false;

  constructor() {
    super('the event log was closed');
    this.name = 'LogClosedError';
  }
}

const missingTable = new Set(['42P01', '3F000']);

/** Missing tables are a matter of time: services start before the first migration has ended. */
export function asNotPrepared(error: unknown): unknown {
  return error instanceof DatabaseError && missingTable.has(error.code)
    ? new NotPreparedError('tables', { cause: error })
    : error;
}
