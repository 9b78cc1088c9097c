import type { Client, Errand, Interruptible, Operation } from '../../support/src/pushers/client.ts';

/** How a client is given an errand that it can do. */
export function commandOf(client: Client, operation: Operation, errand: Errand): Interruptible {
  const does = client[operation];
  if ('cannot' in does) throw new Error(`${client.name} ${does.cannot}`);
  return does(errand);
}
