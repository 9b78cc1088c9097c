import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { FencedError } from '@envigate/event-log';
import {
  answerDesk,
  decideNoticeMails,
  gapRecordDesk,
  importRegistry,
  readNotice,
} from '@envigate/postgres';
import { eventually, MailInbox } from '@envigate/test-support';
import { hearGaps } from './hear-gaps.ts';
import { gapEvent, NotifierScene, start } from './testing/notifier-scene.ts';

let scene: NotifierScene;
beforeEach(async () => {
  scene = await NotifierScene.create();
});
afterEach(() => scene.close());

describe('a gap', () => {
  test('becomes notices and mails once, whoever plans how often', async () => {
    const level = '1h' as const;
    await scene.hear(gapEvent('S1', 'opened', 0, { level: '15min' }));
    await scene.hear(gapEvent('S1', 'level', 0, { level, at: 1 }));
    expect(await scene.plan(11)).toEqual([]);
    await scene.hear(gapEvent('S1', 'level', 0, { at: 12 }));
    expect(await scene.plan(12.1)).toEqual([
      'GD-2026-000001 gap-12h office 1',
      'GD-2026-000002 gap-12h facility:F1 1',
    ]);
    const again = await Promise.all(Array.from({ length: 5 }, () => scene.plan(12.2)));
    expect(again.flat()).toEqual([]);
    expect(await scene.mails()).toEqual(['f1@example.vn due 0', 'so@example.vn due 0']);
    const words = await readNotice(scene.database, 'GD-2026-000002');
    expect(words?.text).toContain('Kính gửi: Nhà máy 1');
    expect(words?.mails[0]?.messageId).toBe('<GD-2026-000002.1@sonnmt.example.vn>');
  });

  test('that moves, closes and is filled is the same gap all the time', async () => {
    await scene.hear(gapEvent('S1', 'opened'));
    await scene.plan(13);
    await scene.hear(gapEvent('S1', 'shrunk', 2, { previous: 0, at: 14 }));
    expect(await scene.plan(20)).toEqual([]);
    await scene.hear(gapEvent('S1', 'closed', 2, { previous: 2, to: 20 }));
    const ended = ['recovery office 1', 'recovery facility:F1 1'];
    expect((await scene.plan(21)).map((line) => line.slice(15))).toEqual(ended);
    await scene.hear(gapEvent('S1', 'removed', 2, { previous: 2, to: 20, at: 22 }));
    expect(await scene.plan(40)).toEqual([]);
  });

  test('that is closed when it is first heard of is nobody’s notice', async () => {
    await scene.hear(gapEvent('S1', 'closed', 0, { to: 20 }));
    expect(await scene.plan(40)).toEqual([]);
  });

  test('is not heard twice, when the log is read again from its beginning', async () => {
    const opened = gapEvent('S1', 'opened');
    const moved = gapEvent('S1', 'shrunk', 2, { previous: 0, at: 3 });
    await scene.hear(opened, moved);
    await scene.hear(opened, moved);
    await scene.plan(15);
    expect(await scene.mails()).toHaveLength(2);
    const [row] = await scene.database.query('SELECT count(*) FROM notice_gaps');
    expect(row).toEqual({ count: 1 });
  });

  test('moves the position with its effects; a batch a second time is fenced', async () => {
    const sink = hearGaps(scene);
    const batch = scene.batch([gapEvent('S1', 'opened')]);
    await sink.commit(batch);
    await expect(sink.commit(batch)).rejects.toThrow(FencedError);
    expect(await sink.position(batch.partition)).toBe(1);
  });

  test('of a whole night is one mail: 60 stations at once', async () => {
    const stations = scene.registry.stations.map(({ code }) => code);
    await scene.hear(...stations.map((code) => gapEvent(code, 'opened', 0, { jointId: 1 })));
    for (let hours = 1; hours < 24; hours += 0.5) await scene.plan(hours);
    expect(await scene.mails()).toEqual(['so@example.vn due 0']);
  });
});

