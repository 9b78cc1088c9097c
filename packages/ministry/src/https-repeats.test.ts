import { afterAll, afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createServer, type Server as HttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DeliveryError, type MinistryTarget } from '@envigate/domain';
import { selfSignedCertificate } from '@envigate/runtime';
import type { MinistryStandIn } from '../../../test/support/src/ministry-stand-in/index.ts';
import { connectTo } from './connect-to.ts';
import { newFolder, removeFolders, secretOf, startStandIn, targetOf } from './testing/inlets.ts';

afterAll(removeFolders);

const file = {
  name: 'HN_ABCD_NUO001_20260101120000.txt',
  payload: Buffer.from('pH\t7.25\t-\t20260101120000\t00\r\n'),
  idempotencyKey: '1',
  resend: false,
};
const repeat = { ...file, resend: true };

describe('answers to a repeat over HTTPS', () => {
  let standIn: MinistryStandIn;
  let target: MinistryTarget;
  beforeEach(async () => {
    standIn = await startStandIn();
    const env = { MINISTRY_SECRET: secretOf(standIn, 'https') };
    target = connectTo({ timeoutMs: 1_000, env })(targetOf(standIn, 'https'));
  });
  afterEach(async () => {
    await target.close();
    await standIn.close();
  });

  const loseAnswer = async (): Promise<void> => {
    await standIn.setFaults([{ kind: 'lose-answer', times: 1 }]);
    await expect(target.deliver(file)).rejects.toMatchObject({ inDoubt: true });
  };

  test('409 "already exists" is what the lost attempt has left', async () => {
    await loseAnswer();
    await standIn.setFaults([{ kind: 'conflict' }]);
    expect(await target.deliver(repeat)).toEqual({
      kind: 'accepted',
      presumed: true,
      receipt: expect.stringContaining('HTTP 409'),
    });
    expect(standIn.entries.map(({ kind }) => kind)).toEqual(['accepted']);
  });

  test('409 without a reason means later: the first request is still in process', async () => {
    await loseAnswer();
    await standIn.setFaults([{ kind: 'in-process', times: 2 }]);
    for (let tries = 0; tries < 2; tries++)
      await expect(target.deliver(repeat)).rejects.toMatchObject({
        inDoubt: true,
        refusesFile: false,
      });
    expect(await target.deliver(repeat)).toEqual({
      kind: 'accepted',
      receipt: expect.stringMatching(/^BNNMT-/),
    });
  });

  test('409 without a reason, time and again, is no request in process any more', async () => {
    await loseAnswer();
    await standIn.setFaults([{ kind: 'in-process' }]);
    for (let tries = 0; tries < 4; tries++)
      await expect(target.deliver(repeat)).rejects.toBeInstanceOf(DeliveryError);
    expect(await target.deliver(repeat)).toMatchObject({ kind: 'accepted', presumed: true });
  });

  test('429 and its Retry-After are passed on', async () => {
    await standIn.setFaults([{ kind: 'too-many', times: 1 }]);
    await expect(target.deliver(file)).rejects.toMatchObject({
      retryAfterMs: 1_000,
      refusesFile: false,
      inDoubt: false,
    });
    expect(await target.deliver(file)).toMatchObject({ kind: 'accepted' });
  });
});

describe('what HTTPS statuses mean', () => {
  let server: HttpsServer;
  let target: MinistryTarget;
  let answer: (
    send: (status: number, text?: string, headers?: Record<string, string>) => void,
  ) => void;
  beforeEach(async () => {
    const { certificate, key } = await selfSignedCertificate({
      commonName: 'Ministry',
      hosts: ['127.0.0.1'],
      now: new Date(),
      days: 1,
    });
    const caFile = join(await newFolder(), 'ca.pem');
    await writeFile(caFile, certificate);
    server = createServer({ key, cert: certificate }, (request, response) => {
      request.resume().on('end', () =>
        answer((status, text = '', headers = {}) => {
          response.writeHead(status, headers).end(text);
        }),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const url = `https://127.0.0.1:${port}/files`;
    target = connectTo({ timeoutMs: 1_000, env: {} })({ code: 'bo', kind: 'https', url, caFile });
  });
  afterEach(async () => {
    await target.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const outcome = async (sent: typeof file): Promise<string> => {
    const result: unknown = await target.deliver(sent).catch((thrown: unknown) => thrown);
    if (result instanceof DeliveryError)
      return result.refusesFile ? 'this file not' : result.inDoubt ? 'in doubt' : 'later';
    const { kind, presumed } = result as { kind: string; presumed?: true };
    return presumed ? 'presumed' : kind;
  };

  test.each<[status: number, text: string, first: string, repeated: string]>([
    [200, 'got it', 'accepted', 'accepted'],
    [208, '', 'accepted', 'accepted'],
    [400, 'no such station', 'refused', 'refused'],
    [400, 'Tệp đã tồn tại', 'refused', 'presumed'],
    [409, 'file exists', 'refused', 'presumed'],
    [409, 'request already in progress', 'refused', 'in doubt'],
    [409, '', 'refused', 'in doubt'],
    [412, '', 'this file not', 'presumed'],
    [422, 'not in the official form', 'refused', 'refused'],
    [413, '', 'this file not', 'this file not'],
    [415, '', 'this file not', 'this file not'],
    [403, '', 'this file not', 'this file not'],
    [401, '', 'later', 'later'],
    [429, '', 'later', 'later'],
    [421, '', 'later', 'later'],
    [500, '', 'in doubt', 'in doubt'],
    [503, '', 'later', 'later'],
    [302, '', 'later', 'later'],
  ])('%d %s: %s; to a repeat: %s', async (status, text, first, repeated) => {
    answer = (send) => send(status, text);
    expect(await outcome(file)).toBe(first);
    expect(await outcome(repeat)).toBe(repeated);
  });

  test('409 with Retry-After is a request in process, whatever it says', async () => {
    answer = (send) => send(409, 'exists', { 'retry-after': '7' });
    await expect(target.deliver(repeat)).rejects.toMatchObject({
      retryAfterMs: 7_000,
      inDoubt: true,
    });
  });

  test('header lines without end leave the file in doubt', async () => {
    answer = (send) =>
      send(201, '', Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`x-${n}`, 'y'])));
    expect(await outcome(file)).toBe('in doubt');
  });

  test('of a long answer the beginning is the receipt', async () => {
    answer = (send) => send(201, 'a'.repeat(10_000_000));
    const { receipt } = (await target.deliver(file)) as { receipt: string };
    expect(receipt).toBe('a'.repeat(2_000));
  });
});
