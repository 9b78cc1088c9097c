import { describe, expect, test } from '@jest/globals';
import { loadConfiguration, redactConfiguration } from '@envigate/runtime';
import { noticePolicy, readMailServer } from './settings.ts';

const read = (path: string): Promise<string> =>
  path === '/run/secrets/smtp'
    ? Promise.resolve('a-secret\n')
    : Promise.reject(Object.assign(new Error('no'), { code: 'ENOENT' }));

async function settingsOf(env: Readonly<Record<string, string>>) {
  const variables = Object.entries(env).map(([key, value]) => [`ENVIGATE_NOTIFIER_${key}`, value]);
  return loadConfiguration({ env: Object.fromEntries(variables) as NodeJS.ProcessEnv });
}

const server = { SMTP_HOST: 'mail.example.vn', FROM_ADDRESS: 'quantrac@sonnmt.example.vn' };

describe('a mail server', () => {
  test('is absent unless its host is set', async () => {
    const { notifier } = await settingsOf({});
    expect(await readMailServer(notifier, read)).toBeUndefined();
  });

  test('has its password from the settings or from a file', async () => {
    const user = { ...server, SMTP_USER: 'quantrac' };
    for (const secret of [
      { SMTP_PASSWORD: 'a-secret' },
      { SMTP_PASSWORD_FILE: '/run/secrets/smtp' },
    ]) {
      const { notifier } = await settingsOf({ ...user, ...secret });
      expect(await readMailServer(notifier, read)).toEqual({
        ...{ host: 'mail.example.vn', from: 'quantrac@sonnmt.example.vn' },
        domain: 'sonnmt.example.vn',
        login: { user: 'quantrac', password: 'a-secret' },
      });
    }
  });

  test.each([
    [{ SMTP_HOST: 'mail.example.vn' }, 'notifier.from.address'],
    [{ ...server, SMTP_USER: 'x' }, 'notifier.smtp.password'],
    [{ ...server, SMTP_USER: 'x', SMTP_PASSWORD: 'y', SMTP_PASSWORD_FILE: 'z' }, 'passwordFile'],
    [
      { ...server, SMTP_USER: 'x', SMTP_PASSWORD_FILE: '/nowhere' },
      '/nowhere cannot be read (ENOENT)',
    ],
  ])('with settings that do not go together is refused, and says which (%#)', async (env, text) => {
    const { notifier } = await settingsOf(env);
    await expect(readMailServer(notifier, read)).rejects.toThrow(text);
  });

  test('shows no password in the printed configuration', async () => {
    const config = await settingsOf({ ...server, SMTP_USER: 'x', SMTP_PASSWORD: 'a-secret' });
    expect(JSON.stringify(redactConfiguration(config))).not.toContain('a-secret');
  });
});

test('quiet hours are read as they are written', async () => {
  const { notifier } = await settingsOf({ QUIET_HOURS: '22:00-06:30' });
  expect(noticePolicy(notifier).quiet).toEqual({ fromMinute: 22 * 60, toMinute: 6 * 60 + 30 });
  await expect(settingsOf({ QUIET_HOURS: '22-6' })).rejects.toThrow('quietHours');
});
