import type { AccountTree } from '@envigate/domain';
import type { Reply } from '../reply.ts';
import type { SessionState } from '../session-state.ts';

export type Answer = Reply | Promise<Reply>;

/** A command: what it needs before it runs, and what it does. Refusals of the tree may be thrown. */
export type CommandSpec =
  | {
      readonly access: 'anyone';
      readonly needsArgument: boolean;
      run(session: SessionState, argument: string): Answer;
    }
  | {
      readonly access: 'account';
      readonly needsArgument: boolean;
      run(session: SessionState, argument: string, tree: AccountTree): Answer;
    };

type Run<A extends CommandSpec['access']> = Extract<CommandSpec, { access: A }>['run'];

export function forAnyone(run: Run<'anyone'>): CommandSpec {
  return { access: 'anyone', needsArgument: false, run };
}

export function forAnyoneWithArgument(run: Run<'anyone'>): CommandSpec {
  return { access: 'anyone', needsArgument: true, run };
}

export function forAccount(run: Run<'account'>): CommandSpec {
  return { access: 'account', needsArgument: false, run };
}

export function forAccountWithArgument(run: Run<'account'>): CommandSpec {
  return { access: 'account', needsArgument: true, run };
}
