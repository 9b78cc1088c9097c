import type { Database } from '@envigate/postgres';
import { canReadEvents, committedReceptionIds } from '../fleet/committed-receptions.ts';
import type { Fleet } from '../fleet/fleet.ts';
import {
  faultsOfAudit,
  faultsOfDeliveries,
  faultsOfEvents,
  faultsOfQuarantine,
  faultsOfReadings,
  type AuditFigures,
} from '../fleet/verify-fleet.ts';
import type { Gateway } from '../gateway.ts';
import type { JournalEntry } from '../ministry-stand-in/index.ts';
import type { SceneOptions } from '../scene.ts';
import type { SentFile } from '../simulator/account-sender.ts';

// As in verify-fleet.ts, each function returns what is wrong, in words.

/** What a fleet has sent while things failed, and what became of it. */
export interface SentScene {
  readonly fleet: Fleet;
  readonly gateway: Gateway;
  readonly database: Database;
  readonly eventLog: SceneOptions['eventLog'];
  readonly topicPrefix: string;
  readonly acknowledged: readonly SentFile[];
  readonly journal: readonly JournalEntry[];
  /** Of the settled scene. */
  readonly audit: AuditFigures;
}

/** Everything that can be wrong of it: in the ledger, the record, the quarantine, the events, the ministry's copy. */
export async function faultsOfScene(scene: SentScene): Promise<readonly string[]> {
  const { fleet, database, eventLog, journal } = scene;
  const verified = await scene.gateway.cli('audit', '--verify');
  return [
    ...(verified.code === 0
      ? []
      : [`envigate audit --verify ended with ${verified.code}: ${verified.stdout}`]),
    ...faultsOfAudit(fleet, scene.audit, { exactly: false }),
    ...(await faultsOfAcknowledged(fleet, scene.acknowledged, database)),
    ...(await faultsOfReadings(fleet, database)),
    ...(await faultsOfQuarantine(fleet, database)),
    ...(await faultsOfOrder(fleet, database)),
    ...faultsOfDeliveries(fleet, journal),
    ...(await faultsOfDeliveryRecord(database, journal)),
    ...(canReadEvents(eventLog)
      ? await faultsOfEvents(database, await committedReceptionIds(scene, eventLog))
      : []),
  ];
}

interface ReceptionRow {
  readonly account: string;
  readonly name: string;
  readonly sha256: string;
  readonly outcome: 'stored' | 'duplicate' | 'quarantined';
  readonly spool_sequence: number;
  readonly chain: string;
}

const keyOf = (account: string, name: string, sha256: string): string =>
  `${account} ${name} ${sha256}`;

/** Each acknowledged sending is a reception: stored once, duplicate after that, or quarantined with a reason. */
async function faultsOfAcknowledged(
  fleet: Fleet,
  acknowledged: readonly SentFile[],
  database: Database,
): Promise<string[]> {
  const outcomes = new Map<string, ReceptionRow['outcome'][]>();
  for (const row of await receptions(database)) {
    const key = keyOf(row.account, row.name, row.sha256);
    outcomes.set(key, [...(outcomes.get(key) ?? []), row.outcome]);
  }
  const sendings = new Map<string, number>();
  for (const { account, path, sha256 } of acknowledged) {
    const key = keyOf(account, path.slice(path.lastIndexOf('/') + 1), sha256);
    sendings.set(key, (sendings.get(key) ?? 0) + 1);
  }
  const faults: string[] = [];
  for (const file of fleet.files) {
    const key = keyOf(file.account, file.name, file.sha256);
    const acknowledgements = sendings.get(key) ?? 0;
    const expected = file.twice ? 2 : 1;
    if (acknowledgements !== expected)
      faults.push(`${file.name} was acknowledged ${acknowledgements} times, not ${expected}`);
    const own = outcomes.get(key) ?? [];
    if (own.length < acknowledgements)
      faults.push(`${file.name}: ${acknowledgements} acknowledged, ${own.length} in the ledger`);
    const first = own.filter((outcome) => outcome !== 'duplicate');
    if (file.fate !== 'broken' && (first.length !== 1 || first[0] !== 'stored'))
      faults.push(`${file.name} is in the ledger as ${own.join(', ')}`);
    if (file.fate === 'broken' && own.some((outcome) => outcome !== 'quarantined'))
      faults.push(`${file.name} is broken, and in the ledger as ${own.join(', ')}`);
    outcomes.delete(key);
  }
  faults.push(...[...outcomes.keys()].map((key) => `${key} is in the ledger but was never sent`));
  return faults;
}

/** What a station sent one after the other was received, and recorded, one after the other. */
async function faultsOfOrder(fleet: Fleet, database: Database): Promise<string[]> {
  const rows = await receptions(database);
  const faults: string[] = [];
  for (const [account, files] of fleet.sendings) {
    const own = rows.filter((row) => row.account === account);
    const sent = [...new Set(files.map(({ name }) => name))];
    const bySpool = [...own].sort((a, b) => a.spool_sequence - b.spool_sequence);
    const received = [...new Set(bySpool.map(({ name }) => name))];
    const wrong = received.findIndex((name, place) => name !== sent[place]);
    if (wrong !== -1)
      faults.push(`${account}: ${received[wrong]!} was received in the place of ${sent[wrong]!}`);
    // The rows come in the order of each chain of the ledger.
    for (const chain of new Set(own.map((row) => row.chain))) {
      const sequences = own.filter((row) => row.chain === chain).map((row) => row.spool_sequence);
      const back = sequences.findIndex((value, i) => i > 0 && value < sequences[i - 1]!);
      if (back !== -1)
        faults.push(
          `${account}: sequence ${sequences[back]} was recorded after ${sequences[back - 1]} in ${chain}`,
        );
    }
  }
  return faults;
}

/** What the record says of deliveries is what the ministry has, byte for byte. */
async function faultsOfDeliveryRecord(
  database: Database,
  journal: readonly JournalEntry[],
): Promise<string[]> {
  const rows = await database.query<{ file_name: string; state: string; sha256: string }>(
    `SELECT file_name, state, encode(sha256(payload), 'hex') AS sha256 FROM deliveries`,
  );
  const accepted = new Map(
    journal
      .filter(({ kind }) => kind === 'accepted')
      .map((entry) => [entry.name, entry.sha256] as const),
  );
  const faults: string[] = [];
  for (const { file_name: name, state, sha256 } of rows) {
    if (state !== 'sent') faults.push(`the delivery of ${name} is ${state}`);
    else if (!accepted.has(name)) faults.push(`${name} is noted as sent; the ministry lacks it`);
    else if (accepted.get(name) !== sha256) faults.push(`the ministry has other bytes of ${name}`);
    accepted.delete(name);
  }
  faults.push(...[...accepted.keys()].map((name) => `the ministry has ${name}, the record not`));
  return faults;
}

function receptions(database: Database): Promise<readonly ReceptionRow[]> {
  return database.query<ReceptionRow & Record<string, unknown>>(
    `SELECT receptions.account, name, encode(content_hash, 'hex') AS sha256, outcome, spool_sequence, chain
     FROM receptions JOIN files USING (file_no) ORDER BY chain, chain_sequence`,
  );
}
