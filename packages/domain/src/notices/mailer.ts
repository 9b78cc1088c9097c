/** A mail as it goes to one recipient. Texts are complete: the client adds the form, no words. */
export interface OutgoingMail {
  /** With the angle brackets. The same for every attempt, so that a reader can recognise a second copy. */
  readonly messageId: string;
  readonly to: { readonly name: string | undefined; readonly address: string };
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  /** In the Date header; the same for every attempt. */
  readonly date: Date;
}

/** What became of one attempt. `answer` is what the server said, or why it said nothing. */
export type MailOutcome =
  /** The server took the mail over for the recipient. */
  | { readonly kind: 'accepted'; readonly answer: string }
  /** The server refused it for ever (5xx): trying again changes nothing. */
  | { readonly kind: 'refused'; readonly answer: string }
  | {
      readonly kind: 'later';
      readonly answer: string;
      /** The connection was lost without an answer, maybe after the mail was taken: the next attempt may be a second copy. */
      readonly mayHaveArrived: boolean;
      /** The server or our access to it is at fault: the same would happen to every other mail. */
      readonly isServerWide: boolean;
    };

/** Where mails leave. Outcomes are values; what rejects is a fault of the program. */
export interface Mailer {
  /** One attempt. */
  send(mail: OutgoingMail): Promise<MailOutcome>;
  /** Connects, secures the connection and logs in; sends nothing. */
  check(): Promise<{ readonly isReady: boolean; readonly answer: string }>;
  /** Attempts in flight end by themselves; to be awaited by their callers before. */
  close(): void;
}
