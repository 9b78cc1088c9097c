import { inBothLanguages, type BilingualText } from '@envigate/contracts';
import { officersNumber, officersTime, type AuditReport } from '@envigate/domain';
import type {
  ArchivedScope,
  AuditFault,
  AuditPart,
  QuarantineCount,
  RecordAudit,
} from '@envigate/postgres';

/** What an audit looked at. `before`: of receptions that it did not look at again. */
export interface AuditScope {
  readonly mode: 'since-checkpoint' | 'since-head' | 'full';
  readonly since: RecordAudit['since'];
  readonly chains: RecordAudit['chains'];
  /** Months that are in archives, and those of them whose archive was proven. */
  readonly archived: ArchivedScope & { readonly proven: readonly string[] };
}

/** What of the archived months was recomputed; undefined where no month is archived. */
export function describeArchived({ archived }: AuditScope): BilingualText | undefined {
  const { months, receptions, proven } = archived;
  if (months.length === 0) return undefined;
  const all = months.map(({ name }) => name);
  const [viCount, enCount] = [officersNumber(receptions), receptions];
  const left = all.filter((name) => !proven.includes(name));
  const vi = [
    `${all.length} tháng đã lưu trữ (${viCount} lượt nhận), chuỗi mã được nối qua các tháng đó`,
  ];
  const en = [
    `${all.length} months are in archives (${enCount} receptions); the chain is joined across them`,
  ];
  if (proven.length > 0) {
    vi.push(`đã kiểm tra bản lưu trữ ${proven.join(', ')}`);
    en.push(`archives proven: ${proven.join(', ')}`);
  }
  if (left.length > 0) {
    vi.push(`chưa tính lại ${left.join(', ')}: dùng --archives <thư mục>`);
    en.push(`not recomputed: ${left.join(', ')}; give their folders with --archives`);
  }
  return { vi: vi.join('; '), en: en.join('; ') };
}

/** What was proven, and what was not looked at again; the second is undefined where everything was. */
export function describeScope({ mode, since, chains }: Omit<AuditScope, 'archived'>): {
  readonly proven: BilingualText;
  readonly notLookedAt: BilingualText | undefined;
} {
  const before = chains.reduce((sum, one) => sum + one.before, 0);
  const looked = chains.reduce((sum, { before: from, to }) => sum + Math.max(0, to - from), 0);
  const [viLooked, enLooked] = [officersNumber(looked), looked];
  if (mode === 'full' || before === 0)
    return {
      proven: {
        vi: `đã kiểm tra từ lượt nhận đầu tiên: ${viLooked} lượt`,
        en: `proven from the first reception on: ${enLooked} receptions`,
      },
      notLookedAt:
        mode === 'full'
          ? undefined
          : {
              vi: 'chưa kiểm tra tệp của mọi giá trị, mục cách ly và lượt truyền: `envigate audit --full`',
              en: 'not looked at: the file of every reading, row of quarantine and delivery; `envigate audit --full` does',
            },
    };
  const at = since === undefined ? '' : officersTime(since.to, { withSeconds: true });
  const from = mode === 'since-head' ? ['mã đã lưu', 'the noted head'] : ['mốc', 'the checkpoint'];
  return {
    proven: {
      vi: `đã kiểm tra từ ${from[0]} lúc ${at}: ${viLooked} lượt nhận mới; ${from[0]} không bị thay đổi nếu không có lỗi nêu dưới đây`,
      en: `proven since ${from[1]} of ${at}: ${enLooked} receptions that came since; unless a fault below says so, ${from[1]} is as it was`,
    },
    notLookedAt: {
      vi: `không kiểm tra lại ${officersNumber(before)} lượt nhận trước đó, tệp gốc và giá trị của chúng: \`envigate audit --full\``,
      en: `not looked at again: the ${before} receptions before it, their originals and readings; \`envigate audit --full\` does`,
    },
  };
}

export function describeFigures(
  report: AuditReport,
  held: number,
  quarantine: QuarantineCount,
): readonly string[] {
  const row = (label: string, value: number): string =>
    `${label.padEnd(56)}${officersNumber(value).padStart(14)}`;
  return [
    row('lượt nhận · receptions', report.receptions),
    row('  đã lưu · stored', report.stored),
    row('  trùng · duplicates', report.duplicates),
    row('  cách ly · quarantined', report.quarantined),
    ...(report.archived === 0 ? [] : [row('  đã lưu trữ · archived', report.archived)]),
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
  ];
}

