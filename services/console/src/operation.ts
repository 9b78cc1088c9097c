import type { JsonSchema, Route, RouteRequest } from '@envigate/http';
import type { OriginalBytes } from '@envigate/contracts';

/**
 * One operation of the API, as data: what it takes, what it answers, and the function in between.
 * Throws a Refusal for what cannot be answered. compose.ts makes routes of a server out of them.
 */
export type Operation = JsonOperation | BytesOperation | PageOperation;

type Described = Pick<
  Route,
  'path' | 'operationId' | 'summary' | 'description' | 'tag' | 'params' | 'query' | 'body'
> & {
  /** POST where it changes something; such a one must say who asks. Default GET. */
  readonly method?: 'GET' | 'POST';
};

export interface JsonOperation extends Described {
  readonly response: JsonSchema;
  readonly handle: (request: RouteRequest) => Promise<unknown>;
}

export interface BytesOperation extends Described {
  readonly response: 'bytes';
  readonly handle: (request: RouteRequest) => Promise<OriginalBytes>;
}

export interface PageOperation extends Described {
  readonly response: 'html';
  readonly handle: (request: RouteRequest) => Promise<Page>;
}

/** HTML for people, with the content of its only style element. 503: the database does not answer. */
export interface Page {
  readonly html: string;
  readonly style: string;
  readonly status: 200 | 503;
}

/**
 * A question without an answer: one that makes no sense, or about something that is not known; or
 * a change that what is there does not allow.
 */
export class Refusal extends Error {
  readonly kind: 'invalid' | 'not-found' | 'conflict';

  constructor(kind: Refusal['kind'], message: string) {
    super(message);
    this.name = 'Refusal';
    this.kind = kind;
  }
}
