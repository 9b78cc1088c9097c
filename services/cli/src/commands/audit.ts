import { join } from 'node:path';
import type { Configuration } from '@envigate/contracts';
import { accountForReceptions, officersNumber, type AuditReport } from '@envigate/domain';
import {
  countQuarantine,
  verifyLedger,
  type LedgerFault,
  type QuarantineCount,
} from '@envigate/postgres';
import { gatherEvidence } from '../audit/gather-evidence.ts';
import { withStores } from '../with-stores.ts';

export interface AuditOptions {
  readonly json: boolean;
  /** Also recompute the ledger's hash chains and the SHA-256 of every original. */
  readonly verify: boolean;
}

/** Accounts for every reception and prints the result; returns the exit status. */
export function printAudit(config: Configuration, options: AuditOptions): Promise<number> {
  return withStores(config, async ({ database, eventLog }) => {
    const spoolDir = config.receiver.spool.dir ?? join(config.dataDir, 'spool');
    const report = accountForReceptions(await gatherEvidence({ database, eventLog, spoolDir }));
    const held = await heldOnThisMachine(config);
    const quarantine = await countQuarantine(database);
    const ledgerFaults = options.verify ? (await verifyLedger(database)).faults : undefined;
    if (options.json)
      console.log(
        JSON.stringify({ ...report, held, quarantine, ...(ledgerFaults && { ledgerFaults }) }),
      );
    else
      for (const line of describeAudit(report, held, quarantine, ledgerFaults)) console.log(line);
    return report.unaccounted === 0 && (ledgerFaults ?? []).length === 0 ? 0 : 1;
  });
}

/** Files that are no receptions yet; `envigate held list` names them. */
async function heldOnThisMachine({ dataDir }: Configuration): Promise<number> {
  const { countHeld } = await import('@envigate/receiver');
  return countHeld(join(dataDir, 'homes'));
}

function describeAudit(
  report: AuditReport,
  held: number,
  quarantine: QuarantineCount,
  ledgerFaults: readonly LedgerFault[] | undefined,
): readonly string[] {
  const row = (label: string, value: number): string =>
    `${label.padEnd(56)}${officersNumber(value).padStart(14)}`;
  return [
    row('lượt nhận · receptions', report.receptions),
    row('  đã lưu · stored', report.stored),
    row('  trùng · duplicates', report.duplicates),
    row('  cách ly · quarantined', report.quarantined),
    row('  trong hàng đợi · in the spool', report.inSpool),
    row('  đang xử lý · on the way', report.inFlight),
    row('  chưa xác định · unaccounted', report.unaccounted),
    row('trong đó xử lý lại · of these, replays', report.replayed),
    row('tạm giữ, chưa tính là lượt nhận · held, no receptions yet', held),
    row('khu cách ly: tệp chờ xử lý · quarantine, open files', quarantine.openFiles),
    row('khu cách ly: dòng chờ xử lý · quarantine, open lines', quarantine.openLines),
    row('khu cách ly: đã xử lý · quarantine, resolved', quarantine.resolved),
    ...report.lost.map(
      ({ spoolId, ranges }) =>
        `hàng đợi thiếu · spool ${spoolId} lacks: ${ranges.map(({ from, to }) => (from === to ? from : `${from}–${to}`)).join(', ')}`,
    ),
    ...(ledgerFaults === undefined
      ? []
      : ledgerFaults.length === 0
        ? ['sổ ghi nhận tệp còn nguyên vẹn · the ledger is intact']
        : ledgerFaults.map((fault) => `lỗi sổ ghi nhận · ledger fault: ${JSON.stringify(fault)}`)),
  ];
}