const parts: Readonly<Record<AuditPart, BilingualText>> = {
  checkpoints: { vi: 'mốc kiểm tra', en: 'checkpoints' },
  chains: { vi: 'sổ ghi nhận và tệp gốc, lượt nhận', en: 'ledger and originals, receptions' },
  file_keys: { vi: 'khóa nhận dạng tệp', en: 'identities of files' },
  readings: { vi: 'giá trị đo, trạm', en: 'readings, stations' },
  reading_revisions: { vi: 'giá trị đã thay thế, trạm', en: 'superseded readings, stations' },
  quarantine: { vi: 'khu cách ly, mục', en: 'quarantine, rows' },
  deliveries: { vi: 'lượt truyền', en: 'deliveries' },
  spools: { vi: 'đối chiếu hàng đợi, lượt nhận', en: 'accounts of the spools, receptions' },
};

export function describePart(part: AuditPart): string {
  return inBothLanguages(parts[part]);
}

const checkpointFaults = {
  changed: { vi: 'đã bị thay đổi', en: 'was changed' },
  gone: { vi: 'đã bị xóa', en: 'is gone' },
  end: {
    vi: 'không khớp với mốc cuối đã ghi',
    en: 'is not the last one that was noted: checkpoints were removed or added',
  },
  differs: {
    vi: 'không khớp với dữ liệu hiện có',
    en: 'does not agree with the record as it is now',
  },
} as const;

function archiveFaultText({
  month,
  what,
  chain,
  sequence,
  detail,
}: Extract<AuditFault, { kind: 'archive' }>): BilingualText {
  switch (what) {
    case 'not-joined':
      return {
        vi: `${chain ?? ''} #${sequence ?? 0}: tháng đã lưu trữ ${month} không nối tiếp sổ ghi nhận`,
        en: `${chain ?? ''} #${sequence ?? 0}: the archived month ${month} does not continue the ledger before it`,
      };
    case 'changed':
      return {
        vi: `tháng đã lưu trữ ${month}: thông tin trong cơ sở dữ liệu đã bị thay đổi, hoặc không qua \`envigate archive\``,
        en: `archived month ${month}: what the database keeps of it was changed, or was not put there by \`envigate archive\``,
      };
    case 'differs':
      return {
        vi: `bản lưu trữ ${month}: ${detail ?? ''}`,
        en: `archive of ${month}: ${detail ?? ''}`,
      };
  }
}

/** What is wrong, where, and the item, in both languages. */
export function describeFault(fault: AuditFault): string {
  return inBothLanguages(faultText(fault));
}

/** Each says what to do: a command for psql, by the exact item. */
function fileKeyText(fault: Extract<AuditFault, { kind: 'file-key' }>): BilingualText {
  const { fileNo, fileId } = fault;
  const id = `'\\x${fileId}'`;
  switch (fault.what) {
    case 'missing': {
      const sql = `INSERT INTO file_keys (file_id, file_no) VALUES (${id}, ${fileNo})`;
      return {
        vi: `tệp số ${fileNo} (mã ${fileId}) không có trong file_keys, tệp này gửi lại sẽ bị ghi hai lần; cách xử lý: \`${sql}\``,
        en: `file number ${fileNo} (id ${fileId}) is not in file_keys: sent again, it would be recorded twice; to mend it: \`${sql}\``,
      };
    }
    case 'wrong': {
      const sql = `UPDATE file_keys SET file_no = ${fileNo} WHERE file_id = ${id}`;
      return {
        vi: `tệp số ${fileNo} (mã ${fileId}): file_keys ghi số ${fault.keyedNo}; cách xử lý: \`${sql}\``,
        en: `file number ${fileNo} (id ${fileId}) has number ${fault.keyedNo} in file_keys; to mend it: \`${sql}\``,
      };
    }
    case 'extra': {
      const sql = `DELETE FROM file_keys WHERE file_id = ${id} AND file_no = ${fileNo}`;
      return {
        vi: `file_keys có mã ${fileId} với số ${fileNo} nhưng không có tệp đó, tệp gửi đến sẽ bị coi là trùng; cách xử lý: phục hồi tệp từ bản sao lưu nếu đã mất, nếu không thì \`${sql}\``,
        en: `file_keys has id ${fileId} with number ${fileNo}, and there is no such file: one that comes would count as a duplicate; to mend it: restore the file from a backup if it was lost, else \`${sql}\``,
      };
    }
  }
}