test('the picture is kept for a month where somebody heard of the gap, for a day where nobody did', async () => {
  await scene.hear(gapEvent('S1', 'opened'), gapEvent('S2', 'opened', 0, { level: '15min' }));
  await scene.plan(13);
  const closed = { previous: 0, to: 14 };
  await scene.hear(gapEvent('S1', 'closed', 0, closed), gapEvent('S2', 'closed', 0, closed));
  const kept = async (days: number): Promise<readonly string[]> => {
    await scene.database.execute(
      `UPDATE notice_gaps SET ended_at = now() - $1 * interval '1 day'`,
      [days],
    );
    await scene.store.prune();
    const rows = await scene.database.query<{ station: string }>(
      'SELECT station FROM notice_gaps ORDER BY 1',
    );
    return rows.map(({ station }) => station);
  };
  expect(await kept(0.9)).toEqual(['S1', 'S2']);
  expect(await kept(2)).toEqual(['S1']);
  expect(await kept(31)).toEqual([]);
});

test('whom nobody entered an address for is written to once one is entered', async () => {
  await scene.hear(gapEvent('S1', 'opened'));
  const nobody = { to: { office: [], ministry: [], escalation: [] } };
  expect(await scene.plan(13, nobody)).toHaveLength(1);
  expect((await scene.plan(13.1)).map((line) => line.slice(15))).toEqual(['gap-12h office 1']);
});

test('the weekly mail is made on its day, once', async () => {
  const weekly = { day: 3, hour: 7 };
  const made: string[] = [];
  const { registry } = scene;
  scene.registry = { ...registry, stations: [] };
  expect(await scene.plan(24, { weekly })).toEqual([]);
  scene.registry = registry;
  // From Tuesday 07:00 on the clock of Vietnam to the Tuesday after.
  for (let hours = 0; hours <= 168; hours += 8) made.push(...(await scene.plan(hours, { weekly })));
  expect(made).toEqual(['GD-2026-000001 weekly office 0']);
});

/** Three mails that are due: to the office and two facilities. */
async function threeMails(): Promise<void> {
  await scene.hear(gapEvent('S1', 'opened'), gapEvent('S2', 'opened'));
  await scene.plan(13);
}

const sent = (...addresses: readonly string[]) =>
  eventually(async () => {
    const mails = await scene.mails();
    for (const address of addresses)
      if (!mails.some((mail) => mail.startsWith(`${address} sent`)))
        throw new Error(`not sent: ${mails.join('; ')}`);
  });

const everybody = ['f1@example.vn', 'f2@example.vn', 'so@example.vn'];
const arrived = (): readonly string[] => scene.inbox.mails.flatMap(({ to }) => to).sort();

