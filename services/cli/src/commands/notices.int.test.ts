import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { loadConfiguration } from '@envigate/runtime';
import { Command } from 'commander';
import { gapEvent, NotifierScene } from '../../../notifier/src/testing/notifier-scene.ts';
import { addNoticesCommands } from './notice-commands.ts';

jest.setTimeout(60_000);

let scene: NotifierScene;
let printed: string[];
beforeEach(async () => {
  scene = await NotifierScene.create();
  printed = [];
  jest.spyOn(console, 'log').mockImplementation((line: unknown) => void printed.push(String(line)));
  await scene.hear(gapEvent('S1', 'opened'));
  await scene.plan(13);
});
afterEach(async () => {
  jest.restoreAllMocks();
  process.exitCode = undefined;
  await scene.close();
});

/** `envigate notices …` as the shell would call it; what it printed. */
async function notices(...args: readonly string[]): Promise<readonly string[]> {
  printed.length = 0;
  const program = new Command().exitOverride();
  const env = {
    DATABASE_URL: scene.databaseUrl,
    ENVIGATE_NOTIFIER_SMTP_HOST: '127.0.0.1',
    ENVIGATE_NOTIFIER_SMTP_PORT: String(scene.inbox.port),
    ENVIGATE_NOTIFIER_SMTP_SECURITY: 'none',
    ENVIGATE_NOTIFIER_FROM_ADDRESS: 'quantrac@sonnmt.example.vn',
  };
  addNoticesCommands(program, () => loadConfiguration({ env }));
  await program.parseAsync(['notices', ...args], { from: 'user' });
  return printed;
}

const facility = 'GD-2026-000002';

test('lists notices with their mails, and shows the words of one', async () => {
  expect(await notices('list')).toEqual([
    expect.stringMatching(/^GD-2026-000002 .* gián đoạn trên 12 giờ · no data for 12 hours {2}S1$/),
    expect.stringMatching(/^ {4}chờ gửi · due +f1@example.vn$/),
    expect.stringMatching(/^GD-2026-000001 /),
    expect.stringContaining('so@example.vn'),
  ]);
  expect(await notices('list', '--state', 'sent')).toEqual([
    'không có thông báo nào được chọn · no notice is selected',
  ]);
  const [json] = await notices('list', '--station', 'S1', '--kind', 'gap-12h', '--json');
  expect(JSON.parse(json!)).toMatchObject({ code: facility, mails: [{ state: 'due' }] });
  expect((await notices('show', facility)).join('\n')).toContain('Kính gửi: Nhà máy 1');
  await expect(notices('show', 'GD-2026-9')).rejects.toThrow("no notice 'GD-2026-9'");
  await expect(notices('list', '--state', 'lost')).rejects.toThrow('--state must be one of due');
});

test('cancels what is due and has it sent again, with who and why', async () => {
  expect(await notices('cancel', facility, '--note', 'đã gọi điện')).toEqual([
    '1 thư không gửi · 1 mails not to be sent',
  ]);
  expect(await notices('cancel', facility, '--note', 'lần nữa')).toEqual([
    '0 thư không gửi · 0 mails not to be sent',
  ]);
  expect((await notices('list', '--state', 'cancelled'))[1]).toMatch(
    /không gửi · cancel \(.*\): đã gọi điện/,
  );
  await expect(notices('resend', facility, '--to', 'x@y.vn', '--note', 'n')).rejects.toThrow(
    'its addresses: f1@example.vn',
  );
  await expect(notices('resend', facility, '--note', ' ')).rejects.toThrow('--note must say why');
  expect(await notices('resend', facility, '--note', 'gửi lại')).toEqual([
    '1 thư chờ gửi lại · 1 mails due again',
  ]);
  expect((await scene.mails()).every((mail) => mail.includes(' due '))).toBe(true);
});

test('tries the mail server, and sends a test mail', async () => {
  expect(await notices('test')).toEqual(['ok     connect to 127.0.0.1, log in: ready']);
  expect(scene.inbox.mails).toEqual([]);
  expect(await notices('test', '--to', 'lan@sonnmt.example.vn')).toHaveLength(2);
  expect(scene.inbox.mails.map(({ to }) => to)).toEqual([['lan@sonnmt.example.vn']]);
  expect(process.exitCode).toBe(0);
  scene.inbox.refusalOf = () => ({ code: 550, text: 'no such user' });
  expect(await notices('test', '--to', 'nobody@sonnmt.example.vn')).toEqual([
    expect.stringMatching(/^ok/),
    expect.stringMatching(/^failed send a mail to nobody@sonnmt.example.vn: .*550/),
  ]);
  expect(process.exitCode).toBe(1);
});