function faultText(fault: AuditFault): BilingualText {
  const at = 'chain' in fault && 'sequence' in fault ? `${fault.chain} #${fault.sequence}` : '';
  switch (fault.kind) {
    case 'sequence': {
      const { chain, expected, found } = fault;
      return {
        vi: `${chain}: sau #${expected - 1} là #${found}, thiếu hoặc thừa lượt nhận`,
        en: `${chain}: #${found} follows #${expected - 1}, receptions are gone or were put in`,
      };
    }
    case 'changed':
      return {
        vi: `${at} (lượt nhận ${fault.receptionId}): nội dung đã bị thay đổi sau khi ghi`,
        en: `${at} (reception ${fault.receptionId}) was changed after it was written`,
      };
    case 'end': {
      const { chain, expected, found } = fault;
      return {
        vi: `${chain}: kết thúc ở #${found}, phải là #${expected}`,
        en: `${chain} ends at #${found}, must end at #${expected}`,
      };
    }
    case 'file-key':
      return fileKeyText(fault);
    case 'original':
      return {
        vi: `${at} (lượt nhận ${fault.receptionId}): tệp gốc không còn đúng mã SHA-256`,
        en: `${at} (reception ${fault.receptionId}): the original no longer has its SHA-256`,
      };
    case 'original-gone':
      return {
        vi: `${at} (lượt nhận ${fault.receptionId}): tệp gốc số ${fault.fileNo} không còn`,
        en: `${at} (reception ${fault.receptionId}): its original, file number ${fault.fileNo}, is gone`,
      };
    case 'reason-gone':
      return {
        vi: `${at} (lượt nhận ${fault.receptionId}): không còn lý do cách ly`,
        en: `${at} (reception ${fault.receptionId}): no row of quarantine says why`,
      };
    case 'readings-gone': {
      const { receptionId, expected, found, fileNo } = fault;
      return {
        vi: `${at} (lượt nhận ${receptionId}): còn ${found}/${expected} giá trị của tệp số ${fileNo}`,
        en: `${at} (reception ${receptionId}): ${found} of ${expected} readings of file number ${fileNo} are left`,
      };
    }
    case 'value': {
      const { station, parameter, instant, revision, value, rawValue, fileNo } = fault;
      return {
        vi: `giá trị ${station} ${parameter} ${instant} (lần ${revision}): ${value} không khớp với '${rawValue}' trong tệp số ${fileNo}`,
        en: `reading ${station} ${parameter} ${instant} (revision ${revision}): ${value} does not agree with '${rawValue}' and file number ${fileNo}`,
      };
    }
    case 'file-gone':
      return {
        vi: `${fault.table} ${fault.item}: tệp số ${fault.fileNo} không còn`,
        en: `${fault.table} ${fault.item}: its file, number ${fault.fileNo}, is gone`,
      };
    case 'checkpoint': {
      const { vi, en } = checkpointFaults[fault.what];
      const of = fault.subject === null ? '' : ` (${fault.subject})`;
      return {
        vi: `mốc kiểm tra ${fault.checkpoint}${of} ${vi}`,
        en: `checkpoint ${fault.checkpoint}${of} ${en}`,
      };
    }
    case 'doubled':
      return {
        vi: `hàng đợi ${fault.spoolId}: số ${fault.sequence} được ghi nhiều lần`,
        en: `spool ${fault.spoolId}: sequence ${fault.sequence} was recorded more than once`,
      };
    case 'archive':
      return archiveFaultText(fault);
    case 'head':
      if (fault.what === 'archived')
        return {
          vi: `${at} của mã đã lưu nằm trong tháng đã lưu trữ: cần --archives <thư mục>`,
          en: `${at} of the noted head lies within an archived month: give its folder with --archives`,
        };
      return fault.what === 'gone'
        ? { vi: `${at} của mã đã lưu không còn`, en: `${at} of the noted head is gone` }
        : { vi: `${at} khác với mã đã lưu`, en: `${at} is not as the noted head has it` };
  }
}
