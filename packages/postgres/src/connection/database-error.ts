/**
 * What went wrong in or on the way to PostgreSQL.
 *
 * `code` is the SQLSTATE where the server answered ('23505' for a unique violation), else the
 * operating system's ('ECONNREFUSED') or 'connection-lost'.
 */
export class DatabaseError extends Error {
  readonly code: string;
  /** True where the same call may succeed later: the server was away, busy, or chose another victim. */
  readonly retryable: boolean;
  /** True where the connection is gone; a transaction that was committing may have committed. */
  readonly connectionLost: boolean;

  constructor(message: string, fields: DatabaseErrorFields, options?: ErrorOptions) {
    super(message, options);
    this.name = 'DatabaseError';
    this.code = fields.code;
    this.retryable = fields.retryable;
    this.connectionLost = fields.connectionLost;
  }
}

interface DatabaseErrorFields {
  readonly code: string;
  readonly retryable: boolean;
  readonly connectionLost: boolean;
}

/** Classifies whatever pg threw; a DatabaseError is returned as it is. */
export function toDatabaseError(error: unknown): DatabaseError {
  if (error instanceof DatabaseError) return error;
  const thrown = (
    typeof error === 'object' && error !== null ? error : { message: error }
  ) as Thrown;
  return new DatabaseError(describe(thrown), classify(thrown), { cause: error });
}

/** What pg and Node put on their errors, as far as it matters here. */
interface Thrown {
  readonly message?: unknown;
  readonly code?: unknown;
  readonly detail?: unknown;
  /** The failures of several addresses (::1, 127.0.0.1), joined by Node without a message. */
  readonly errors?: readonly Thrown[];
}

function classify(error: Thrown): DatabaseErrorFields {
  const code = textOf(error.code);
  if (code !== undefined && /^[0-9A-Z]{5}$/.test(code) && !systemCodes.has(code)) {
    const connectionLost = code.startsWith('08') || sessionEndingStates.has(code);
    return { code, connectionLost, retryable: connectionLost || isPassingState(code) };
  }
  if (code !== undefined && systemCodes.has(code)) {
    return { code, connectionLost: true, retryable: true };
  }
  if (lostConnectionMessages.test(textOf(error.message) ?? '')) {
    return { code: 'connection-lost', connectionLost: true, retryable: true };
  }
  return { code: code ?? 'client', connectionLost: false, retryable: false };
}

/** States after which the server ends the session: shutdowns and session time-outs. */
const sessionEndingStates = new Set(['57P01', '57P02', '57P03', '57P05', '25P03', '25P04']);

function isPassingState(state: string): boolean {
  return passingClasses.has(state.slice(0, 2)) || passingStates.has(state);
}

// Appendix A of the PostgreSQL manual. 53: out of disk, memory or connections; all can end.
const passingClasses = new Set(['53']);
const passingStates = new Set([
  '40001', // serialization_failure
  '40003', // statement_completion_unknown
  '40P01', // deadlock_detected
  '55006', // object_in_use
  '55P03', // lock_not_available, also lock_timeout
  '57014', // query_canceled, also statement_timeout
  '25006', // read_only_sql_transaction: a standby before its promotion
  '58030', // io_error
]);

const systemCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

// pg reports these without a code.
const lostConnectionMessages =
  /^(Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded when trying to connect|timeout expired|Query read timeout)/;

function describe({ message, detail, errors }: Thrown): string {
  const text = textOf(message) ?? '';
  if (text === '' && errors !== undefined) return errors.map(describe).join('; ');
  return textOf(detail) === undefined ? text : `${text} (${textOf(detail)})`;
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