describe('mails', () => {
  test('arrive once each and are recorded', async () => {
    const sending = scene.send();
    await threeMails();
    sending.wake();
    await sent(...everybody);
    await sending.stop();
    expect(arrived()).toEqual(everybody);
    expect(await scene.store.backlog()).toMatchObject({ due: 0, forAPerson: 0 });
  });

  test('of an address that is refused wait for a person; the others go', async () => {
    scene.inbox.refusalOf = (address) =>
      address.startsWith('f1') ? { code: 550, text: 'no such user' } : undefined;
    await threeMails();
    const sending = scene.send();
    await sent('f2@example.vn', 'so@example.vn');
    await eventually(async () => {
      expect(await scene.mails()).toContain('f1@example.vn refused 1');
    });
    expect(await scene.store.backlog()).toMatchObject({ due: 0, forAPerson: 1 });
    // The mailbox was made; a person has it sent again, as a mail of its own.
    scene.inbox.refusalOf = () => undefined;
    const decision = { decision: 'resend', code: 'GD-2026-000002', actor: 'lan' } as const;
    const note = 'đã tạo hộp thư';
    const decided = { ...decision, address: undefined, note };
    expect(await decideNoticeMails(scene.database, decided)).toBe(1);
    await sent(...everybody);
    await sending.stop();
    const ids = scene.inbox.mails.map(({ messageId }) => messageId);
    expect(ids).toContain('<GD-2026-000002.1.r1@sonnmt.example.vn>');
    expect(new Set(ids).size).toBe(3);
  });

  test('that are put off after their content go later, with the same Message-ID', async () => {
    const seen = new Set<string>();
    scene.inbox.fateOf = ({ messageId }) => {
      if (seen.has(messageId)) return { kind: 'accept' };
      seen.add(messageId);
      return { kind: 'answer', code: 451, text: 'try later' };
    };
    await threeMails();
    const sending = scene.send();
    await sent(...everybody);
    await sending.stop();
    expect(arrived()).toEqual(everybody);
    expect(await scene.mails()).toEqual(everybody.map((address) => `${address} sent 2`));
  });

  test('whose connection was cut after the final dot are sent again, the same, and marked so', async () => {
    scene.inbox.fateOf = (_mail, number) => ({ kind: number === 1 ? 'keep-and-cut' : 'accept' });
    await threeMails();
    const sending = scene.send({ connections: 1 });
    await sent(...everybody);
    await sending.stop();
    expect(scene.inbox.mails).toHaveLength(4);
    expect(new Set(scene.inbox.mails.map(({ messageId }) => messageId)).size).toBe(3);
    expect((await scene.mails()).filter((mail) => mail.endsWith('in doubt'))).toHaveLength(1);
  });

  test('wait while the server is away or slow, and then all go', async () => {
    const { port } = scene.inbox;
    await scene.inbox.close();
    await threeMails();
    const sending = scene.send({ mailer: scene.mailer(port, 300) });
    await eventually(async () => {
      if (!scene.happened.some(({ name }) => name === 'notice-mail-delayed'))
        throw new Error('not tried yet');
    });
    expect((await scene.store.backlog()).due).toBe(3);
    const inbox = await MailInbox.open({ port });
    inbox.fateOf = (_mail, number) => ({ kind: number === 1 ? 'hang' : 'accept' });
    await sent(...everybody);
    await sending.stop();
    expect(inbox.mails.flatMap(({ to }) => to).sort()).toEqual(everybody);
    await inbox.close();
  });

  test('are sent by one process at a time; the next one takes over', async () => {
    await threeMails();
    const [one, other] = [scene.send(), scene.send()];
    await sent(...everybody);
    await one.stop();
    await scene.hear(gapEvent('S3', 'opened'));
    await scene.plan(14);
    await sent('f3@example.vn');
    await other.stop();
    expect(new Set(scene.inbox.mails.map(({ messageId }) => messageId)).size).toBe(5);
    expect(scene.inbox.mails).toHaveLength(5);
  });

  test('lose nothing to connections of the database that end', async () => {
    await threeMails();
    const sending = scene.send();
    for (let i = 0; i < 5; i++) await scene.killBackends().catch(() => undefined);
    await sent(...everybody);
    await sending.stop();
    const ids = new Set(scene.inbox.mails.map(({ messageId }) => messageId));
    expect(ids.size).toBe(3);
  });

  test('are given up after their time, and may be cancelled before', async () => {
    scene.inbox.refusalOf = () => ({ code: 450, text: 'busy' });
    await threeMails();
    await scene.database.execute(
      `UPDATE notice_mails SET due_since = now() - interval '4 days' WHERE address LIKE 'f1%'`,
    );
    const note = 'không cần nữa';
    const cancel = { decision: 'cancel', code: 'GD-2026-000003', actor: 'lan', note } as const;
    expect(await decideNoticeMails(scene.database, { ...cancel, address: undefined })).toBe(1);
    const sending = scene.send({ backOff: { firstMs: 5, longestMs: 10 } });
    await eventually(async () => {
      const mails = await scene.mails();
      if (!mails.some((mail) => mail.startsWith('f1@example.vn failed')))
        throw new Error(mails.join('; '));
    });
    await sending.stop();
    expect(await scene.mails()).toContain('f2@example.vn cancelled 0');
    const leave = { ...cancel, code: 'GD-2026-000002', address: undefined };
    expect(await decideNoticeMails(scene.database, leave)).toBe(1);
    expect((await scene.store.backlog()).forAPerson).toBe(0);
    expect((await scene.mails()).some((mail) => mail.startsWith('so@example.vn due'))).toBe(true);
    expect(scene.inbox.mails).toEqual([]);
  });

  test('that were noted by a clock that was ahead are tried at once', async () => {
    await threeMails();
    await scene.database.execute(
      `UPDATE notice_mails SET next_attempt_at = now() + interval '1 year', wait_seconds = 60`,
    );
    const sending = scene.send();
    await sent(...everybody);
    await sending.stop();
  });
});

