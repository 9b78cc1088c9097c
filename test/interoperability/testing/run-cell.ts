import { expect } from '@jest/globals';
import {
  dayFolders,
  type Command,
  type Errand,
  type Interruptible,
  type Operation,
} from '../../support/src/pushers/client.ts';
import { breakOff, seed } from './beginnings.ts';
import { bigReading, reading, type Door } from './door.ts';
import { interruptCommand, runCommand } from './run-command.ts';

const dayFolder = `/${dayFolders.join('/')}`;

/** A client at one errand, and what came of it. */
export interface Trial {
  readonly door: Door;
  readonly errand: Errand;
  readonly command: Interruptible;
  /** How the client sends the big file whole; for the resend after a transfer that was cut. */
  readonly resend: () => Command;
}

/** Runs one cell and checks what was received, byte for byte. */
export async function runCell(operation: Operation, trial: Trial): Promise<void> {
  const { door, errand, command } = trial;
  const protocol = { plain: 'ftp', explicit: 'ftps', implicit: 'ftps', sftp: 'sftp' }[errand.mode];
  const received = (folder: string, content: string): string =>
    `${protocol} ${folder} reading.txt=${content}`;
  switch (operation) {
    case 'upload':
    case 'active':
    case 'rename':
      await runCommand(command);
      expect(await door.received(errand, 1)).toEqual([received('/', reading)]);
      return;
    case 'text':
      await runCommand(command);
      expect(await door.received(errand, 1)).toEqual([
        received('/', reading.replaceAll('\n', '\r\n')),
      ]);
      return;
    case 'folders':
    case 'path':
      await runCommand(command);
      expect(await door.received(errand, 1)).toEqual([received(dayFolder, reading)]);
      return;
    case 'resume': {
      // Another beginning than the client's own: one that sends all of its file again would show.
      const half = reading.length / 2;
      const beginning = reading.slice(0, half).replaceAll('NH4+', 'NO3-');
      await breakOff(door, errand, beginning);
      await runCommand(command);
      expect(await door.received(errand, 1)).toEqual([
        received('/', beginning + reading.slice(half)),
      ]);
      return;
    }
    case 'abort':
      await interruptCommand(command, errand.bigFile);
      await door.brokenOff(errand);
      expect(await door.received(errand, 0)).toEqual([]);
      await runCommand(trial.resend());
      expect(await door.received(errand, 1)).toEqual([received('/', bigReading)]);
      return;
    case 'list': {
      await seed(door, errand, reading);
      const shown = await runCommand(command);
      const size = new RegExp(`\\b${reading.length}\\b`);
      expect(shown).toMatch(/\breading\.txt\b/);
      expect(shown).toMatch(size);
      return;
    }
  }
}
