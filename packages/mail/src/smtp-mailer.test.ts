import { afterEach, describe, expect, test } from '@jest/globals';
import type { OutgoingMail } from '@envigate/domain';
import { selfSignedCertificate } from '@envigate/runtime';
import { MailInbox, type InboxOptions } from '@envigate/test-support';
import { smtpMailer, type SmtpSettings } from './smtp-mailer.ts';

const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function open(options: InboxOptions = {}, settings: Partial<SmtpSettings> = {}) {
  const inbox = await MailInbox.open(options);
  const mailer = smtpMailer({ ...inTheClear(inbox.port), ...settings });
  ends.push(
    () => inbox.close(),
    () => mailer.close(),
  );
  return { inbox, mailer };
}

const inTheClear = (port: number): SmtpSettings => ({
  ...{ host: '127.0.0.1', port, security: 'none', connections: 2, timeoutMs: 1_000 },
  from: { name: 'Sở Nông nghiệp và Môi trường tỉnh A', address: 'quantrac@sonnmt.example.vn' },
});

const mail = (to = 'lan@caph.example.vn', number = 1): OutgoingMail => ({
  messageId: `<GD-2026-00000${number}.1@sonnmt.example.vn>`,
  to: { name: 'Nguyễn Thị Lan', address: to },
  subject: 'Gián đoạn truyền dữ liệu trên 12 giờ: trạm NUOSXL – KCN Cảnh Phú',
  text: 'Kính gửi: Khu công nghiệp Cảnh Phú\n\nhttps://quantrac.example.vn/a?b=c\n',
  html: '<p>Kính gửi: Khu công nghiệp Cảnh Phú</p>',
  date: new Date('2026-03-24T23:20:00Z'),
});

describe('a mail', () => {
  test('arrives with its Message-ID, words and names as given, once', async () => {
    const { inbox, mailer } = await open();
    expect(await mailer.send(mail())).toEqual({ kind: 'accepted', answer: '250 kept as 1' });
    expect(inbox.mails).toHaveLength(1);
    const [{ parsed, to, messageId }] = inbox.mails as [(typeof inbox.mails)[0]];
    expect({ to, messageId, subject: parsed.subject }).toEqual({
      to: ['lan@caph.example.vn'],
      messageId: mail().messageId,
      subject: mail().subject,
    });
    expect(parsed.text?.trim()).toBe(mail().text.trim());
    expect(parsed.html).toContain(mail().html);
    expect(parsed.date).toEqual(mail().date);
    expect(parsed.from?.value[0]?.name).toBe('Sở Nông nghiệp và Môi trường tỉnh A');
    expect(parsed.headers.get('auto-submitted')).toBe('auto-generated');
  });

  test.each([
    ['at its recipient', 550, 'refused', { recipient: true }],
    ['at its recipient for now', 450, 'later', { recipient: true }],
    ['after its content', 554, 'refused', {}],
    ['after its content for now', 451, 'later', {}],
  ] as const)('that the server refuses %s (%i) is %s', async (_where, code, kind, at) => {
    const { inbox, mailer } = await open();
    const answer = { code, text: 'no' };
    if ('recipient' in at) inbox.refusalOf = () => answer;
    else inbox.fateOf = () => ({ kind: 'answer', ...answer });
    const outcome = await mailer.send(mail());
    expect(outcome).toMatchObject({ kind, answer: expect.stringContaining(String(code)) });
    if (kind === 'later')
      expect(outcome).toMatchObject({ mayHaveArrived: false, isServerWide: false });
    // The connection serves the next one.
    inbox.refusalOf = () => undefined;
    inbox.fateOf = () => ({ kind: 'accept' });
    expect(await mailer.send(mail())).toMatchObject({ kind: 'accepted' });
  });

  test('that is larger than the server takes is refused before any of it is sent', async () => {
    const { inbox, mailer } = await open({ maxBytes: 1_000 });
    const outcome = await mailer.send({ ...mail(), text: 'x'.repeat(5_000) });
    expect(outcome).toMatchObject({ kind: 'refused' });
    expect(inbox.mails).toEqual([]);
  });
});

describe('a connection', () => {
  test.each([
    ['lost after the mail was kept', 'keep-and-cut', 1],
    ['lost before', 'cut', 0],
  ] as const)('%s: the mail may have arrived', async (_when, kind, kept) => {
    const { inbox, mailer } = await open();
    inbox.fateOf = (_mail, number) => ({ kind: number === 1 ? kind : 'accept' });
    expect(await mailer.send(mail())).toMatchObject({
      ...{ kind: 'later', mayHaveArrived: true, isServerWide: true },
    });
    expect(await mailer.send(mail())).toMatchObject({ kind: 'accepted' });
    // Not sent again by the library, and recognisable as the same mail.
    expect(inbox.mails.map(({ messageId }) => messageId)).toEqual(
      Array.from({ length: kept + 1 }, () => mail().messageId),
    );
  });

  test('that answers nothing is given up in time, and the next mail goes', async () => {
    const { inbox, mailer } = await open({}, { connections: 1, timeoutMs: 200 });
    inbox.fateOf = (_mail, number) => ({ kind: number === 1 ? 'hang' : 'accept' });
    expect(await mailer.send(mail())).toMatchObject({ kind: 'later', mayHaveArrived: true });
    expect(await mailer.send(mail())).toMatchObject({ kind: 'accepted' });
  });

  test('that is refused: nothing can have arrived', async () => {
    const { inbox, mailer } = await open();
    await inbox.close();
    expect(await mailer.send(mail())).toMatchObject({
      ...{ kind: 'later', mayHaveArrived: false, isServerWide: true },
    });
    expect(await mailer.check()).toMatchObject({ isReady: false });
  });

  test('without the right password delays all mails, and shows no password', async () => {
    const login = { user: 'quantrac', password: 'a-right-one' };
    const wrong = { ...login, password: 'a-wrong-one' };
    const { mailer } = await open({ login }, { login: wrong });
    const outcome = await mailer.send(mail());
    expect(outcome).toMatchObject({ kind: 'later', mayHaveArrived: false, isServerWide: true });
    expect(JSON.stringify([outcome, await mailer.check()])).not.toContain('wrong');
    const right = await open({ login }, { login });
    expect(await right.mailer.send(mail())).toMatchObject({ kind: 'accepted' });
    expect(await right.mailer.check()).toMatchObject({ isReady: true });
  });

  test('is encrypted where the settings ask for it, or nothing is sent', async () => {
    const { key, certificate: cert } = await selfSignedCertificate({
      ...{ commonName: '127.0.0.1', hosts: ['127.0.0.1'], now: new Date(), days: 1 },
    });
    const tls = { key, cert };
    const starttls = await open({ tls }, { security: 'starttls', ca: cert });
    expect(await starttls.mailer.send(mail())).toMatchObject({ kind: 'accepted' });
    const implicit = await open({ tls, implicitTls: true }, { security: 'implicit', ca: cert });
    expect(await implicit.mailer.send(mail())).toMatchObject({ kind: 'accepted' });
    const unknown = await open({ tls }, { security: 'starttls' });
    const plain = await open({}, { security: 'starttls' });
    for (const { inbox, mailer } of [unknown, plain]) {
      expect(await mailer.send(mail())).toMatchObject({ kind: 'later', mayHaveArrived: false });
      expect(inbox.mails).toEqual([]);
    }
  });
});
