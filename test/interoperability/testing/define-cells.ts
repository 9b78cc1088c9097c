import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  cellOf,
  clientsOfRun,
  operations,
  type Client,
  type Command,
  type Errand,
  type Mode,
  type Operation,
} from '../../support/src/pushers/client.ts';
import { clients } from '../../support/src/pushers/clients/index.ts';
import { commandOf } from './commands.ts';
import { Door } from './door.ts';
import { note } from './note.ts';
import { startRelay } from './relay.ts';
import { runCell } from './run-cell.ts';
import { isInstalled } from './run-command.ts';

/** Programs at a time: each is short and waits for the other side most of the time. */
const atOnce = 4;
/** A cell takes well under a second, on a busy machine some seconds; the last ones wait for all. */
const patienceMs = 240_000;

interface Planned {
  readonly outcome: Promise<void>;
  readonly begin: () => Promise<void>;
}

/** Registers a test for each cell of these modes. All run side by side; each test waits for its own. */
export function defineCells(mode: Mode): void {
  let opened: Door | undefined;
  const plans: Planned[] = [];

  beforeAll(async () => {
    opened = await Door.open();
    const queue = [...plans];
    const work = async (): Promise<void> => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) await next.begin();
    };
    void Promise.all(Array.from({ length: atOnce }, work));
  }, patienceMs);
  afterAll(async () => {
    if (opened === undefined) return;
    await Promise.allSettled(plans.map(({ outcome }) => outcome));
    await opened.close();
  }, patienceMs);

  const speakers = clientsOfRun(clients).filter((client) => client.modes[mode] === true);
  describe.each(speakers.map((client) => [client.name, client] as const))('%s', (_, client) => {
    const installed = isInstalled(client);
    for (const operation of operations) {
      if (cellOf(client, mode, operation).kind === 'cannot') continue;
      const plan = planned(() => {
        const door = opened!;
        return isOverheard(mode, operation)
          ? overhear(door, client, operation, (errand) => trial(door, client, operation, errand))
          : trial(door, client, operation, door.errand(mode));
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

async function trial(
  door: Door,
  client: Client,
  operation: Operation,
  errand: Errand,
): Promise<void> {
  const command = commandOf(client, operation, errand);
  const resend = (): Command => commandOf(client, 'upload', { ...errand, file: errand.bigFile });
  await runCell(operation, { door, errand, command, resend });
}

/** The cut must reach the door as it is; what is encrypted shows nothing. */
const isOverheard = (mode: Mode, operation: Operation): boolean =>
  mode === 'plain' && operation !== 'abort';

/** Runs an errand and notes what the client says on the wire: that is what a server must understand. */
async function overhear(
  door: Door,
  client: Client,
  operation: Operation,
  run: (errand: Errand) => Promise<void>,
): Promise<void> {
  const relay = await startRelay(door.plainPort);
  try {
    await run(door.errand('plain', relay.port));
    const words = relay.verbs.filter((verb) => !['USER', 'PASS', 'QUIT'].includes(verb));
    // A client asks us to connect to it in active mode only.
    const isActive = words.includes('PORT') || words.includes('EPRT');
    expect(isActive).toBe(operation === 'active');
    note({ about: 'says', client: client.name, column: operation, seen: words.join(' ') });
  } finally {
    await relay.close();
  }
}

function planned(run: () => Promise<void>): Planned {
  let settle: (outcome: Promise<void>) => void = () => undefined;
  const outcome = new Promise<void>((resolve) => (settle = resolve));
  // Its own test reports it, perhaps much later.
  outcome.catch(() => undefined);
  return {
    outcome,
    begin: async () => {
      const running = run();
      settle(running);
      await running.catch(() => undefined);
    },
  };
}
