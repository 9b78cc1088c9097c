import { expect, test } from '@jest/globals';
import { inboxPage } from './inbox-page.ts';
import { readMail } from './mail-inbox.ts';

test('shows the newest mail first, and nothing of it as a command', async () => {
  expect(inboxPage([])).toContain('No mail yet');
  const mails = await Promise.all(
    ['first', '<b>second</b>'].map(async (subject) => {
      const raw = Buffer.from(`Subject: ${subject}\r\nMessage-ID: <1@a>\r\n\r\n<script>\r\n`);
      const parsed = await readMail(raw);
      return { to: ['a@b.vn'], messageId: '<1@a>', receivedAt: new Date(0), raw, parsed };
    }),
  );
  const page = inboxPage(mails);
  expect(page.indexOf('second')).toBeLessThan(page.indexOf('first'));
  expect(page).not.toMatch(/<script>|<b>/);
});
