import type { AddressInfo } from 'node:net';
import type { ParsedMail } from 'mailparser';
import type { SMTPServer, SMTPServerOptions } from 'smtp-server';

// The libraries are loaded where a mail is read or an inbox opened: most tests that load this file do neither.

/** What the inbox does with a mail after its final dot. */
export type MailFate =
  | { readonly kind: 'accept' }
  | { readonly kind: 'answer'; readonly code: number; readonly text: string }
  /** The mail is kept, its sender never learns so: the connection is cut before the answer. */
  | { readonly kind: 'keep-and-cut' }
  | { readonly kind: 'cut' }
  /** No answer until the client gives up. */
  | { readonly kind: 'hang' };

export interface InboxOptions {
  readonly port?: number;
  readonly tls?: SMTPServerOptions['key'] extends infer Key
    ? { readonly key: Key; readonly cert: SMTPServerOptions['cert'] }
    : never;
  /** TLS from the first byte; default: STARTTLS where there is a certificate. */
  readonly implicitTls?: boolean;
  readonly login?: { readonly user: string; readonly password: string };
  /** Announced as SIZE. */
  readonly maxBytes?: number;
}

export interface KeptMail {
  readonly to: readonly string[];
  readonly messageId: string;
  readonly receivedAt: Date;
  readonly raw: Buffer;
  readonly parsed: ParsedMail;
}

/** A mail server that keeps what it takes, in the order of arrival, and does wrong what a test asks for. */
export class MailInbox {
  readonly mails: KeptMail[] = [];
  /** Asked for each mail, with its number from 1 on. */
  fateOf: (mail: KeptMail, number: number) => MailFate = () => ({ kind: 'accept' });
  /** Code and text that a recipient is refused with; undefined: taken. */
  refusalOf: (address: string) => { readonly code: number; readonly text: string } | undefined =
    () => undefined;
  readonly #server: SMTPServer;
  #seen = 0;

  private constructor(server: SMTPServer) {
    this.#server = server;
  }

  get port(): number {
    return (this.#server.server.address() as AddressInfo).port;
  }

  static async open({
    port = 0,
    tls,
    implicitTls,
    login,
    maxBytes,
  }: InboxOptions = {}): Promise<MailInbox> {
    const { SMTPServer } = await import('smtp-server');
    const server = new SMTPServer({
      ...{ logger: false, disableReverseLookup: true, closeTimeout: 100 },
      ...(tls === undefined
        ? { disabledCommands: login === undefined ? ['STARTTLS', 'AUTH'] : ['STARTTLS'] }
        : { ...tls, secure: implicitTls === true }),
      ...(maxBytes !== undefined && { size: maxBytes }),
      authOptional: login === undefined,
      allowInsecureAuth: true,
      onAuth({ username, password }, _session, done) {
        const isRight = username === login?.user && password === login?.password;
        if (isRight) done(null, { user: username });
        else done(smtpError(535, 'authentication failed'));
      },
      onRcptTo({ address }, _session, done) {
        const refusal = inbox.refusalOf(address);
        done(refusal === undefined ? null : smtpError(refusal.code, refusal.text));
      },
      onData(stream, { envelope, id }, done) {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const to = envelope.rcptTo.map(({ address }) => address);
          inbox.#take(Buffer.concat(chunks), to, id, done).catch((error: unknown) => {
            done(error instanceof Error ? error : new Error(String(error)));
          });
        });
      },
    });
    const inbox = new MailInbox(server);
    server.on('error', () => undefined); // connections that were cut
    await new Promise<void>((resolve, reject) => {
      server.server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    return inbox;
  }

  async #take(
    raw: Buffer,
    to: readonly string[],
    sessionId: string,
    done: (error?: Error | null, answer?: string) => void,
  ): Promise<void> {
    const parsed = await parse(raw);
    const mail: KeptMail = {
      ...{ to, raw, parsed, receivedAt: new Date() },
      messageId: parsed.messageId ?? '',
    };
    const fate = this.fateOf(mail, (this.#seen += 1));
    switch (fate.kind) {
      case 'accept':
        this.mails.push(mail);
        done(null, `kept as ${this.mails.length}`);
        return;
      case 'answer':
        done(smtpError(fate.code, fate.text));
        return;
      case 'keep-and-cut':
        this.mails.push(mail);
        this.#cut(sessionId);
        return;
      case 'cut':
        this.#cut(sessionId);
        return;
      case 'hang':
        return;
    }
  }

  #cut(sessionId: string): void {
    for (const connection of this.#server.connections)
      if (connection.id === sessionId) connection._socket.destroy();
  }

  async close(): Promise<void> {
    for (const connection of this.#server.connections) connection._socket.destroy();
    await new Promise<void>((resolve) => this.#server.close(resolve));
  }
}

/** A mail as a reader's program understands it. */
export function readMail(raw: Uint8Array): Promise<ParsedMail> {
  return parse(Buffer.from(raw));
}

function smtpError(responseCode: number, text: string): Error {
  return Object.assign(new Error(text), { responseCode });
}

async function parse(raw: Buffer): Promise<ParsedMail> {
  const { simpleParser } = await import('mailparser');
  return simpleParser(raw);
}
