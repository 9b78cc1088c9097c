import { describe, expect, test } from '@jest/globals';
import { createLogger, setLogLevel, type Logger } from './logger.ts';

function logged(write: (logger: Logger) => void): Record<string, unknown> {
  const lines: string[] = [];
  write(
    createLogger({ level: 'info', format: 'json' }, { write: (line) => void lines.push(line) }),
  );
  const line: unknown = JSON.parse(lines.join(''));
  return line as Record<string, unknown>;
}

describe('secrets', () => {
  test('are not logged, as fields nor two levels below, in lists nor in an error', () => {
    const error = Object.assign(new Error('refused'), {
      code: 'E1',
      password: 'geheim',
      config: { token: 'geheim', host: 'h' },
    });
    const account = { code: 'a', passwordHash: 'geheim', key: { privateKey: 'geheim', kind: 'k' } };
    const list = [{ secret: 'geheim' }, { name: 'n' }];
    const line = logged((logger) =>
      logger.info({ password: 'geheim', account, list, err: error, cause: error }, 'login'),
    );
    expect(JSON.stringify(line)).not.toContain('geheim');
    const hidden = '[redacted]';
    expect(line).toMatchObject({
      msg: 'login',
      password: hidden,
      account: { code: 'a', passwordHash: hidden, key: { privateKey: hidden, kind: 'k' } },
      list: [{ secret: hidden }, { name: 'n' }],
      err: {
        type: 'Error',
        message: 'refused',
        code: 'E1',
        password: hidden,
        config: { token: hidden, host: 'h' },
      },
      cause: { code: 'E1', password: hidden, config: { token: hidden, host: 'h' } },
    });
    // What was logged is as it was.
    expect([error.password, account.passwordHash, list[0]?.secret]).toEqual(
      Array(3).fill('geheim'),
    );
  });

  test('are not logged where they are bound to a logger', () => {
    const bound = { passphrase: 'geheim', service: 's' };
    const line = logged((logger) => logger.child(bound).info({ key: { token: 'geheim' } }, 'on'));
    const hidden = '[redacted]';
    expect(line).toMatchObject({ passphrase: hidden, service: 's', key: { token: hidden } });
  });
});

test('a line has its fields as they were given', () => {
  const at = new Date('2026-11-30T07:00:00Z');
  const err = new Error('outer', { cause: new Error('inner') });
  const line = logged((logger) => logger.warn({ event: 'e', at, n: null, list: [1], err }, 'text'));
  expect(line).toMatchObject({
    level: 40,
    event: 'e',
    at: '2026-11-30T07:00:00.000Z',
    n: null,
    list: [1],
    err: { type: 'Error', message: 'outer: inner' },
    msg: 'text',
  });
  expect(line['err']).toHaveProperty('stack', expect.stringContaining('caused by: Error: inner'));
});

test('a changed level holds for all loggers that were made of it, also for those of these', () => {
  const lines: string[] = [];
  const logger = createLogger(
    { level: 'info', format: 'json' },
    { write: (line) => void lines.push((JSON.parse(line) as { msg: string }).msg) },
  );
  const service = logger.child({ service: 'receiver' });
  const part = service.child({ part: 'spool' });
  for (const one of [logger, service, part]) one.debug('before');
  setLogLevel(logger, 'debug');
  for (const one of [logger, service, part, part.child({})]) one.debug('after');
  setLogLevel(logger, 'warn');
  for (const one of [logger, service, part]) one.info('not any more');
  expect(lines).toEqual(['after', 'after', 'after', 'after']);
});