describe('a link to answer by', () => {
  const tokens = (text: string): readonly string[] =>
    Array.from(
      text.matchAll(/https:\/\/quantrac\.example\.vn\/phan-hoi\/([A-Za-z0-9_-]{32})(?=\s)/g),
      ([, token = '']) => token,
    );

  test('is in the mail to the facility alone; what is stored has its place, and each attempt a token', async () => {
    let attempts = 0;
    scene.inbox.refusalOf = () => ((attempts += 1) === 1 ? { code: 450, text: 'busy' } : undefined);
    await scene.hear(gapEvent('S1', 'opened'));
    await scene.plan(13);
    const sending = scene.send({ connections: 1 });
    await sent('f1@example.vn', 'so@example.vn');
    await sending.stop();
    const desk = answerDesk(scene.database, () => new Date(start + 14 * 3_600_000), 100);
    for (const { to, parsed } of scene.inbox.mails) {
      const found = new Set(tokens(parsed.text ?? ''));
      expect(found.size).toBe(to.includes('f1@example.vn') ? 1 : 0);
      for (const token of found) {
        expect(parsed.html).toContain(`/phan-hoi/${token}"`);
        expect(await desk.open(token)).toMatchObject({ kind: 'open', link: { gaps: [{}] } });
      }
    }
    const stored = await scene.database.query<{ text: string }>(
      `SELECT text_body || html_body AS text FROM notice_mails WHERE address LIKE 'f1%'`,
    );
    expect(stored[0]?.text).toContain('https://quantrac.example.vn/phan-hoi/{token}');
    expect(tokens(stored[0]?.text ?? '')).toEqual([]);
  });

  test('is new in the mail of an officer who asks back, which is made once', async () => {
    await importRegistry(scene.database, scene.registry, { actor: 'test' });
    await scene.hear(gapEvent('S1', 'opened'));
    await scene.plan(13);
    const [gap] = await scene.database.query<{ gapId: number }>(
      `WITH key AS (INSERT INTO station_keys (station) VALUES ('S1') RETURNING station_id)
       INSERT INTO gaps (station_id, kind, from_instant, level, opened_at)
       SELECT station_id, 'transmission', $1, '12h', $1 FROM key RETURNING gap_id AS "gapId"`,
      [new Date(start)],
    );
    const records = gapRecordDesk(scene.database, () => new Date(start + 14 * 3_600_000), 100);
    const entry = { kind: 'ask-back', question: 'Mất điện từ mấy giờ?' } as const;
    const given = { entry, actor: 'Lê An', note: '', letters: [] };
    expect(await records.enter(gap?.gapId ?? 0, given)).toMatchObject({ kind: 'recorded' });
    // Its time of the record is the scene's, long ago.
    await scene.database.execute('UPDATE gap_entries SET recorded_at = now()');
    const made = (await scene.plan(14.5)).map((line) => line.slice(15));
    expect(made).toEqual(['ask-back facility:F1 1']);
    expect(await scene.plan(14.6)).toEqual([]);
    const sending = scene.send();
    await eventually(() =>
      expect(arrived()).toEqual(['f1@example.vn', 'f1@example.vn', 'so@example.vn']),
    );
    await sending.stop();
    const texts = scene.inbox.mails.map(({ parsed }) => parsed.text ?? '');
    expect(tokens(texts.find((text) => text.includes('Mất điện từ mấy giờ?')) ?? '')).toHaveLength(
      2,
    );
  });
});

test('a gap that nobody acknowledges is escalated once, over crashes; one that somebody does is not', async () => {
  scene.policy = { ...scene.policy, escalateAfterMs: 4 * 3_600_000 };
  await scene.hear(gapEvent('S1', 'opened'), gapEvent('S2', 'opened'));
  await scene.plan(13);
  await scene.database.execute(
    `WITH key AS (INSERT INTO station_keys (station) VALUES ('S2') RETURNING station_id)
     INSERT INTO gap_entries (station_id, gap_kind, from_instant, to_instant, kind, source, author, post,
       telephone, person, note, letter_ids)
     SELECT station_id, 'transmission', $1, $2, 'acknowledge', 'officer', 'Lê An', '', '', 'Lê An', '', '{}' FROM key`,
    [new Date(start), new Date(start + 14 * 3_600_000)],
  );
  expect(await scene.plan(16.9)).toEqual([]);
  await Promise.all([scene.killBackends().catch(() => undefined), scene.plan(17).catch(() => [])]);
  // The end of a connection may reach the pool only after the kill has returned.
  await eventually(() => scene.plan(17.1));
  await scene.plan(20);
  const notices = await scene.database.query(
    `SELECT kind, stations, address FROM notices JOIN notice_mails USING (notice_id)
     WHERE audience = 'escalation'`,
  );
  expect(notices).toEqual([
    { kind: 'escalation', stations: ['S1'], address: 'lanh-dao@example.vn' },
  ]);
});
