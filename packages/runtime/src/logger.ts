import pino, {
  type DestinationStream,
  type Logger as PinoLogger,
  type LoggerOptions as PinoOptions,
} from 'pino';

/**
 * Levels: error = a person must act; warn = odd but handled; info = a state changed; debug and
 * trace = for developers. In a steady state nothing is written at info.
 */
export type Logger = PinoLogger;

export interface LoggerOptions {
  readonly level: string;
  /** 'text' for people at a terminal, 'json' for machines. */
  readonly format: 'json' | 'text';
}

// Secrets are removed by configuration, not by discipline at each call.
const secretKeys: ReadonlySet<string> = new Set([
  'password',
  'secret',
  'token',
  'authorization',
  'passwordHash',
  'privateKey',
  'passphrase',
]);
/** A field, what is in it, and what is in that. */
const redactedLevels = 3;
const censor = '[redacted]';

/** The loggers that were made of another, which have a level of their own; they live as long as their owners. */
const children = new WeakMap<Logger, Set<WeakRef<Logger>>>();

/** `destination` is for tests; standard output otherwise. */
export function createLogger(options: LoggerOptions, destination?: DestinationStream): Logger {
  const made = new Set<WeakRef<Logger>>();
  const logger = pinoOf(options, (child) => void made.add(new WeakRef(child)), destination);
  children.set(logger, made);
  return logger;
}

/** Of a logger of `createLogger` and of all that were made of it, whenever that was. */
export function setLogLevel(logger: Logger, level: string): void {
  logger.level = level;
  const made = children.get(logger) ?? new Set();
  for (const reference of made) {
    const child = reference.deref();
    if (child === undefined) made.delete(reference);
    else child.level = level;
  }
}

function pinoOf(
  options: LoggerOptions,
  onChild: (child: Logger) => void,
  destination: DestinationStream | undefined,
): Logger {
  const base: PinoOptions = {
    level: options.level,
    onChild,
    // pino looks for each path below a field anew in each line, which takes four times as long as the
    // line; so its own option is only for fields, also of those that are bound to a logger.
    redact: { paths: [...secretKeys], censor },
    formatters: { log: redactFields },
    serializers: {
      err: (error: Error) => redact(pino.stdSerializers.err(error), redactedLevels - 1),
    },
  };
  if (options.format === 'json')
    return pino({ ...base, timestamp: pino.stdTimeFunctions.isoTime }, destination);
  return pino({
    ...base,
    transport: {
      target: 'pino-pretty',
      options: {
        translateTime: 'SYS:HH:MM:ss.l',
        ignore: 'pid,hostname',
        singleLine: true,
        destination: 2,
      },
    },
  });
}

/** Without `err`, which has a serializer that takes the error as it is. */
function redactFields(fields: Record<string, unknown>): Record<string, unknown> {
  return redact(fields, redactedLevels, 'err');
}

/** A copy where there is a secret, as what is logged is not ours to change; the value itself otherwise. */
function redact<T>(value: T, levels: number, except?: string): T {
  if (levels === 0 || typeof value !== 'object' || value === null) return value;
  const fields = value as Record<string, unknown>;
  let copy: Record<string, unknown> | undefined;
  for (const key of Object.keys(fields)) {
    if (key === except) continue;
    const redacted = secretKeys.has(key) ? censor : redact(fields[key], levels - 1);
    if (redacted === fields[key]) continue;
    copy ??= (Array.isArray(value) ? [...(value as unknown[])] : { ...value }) as typeof fields;
    copy[key] = redacted;
  }
  return (copy ?? value) as T;
}

/** For tests and for library use where nobody reads logs. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}

/**
 * What an error says, also where something else was thrown. Failures of several addresses (::1, 127.0.0.1) come
 * joined in an error without a message: of these its code.
 */
export function messageOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('message' in error)) return String(error);
  const message = String(error.message);
  return message === '' && 'code' in error ? String(error.code) : message;
}
