import type { KeptMail } from './mail-inbox.ts';

const mostShown = 100;

/** The newest mails first, as text. Loaded anew every few seconds. */
export function inboxPage(mails: readonly KeptMail[]): string {
  const shown = mails.slice(-mostShown).reverse();
  const articles = shown.map(
    ({ to, parsed, messageId }) => `<article>
<h2>${escaped(parsed.subject ?? '')}</h2>
<p>${escaped(to.join(', '))} · ${escaped(messageId)}</p>
<pre>${escaped(parsed.text ?? '')}</pre>
</article>`,
  );
  return `<!DOCTYPE html>
<html lang="vi">
<head><meta charset="utf-8"><meta http-equiv="refresh" content="5"><title>Thư thông báo · Notices</title>
<style>body{font:15px/1.5 sans-serif;max-width:50rem;margin:2rem auto}pre{white-space:pre-wrap;font:inherit}
article{border-top:1px solid #999}</style></head>
<body><h1>Thư thông báo · Notices</h1>
${articles.join('\n') || '<p>Chưa có thư · No mail yet</p>'}
</body>
</html>
`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
