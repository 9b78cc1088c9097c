import pino, { type Logger as PinoLogger } from 'pino';

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
const secretKeys = [
  'password',
  'secret',
  'token',
  'authorization',
  'passwordHash',
  'privateKey',
  'passphrase',
];
const redactPaths = secretKeys.flatMap((key) => [key, `*.${key}`, `*.*.${key}`]);

export function createLogger(options: LoggerOptions): Logger {
  const base = { level: options.level, redact: { paths: redactPaths, censor: '[redacted]' } };
  if (options.format === 'json') return pino({ ...base, timestamp: pino.stdTimeFunctions.isoTime });
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
