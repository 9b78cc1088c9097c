import { TreeError } from './reception.ts';

const limitText = 'The account has as many sessions as it may have: end one, or try again later.';

/** What the client reads if `login` rejected because the account has no session left; otherwise undefined. */
export function sessionLimitText(error: unknown): string | undefined {
  return error instanceof TreeError && error.code === 'no-room' ? limitText : undefined;
}
