import { afterEach, expect, jest, test } from '@jest/globals';
import { validateConfiguration } from '@envigate/contracts';
import { printConfiguration } from './set-up.ts';

afterEach(() => {
  jest.restoreAllMocks();
});

test('the configuration is printed as it takes effect, without its secrets', () => {
  const print = jest.spyOn(console, 'log').mockImplementation(() => undefined);
  printConfiguration(
    validateConfiguration({
      database: { url: 'postgres://envigate:hunter2@db:5432/e?sslmode=require&password=hunter3' },
      console: { operatorToken: 'hunter4-hunter4-hunter4' },
    }),
  );
  const printed = String(print.mock.calls[0]?.[0]);
  expect(printed).not.toContain('hunter');
  expect(JSON.parse(printed)).toMatchObject({
    database: {
      url: 'postgres://envigate:***@db:5432/e?sslmode=require&password=***',
      poolSize: expect.any(Number),
    },
    console: { operatorToken: '***', port: 8080 },
  });
});
