import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { DeliveryError, type MinistryFile, type MinistryTarget } from '@envigate/domain';

/** A ministry's inlet that a test can look into and put out of order. */
export interface MinistryUnderTest {
  /** A new connection to it; opens nothing yet. */
  connect(): MinistryTarget;
  /** What was accepted so far, in order. */
  accepted(): readonly { readonly name: string; readonly sha256: string }[];
  /** What lies under a file's name now. */
  read(name: string): Promise<Uint8Array | undefined>;
  /** Temporary names that lie there now. */
  parts(): readonly string[];
  break(
    kind: BreakKind,
    more?: { readonly times?: number; readonly bytes?: number },
  ): Promise<void>;
  repair(): Promise<void>;
  close(): Promise<void>;
}

type BreakKind =
  | 'refuse'
  | 'never'
  | 'unavailable'
  | 'end-session'
  | 'hang'
  | 'close'
  | 'cut'
  | 'lose-temporary'
  | 'lose-answer'
  | 'flood'
  | 'drip'
  | 'mute'
  | 'down';

export interface MinistryKind {
  readonly name: string;
  readonly start: () => Promise<MinistryUnderTest>;
  readonly sha256: (bytes: Uint8Array) => string;
  /** Whether the protocol has a word for "not in the official form". SFTP has none. */
  readonly reportsRefusals: boolean;
  /** As the status line of HTTPS. */
  readonly answersBeginWithOutcome: boolean;
}

