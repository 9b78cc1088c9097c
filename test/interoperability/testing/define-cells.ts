import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  cellOf,
  operations,
  type Client,
  type Mode,
  type Operation,
} from '../../support/src/pushers/client.ts';
import { clients } from '../../support/src/pushers/clients/index.ts';
import { Door } from './door.ts';
import { runCell } from './run-cell.ts';
import { isInstalled } from './run-command.ts';

/** Programs at a time: each is short and waits for the other side most of the time. */
const atOnce = 4;
/** A cell takes well under a second, on a busy machine some seconds; the last ones wait for all. */
const patienceMs = 240_000;

interface Planned {
  readonly client: Client;
  readonly mode: Mode;
  readonly operation: Operation;
  readonly outcome: Promise<void>;
  readonly begin: () => Promise<void>;
}

/** Registers a test for each cell of these modes. All run side by side; each test waits for its own. */
export function defineCells(mode: Mode): void {
  let door: Door;
  const plans: Planned[] = [];

  beforeAll(async () => {
    door = await Door.open();
    const queue = [...plans];
    const work = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) await next.begin();
    };
    void Promise.all(Array.from({ length: atOnce }, work));
  }, patienceMs);
  afterAll(async () => {
    await Promise.allSettled(plans.map(({ outcome }) => outcome));
    await door.close();
  }, patienceMs);

  const speakers = clients.filter((client) => client.modes[mode] === true);
  describe.each(speakers.map((client) => [client.name, client] as const))('%s', (_, client) => {
    const installed = isInstalled(client);
    for (const operation of operations) {
      const cell = cellOf(client, mode, operation);
      if (cell.kind === 'cannot') continue;
      const plan = planned(client, mode, operation, () => {
        const errand = door.errand(mode);
        const upload = cellOf(client, mode, 'upload');
        return runCell(operation, {
          door,
          errand,
          command: cell.does(errand),
          resend:
            upload.kind === 'works' ? upload.does({ ...errand, file: errand.bigFile }) : undefined,
        });
      });
      if (installed) plans.push(plan);
      (installed ? test : test.skip)(
        operation,
        async () => {
          await expect(plan.outcome).resolves.toBeUndefined();
        },
        patienceMs,
      );
    }
  });
}

function planned(
  client: Client,
  mode: Mode,
  operation: Operation,
  run: () => Promise<void>,
): Planned {
  let settle: (outcome: Promise<void>) => void = () => undefined;
  const outcome = new Promise<void>((resolve) => (settle = resolve));
  // Its own test reports it, perhaps much later.
  outcome.catch(() => undefined);
  return {
    client,
    mode,
    operation,
    outcome,
    begin: async () => {
      const running = run();
      settle(running);
      await running.catch(() => undefined);
    },
  };
}
