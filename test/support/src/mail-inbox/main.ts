import { createServer } from 'node:http';
import { parseArgs } from 'node:util';
import { MailInbox } from './mail-inbox.ts';
import { inboxPage } from './inbox-page.ts';

// node main.js --smtp-port N --page-port N
// A mail server that keeps what it takes, in memory, and a page that shows it; ends on SIGTERM or SIGINT.
const { values } = parseArgs({
  options: {
    'smtp-port': { type: 'string', default: '2525' },
    'page-port': { type: 'string', default: '8025' },
  },
});
const inbox = await MailInbox.open({ port: Number(values['smtp-port']) });
const page = createServer((_request, response) => {
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  response.end(inboxPage(inbox.mails));
});
page.listen(Number(values['page-port']), '127.0.0.1');
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => {
    page.close();
    page.closeAllConnections();
    void inbox.close();
  });