/** What every client of the ministry must do. `sha256` of nothing but the payload is compared. */
export function ministryTargetContract(kind: MinistryKind): void {
  const { name, start, sha256, reportsRefusals, answersBeginWithOutcome } = kind;
  describe(`MinistryTarget by ${name}`, () => {
    let ministry: MinistryUnderTest;
    let target: MinistryTarget;

    beforeEach(async () => {
      ministry = await start();
      target = ministry.connect();
    });
    afterEach(async () => {
      await target.close();
      await ministry.close();
    });

    const names = (): readonly string[] => ministry.accepted().map((file) => file.name);
    const failure = async (file: MinistryFile): Promise<DeliveryError> => {
      const error: unknown = await target.deliver(file).then(
        (outcome) => outcome,
        (thrown: unknown) => thrown,
      );
      expect(error).toBeInstanceOf(DeliveryError);
      return error as DeliveryError;
    };

    test('delivers files whole and in order over one connection, with a receipt each', async () => {
      const files = [1, 2, 3].map((n) => stationFile(n));
      for (const file of files) {
        const outcome = await target.deliver(file);
        expect(outcome).toEqual({ kind: 'accepted', receipt: expect.stringMatching(/./) });
      }
      expect(ministry.accepted()).toEqual(
        files.map((file) => ({ name: file.name, sha256: sha256(file.payload) })),
      );
    });

    test('delivers names and values beyond ASCII', async () => {
      const file = stationFile(1, { name: 'BÐ_Nhà máy_NUO001_20260101120000.txt' });
      await target.deliver(file);
      expect(names()).toEqual([file.name]);
    });

    test('delivers a large file', async () => {
      const payload = new TextEncoder().encode(
        'pH\t7.25\t-\t20260101120000\t00\r\n'.repeat(30_000),
      );
      await target.deliver(stationFile(1, { payload }));
      expect(ministry.accepted()[0]?.sha256).toBe(sha256(payload));
    });

    test('refuses an empty file without sending it', async () => {
      await ministry.break('down');
      const outcome = await target.deliver(stationFile(1, { payload: new Uint8Array() }));
      expect(outcome).toMatchObject({ kind: 'refused', code: 5 });
    });

    test('reports a refusal, and the next file goes on', async () => {
      await ministry.break('refuse');
      if (reportsRefusals)
        expect(await target.deliver(stationFile(1))).toMatchObject({
          kind: 'refused',
          code: 4,
          reason: expect.stringContaining('official form'),
        });
      else
        expect(await failure(stationFile(1))).toMatchObject({
          inDoubt: false,
          refusesFile: true,
          message: expect.stringContaining('official form'),
        });
      await ministry.repair();
      expect(await target.deliver(stationFile(2))).toMatchObject({ kind: 'accepted' });
      expect(names()).toEqual([stationFile(2).name]);
    });

    test('says when nobody listens, and connects once somebody does', async () => {
      await ministry.break('down');
      const error = await failure(stationFile(1));
      expect(error).toMatchObject({ code: 'ministry-unreachable', failureCode: 2, inDoubt: false });
      await ministry.repair();
      expect(await target.deliver(stationFile(1))).toMatchObject({ kind: 'accepted' });
    });

    test('takes "not now" as an answer: the file is not there', async () => {
      await ministry.break('unavailable');
      const error = await failure(stationFile(1));
      expect(error).toMatchObject({ code: 'transfer-failed', failureCode: 3, inDoubt: false });
      expect(names()).toEqual([]);
    });

    test.each(['hang', 'close'] as const)('gives up on a ministry that does %s', async (fault) => {
      await target.deliver(stationFile(1));
      await ministry.break(fault);
      const error = await failure(stationFile(2));
      expect(error).toMatchObject({ code: 'transfer-failed', failureCode: 3, inDoubt: true });
      await ministry.repair();
      await target.deliver(stationFile(2, { resend: true }));
      expect(names()).toEqual([stationFile(1).name, stationFile(2).name]);
    });

    test('a file whose answer was lost is not delivered twice by a resend', async () => {
      await ministry.break('lose-answer');
      expect(await failure(stationFile(1))).toMatchObject({ inDoubt: true });
      await ministry.repair();
      const outcome = await target.deliver(stationFile(1, { resend: true }));
      expect(outcome).toMatchObject({ kind: 'accepted' });
      expect(names()).toEqual([stationFile(1).name]);
    });

    test('a correction of the same name and size is not mistaken for what it corrects', async () => {
      await target.deliver(stationFile(1));
      const correction = stationFile(1, {
        payload: new TextEncoder().encode('pH\t9.99\t-\t20260101120001\t00\r\n'),
        idempotencyKey: 'correction',
        resend: true,
      });
      expect(correction.payload.length).toBe(stationFile(1).payload.length);
      await target.deliver(correction);
      expect(ministry.accepted().map((file) => file.sha256)).toEqual([
        sha256(stationFile(1).payload),
        sha256(correction.payload),
      ]);
    });

    test('a connection that the ministry ended while idle costs no file', async () => {
      await target.deliver(stationFile(1));
      await ministry.break('down');
      await ministry.repair();
      expect(await target.deliver(stationFile(2))).toMatchObject({ kind: 'accepted' });
    });

    test('a file that is never accepted blocks no other, and leaves nothing at the ministry', async () => {
      await target.deliver(stationFile(1));
      await ministry.break('never', { times: 2 }); // a temporary way, and the direct one
      const error = await failure(stationFile(2));
      expect(error).toMatchObject({ inDoubt: false, refusesFile: true });
      await ministry.repair();
      expect(await target.deliver(stationFile(3))).toMatchObject({ kind: 'accepted' });
      expect(names()).toEqual([stationFile(1).name, stationFile(3).name]);
      expect(ministry.parts()).toEqual([]);
    });

    test('a session that the ministry ends after a success is begun again at once', async () => {
      await target.deliver(stationFile(1));
      await ministry.break('end-session', { times: 1 });
      expect(await target.deliver(stationFile(2))).toMatchObject({ kind: 'accepted' });
      expect(names()).toEqual([stationFile(1).name, stationFile(2).name]);
    });

    test('an interrupted correction leaves what it corrects', async () => {
      await target.deliver(stationFile(1));
      const corrected = stationFile(1, {
        payload: new TextEncoder().encode('pH\t9.99\t-\t20260101120001\t00\r\n'.repeat(3)),
        idempotencyKey: 'correction',
      });
      await ministry.break('close', { bytes: 40 });
      expect(await failure(corrected)).toMatchObject({ inDoubt: true });
      expect(await ministry.read(corrected.name)).toEqual(Buffer.from(stationFile(1).payload));
      await ministry.repair();
      await target.deliver({ ...corrected, resend: true });
      expect(await ministry.read(corrected.name)).toEqual(Buffer.from(corrected.payload));
      expect(ministry.parts()).toEqual([]);
    });

    test.each(['flood', 'drip'] as const)(
      'an answer that does not end (%s) ends',
      async (fault) => {
        await ministry.break(fault);
        const first: unknown = await target
          .deliver(stationFile(2))
          .catch((thrown: unknown) => thrown);
        if (answersBeginWithOutcome) expect(first).toMatchObject({ kind: 'accepted' });
        else expect(first).toMatchObject({ code: 'transfer-failed', inDoubt: true });
        await ministry.repair();
        const second = await target.deliver(stationFile(2, { resend: true }));
        expect(second).toMatchObject({ kind: 'accepted' });
        expect(names()).toEqual([stationFile(2).name]);
      },
    );

    test('a ministry that takes the connection and says nothing is not reached', async () => {
      await ministry.break('mute');
      expect(await failure(stationFile(1))).toMatchObject({ inDoubt: false, failureCode: 2 });
      await ministry.repair();
      expect(await target.deliver(stationFile(1))).toMatchObject({ kind: 'accepted' });
    });

    test('closing in mid-delivery ends it', async () => {
      await target.deliver(stationFile(2));
      await ministry.break('hang');
      const delivery = failure(stationFile(1));
      await new Promise((resolve) => setTimeout(resolve, 50));
      await target.close();
      expect(await delivery).toMatchObject({ inDoubt: true });
      expect(names()).toEqual([stationFile(2).name]);
    });
  });
}

function stationFile(minute: number, more: Partial<MinistryFile> = {}): MinistryFile {
  const time = `2026010112000${minute}`;
  return {
    name: `HN_ABCD_NUO001_${time}.txt`,
    payload: new TextEncoder().encode(`pH\t7.25\t-\t${time}\t00\r\n`),
    idempotencyKey: `delivery-${minute}`,
    resend: false,
    ...more,
  };
}
