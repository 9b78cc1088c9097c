import type { Configuration } from '@envigate/contracts';
import { openMailer } from '@envigate/notifier';
import { messageOf } from '@envigate/runtime';
import { fault, good, skipped, warning, type Finding } from './finding.ts';

/** The mail server of the notices takes the notifier's login, and there is somebody to write to. */
export async function* checkMail({ notifier, answers }: Configuration): AsyncGenerator<Finding> {
  const check = 'mail.server';
  const remedy = 'envigate notices test';
  try {
    const opened = await openMailer(notifier);
    if (opened === undefined) {
      yield skipped(
        check,
        [
          'chưa khai báo máy chủ thư: không có thông báo',
          'no mail server is configured: there are no notices',
        ],
        'notifier.smtp.host, notifier.from.address',
      );
      return;
    }
    const { mailer, server } = opened;
    try {
      const { isReady, answer } = await mailer.check();
      const text = `${server.host}: ${answer}`;
      yield isReady ? good(check, text) : fault(check, text, remedy);
    } finally {
      mailer.close();
    }
  } catch (error) {
    yield fault(check, messageOf(error), remedy);
  }
  if (answers.publicUrl === undefined)
    yield warning(
      'mail.answers',
      [
        'chưa khai báo địa chỉ trang phản hồi: thư gửi cơ sở không có đường dẫn',
        'the answer page has no public address: mails to facilities have no link',
      ],
      'answers.publicUrl',
    );
  else if (!answers.publicUrl.startsWith('https://'))
    yield warning(
      'mail.answers',
      [
        `trang phản hồi không dùng HTTPS: ${answers.publicUrl}`,
        `the answer page is not reached by HTTPS: ${answers.publicUrl}`,
      ],
      'answers.publicUrl',
    );
  if (notifier.office.to.length === 0)
    yield warning(
      'mail.office',
      ['chưa có địa chỉ nhận của Sở', 'the office has no address: it gets no notice'],
      'notifier.office.to',
    );
}
