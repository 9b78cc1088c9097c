import { createTransport as openTransport } from 'nodemailer';
import MailComposer from 'nodemailer/lib/mail-composer';
import type { SMTPSentMessageInfo } from 'nodemailer/lib/smtp-transport';
import type { Mailer, MailOutcome, OutgoingMail } from '@envigate/domain';
import { DeadlineError, expectedServer, messageOf, withDeadline } from '@envigate/runtime';

export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  /** starttls: refused where the server does not offer it; implicit: TLS from the first byte; none: in the clear. */
  readonly security: 'starttls' | 'implicit' | 'none';
  /** Absent: without a login. */
  readonly login?: { readonly user: string; readonly password: string };
  /** Certificate authority that signs the server's certificate, as PEM; absent: those of the system. */
  readonly ca?: string;
  readonly from: { readonly name: string; readonly address: string };
  readonly replyTo?: string;
  /** Mails that are under way at once. */
  readonly connections: number;
  /** Limit of each step of a connection; an attempt as a whole may take four times as long. */
  readonly timeoutMs: number;
}

/** Connections are renewed after so many mails: servers end long sessions of their own accord. */
const mailsPerConnection = 100;
const stepsPerAttempt = 4;

/**
 * Sends mails by SMTP, over connections that are kept. One recipient a mail, so that no address waits for
 * another's. Nothing is tried again here: the outbox decides that.
 */
export function smtpMailer(settings: SmtpSettings): Mailer {
  const { from, timeoutMs } = settings;
  let transport = createTransport(settings);

  /** An attempt that hangs would keep a place of the pool for ever. */
  function abandon(): void {
    transport.close();
    transport = createTransport(settings);
  }

  return {
    async send(mail) {
      const raw = await composeMail(mail, settings);
      const envelope = { from: from.address, to: [mail.to.address], size: raw.byteLength };
      const sending = transport.sendMail({ envelope, raw });
      try {
        const what = `mail to ${mail.to.address}`;
        return outcomeOf(
          await withDeadline(sending, stepsPerAttempt * timeoutMs, what, () => {
            sending.catch(() => undefined);
            abandon();
          }),
        );
      } catch (error) {
        return failureOf(error);
      }
    },

    async check() {
      try {
        await transport.verify();
        return { isReady: true, answer: 'ready' };
      } catch (error) {
        return { isReady: false, answer: messageOf(error) };
      }
    },

    close() {
      transport.close();
    },
  };
}

/** The mail's bytes: text and HTML as alternatives, both in UTF-8. */
export async function composeMail(
  mail: OutgoingMail,
  { from, replyTo }: Pick<SmtpSettings, 'from' | 'replyTo'>,
): Promise<Buffer> {
  const { messageId, to, subject, text, html, date } = mail;
  return new MailComposer({
    ...{ from, subject, messageId, date, text, html },
    to: { name: to.name ?? '', address: to.address },
    ...(replyTo !== undefined && { replyTo }),
    headers: {
      'Content-Language': 'vi, en',
      // So that no out-of-office answer comes back (RFC 3834).
      'Auto-Submitted': 'auto-generated',
      'X-Auto-Response-Suppress': 'All',
    },
  })
    .compile()
    .build();
}

function createTransport(settings: SmtpSettings) {
  const { host, port, security, login, ca, connections, timeoutMs } = settings;
  return openTransport({
    ...{ pool: true, host, port, maxConnections: connections, maxMessages: mailsPerConnection },
    // An attempt is one attempt: whether there is another, the outbox decides.
    maxRequeues: 0,
    secure: security === 'implicit',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(login !== undefined && { auth: { user: login.user, pass: login.password } }),
    tls: expectedServer(host, ca),
    ...{ connectionTimeout: timeoutMs, greetingTimeout: timeoutMs },
    ...{ socketTimeout: timeoutMs, dnsTimeout: timeoutMs },
    ...{ disableFileAccess: true, disableUrlAccess: true, logger: false },
  });
}

/** A resolved attempt is no acceptance yet: with the recipient refused it may resolve all the same. */
function outcomeOf({ accepted, rejectedErrors, response }: SMTPSentMessageInfo): MailOutcome {
  if (accepted.length > 0) return { kind: 'accepted', answer: response };
  const [error] = rejectedErrors ?? [];
  return error === undefined ? { kind: 'refused', answer: response } : failureOf(error);
}

interface SmtpError {
  /** nodemailer's own, or that of the socket. */
  readonly code?: unknown;
  /** The command that was answered; CONN where there was no answer to any. */
  readonly command?: unknown;
  /** The server's; absent where it said nothing. */
  readonly responseCode?: unknown;
  /** Of an answer: 5xx, but not 503, which is about the session. */
  readonly permanent?: unknown;
  readonly syscall?: unknown;
  /** The socket's, where nodemailer has put its own in its place. */
  readonly originalCode?: unknown;
  /** Which wait ended with ETIMEDOUT. */
  readonly timeoutType?: unknown;
}

/** Of the mail itself. A refusal of anything before them is one of the connection or the login. */
const commandsOfMail: readonly unknown[] = ['MAIL FROM', 'RCPT TO', 'DATA'];

/** The server wants to end the session: whatever the mail is (RFC 5321, 3.8). */
const serviceNotAvailable = 421;

function failureOf(error: unknown): MailOutcome {
  const { code, command, responseCode, permanent } = error as SmtpError;
  const answer = messageOf(error);
  if (typeof responseCode === 'number') {
    const isServerWide = !commandsOfMail.includes(command) || responseCode === serviceNotAvailable;
    if (permanent === true && !isServerWide) return { kind: 'refused', answer };
    return { kind: 'later', answer, mayHaveArrived: false, isServerWide };
  }
  // Refused by the client, as the mail is larger than the server takes: no byte of it was sent.
  if (code === 'EMESSAGE' && command === 'MAIL FROM') return { kind: 'refused', answer };
  if (code === 'EENVELOPE') return { kind: 'refused', answer };
  const mayHaveArrived = !isBeforeSession(error as SmtpError);
  return { kind: 'later', answer, mayHaveArrived, isServerWide: !(error instanceof DeadlineError) };
}

/**
 * A lost connection gives the same error before MAIL FROM as after the final dot. Only what happens before
 * a session exists is certain not to have delivered anything.
 */
function isBeforeSession({ code, syscall, timeoutType, originalCode }: SmtpError): boolean {
  if (typeof originalCode === 'string' && unprovenServer.test(originalCode)) return true;
  if (syscall === 'connect' || timeoutType === 'CONNECT_TIMEOUT') return true;
  if (timeoutType === 'GREETING_TIMEOUT' || timeoutType === 'UPGRADE_TIMEOUT') return true;
  return code === 'EDNS' || code === 'ETLS' || code === 'EAUTH';
}

/** Of the check of a server's certificate, as Node.js names what is wrong with it. */
const unprovenServer = /CERT|SIGNATURE|^ERR_(?:TLS|SSL)/;
