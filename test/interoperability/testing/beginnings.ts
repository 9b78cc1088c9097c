import { once } from 'node:events';
import { RawClient } from '../../../packages/ftp-server/src/testing/raw-client.ts';
import type { Errand } from '../../support/src/pushers/client.ts';
import type { Door } from './door.ts';

async function login(door: Door, { user, password }: Errand): Promise<RawClient> {
  const client = await RawClient.connect(door.plainPort);
  const codes = await client.codes(`USER ${user}`, `PASS ${password}`);
  if (codes.at(-1) !== 230) throw new Error(`the login of ${user} was answered ${codes.join()}`);
  return client;
}

/** A station file that is there already, beside an empty folder. */
export async function seed(door: Door, errand: Errand, content: string): Promise<void> {
  const client = await login(door, errand);
  await client.command('MKD empty');
  const { code, text } = await client.upload('STOR reading.txt', content);
  if (code !== 226) throw new Error(text);
  await client.quit();
}

/** The beginning of a file, whose sender was lost in the middle. */
export async function breakOff(door: Door, errand: Errand, beginning: string): Promise<void> {
  const client = await login(door, errand);
  const data = await client.openData();
  await client.command('STOR reading.txt');
  data.write(beginning);
  // Answered only when the bytes have been read; STAT reports how many.
  for (let seen = ''; !seen.includes(`${beginning.length} bytes of`);) {
    seen = (await client.command('STAT')).text;
  }
  const closed = once(client.socket, 'close');
  client.socket.destroy();
  data.destroy();
  await closed;
  await door.brokenOff(errand);
}
