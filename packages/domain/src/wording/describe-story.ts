import type { BilingualText, StoryEvent } from '@envigate/contracts';
import { reasonOf } from '../reasons/reasons.ts';
import { wordsOf } from '../reasons/sentences.ts';
import {
  deliveryStateLabels,
  protocolLabels,
  qualityFlagLabels,
  receptionOutcomeLabels,
  wordOf,
} from './labels.ts';

/** What happened, as an officer reads it. */
export function describeStoryEvent(event: StoryEvent): BilingualText {
  switch (event.what) {
    case 'received': {
      const { account, peer, folder, receptionId } = event;
      const protocol = wordOf(protocolLabels, event.protocol);
      return {
        vi: `nhận từ tài khoản ${account} qua ${protocol.vi}, địa chỉ ${peer}, thư mục ${folder} (lượt nhận ${receptionId})`,
        en: `received from account ${account} by ${protocol.en}, address ${peer}, folder ${folder} (reception ${receptionId})`,
      };
    }
    case 'recorded': {
      const { newReadings, corrections, repeats, rejectedLines, chain, chainSequence } = event;
      const outcome = wordOf(receptionOutcomeLabels, event.outcome);
      const warnings = event.warnings.map(({ code, detail }) => {
        const { vi, en } = textOf(detail);
        return { vi: `${code}: ${vi}`, en: `${code}: ${en}` };
      });
      return joined(
        {
          vi: `ghi sổ ${chain} #${chainSequence}: ${outcome.vi}; ${newReadings} giá trị mới, ${corrections} giá trị thay thế, ${repeats} giá trị đã có, ${rejectedLines} dòng không đọc được`,
          en: `ledger ${chain} #${chainSequence}: ${outcome.en}; ${newReadings} new readings, ${corrections} corrections, ${repeats} known readings, ${rejectedLines} lines not understood`,
        },
        ...warnings,
      );
    }
    case 'replay-requested': {
      const who = event.automatic
        ? { vi: 'hệ thống', en: 'the gateway' }
        : { vi: event.actor, en: event.actor };
      return joined(
        { vi: `${who.vi} yêu cầu xử lý lại`, en: `${who.en} asked to have it read again` },
        ...noted(event.note),
      );
    }
    case 'replay-recorded': {
      const { outcome, reason, withdrawn, receptionId, actor } = event;
      const why = reason === null ? '' : ` (${reason})`;
      return {
        vi: `xử lý lại theo yêu cầu của ${actor}: ${outcome}${why}, ${withdrawn} giá trị không còn (lượt nhận ${receptionId})`,
        en: `read again as ${actor} asked: ${outcome}${why}, ${withdrawn} readings withdrawn (reception ${receptionId})`,
      };
    }
    case 'quarantined': {
      const { reason, line, column, lineText } = event;
      const known = reasonOf(reason);
      const expected = textOf(event.expected);
      const vi = line === null ? 'cả tệp' : `dòng ${line}, cột ${column ?? '?'} ('${lineText}')`;
      const en =
        line === null ? 'the whole file' : `line ${line}, column ${column ?? '?'} ('${lineText}')`;
      return joined(
        {
          vi: `khu cách ly, ${vi}: ${reason}${known === undefined ? '' : `, ${known.vi}`}`,
          en: `quarantine, ${en}: ${reason}${known === undefined ? '' : `, ${known.en}`}`,
        },
        ...(event.expected === ''
          ? []
          : [{ vi: `yêu cầu ${expected.vi}`, en: `expected ${expected.en}` }]),
      );
    }
    case 'quarantine-ended': {
      const { quarantineId, resolution, by } = event;
      return joined(
        {
          vi: `mục cách ly ${quarantineId} kết thúc: ${resolution}, bởi ${by}`,
          en: `row ${quarantineId} of quarantine ended: ${resolution}, by ${by}`,
        },
        ...noted(event.note),
      );
    }
    case 'reading': {
      const { revision, value, unit, rawValue, rawUnit, status, line, lineText, reasons } = event;
      const flag = wordOf(qualityFlagLabels, String(event.flag));
      const why = reasons.length === 0 ? '' : ` [${reasons.join(', ')}]`;
      const source = lineText === null ? '' : `: '${lineText}'`;
      return {
        vi: `${placeOf(event)} lần ${revision}: ${value ?? 'không có giá trị'} ${unit} từ '${rawValue}' ${rawUnit}, trạng thái ${status}, cờ ${event.flag} ${flag.vi}${why}; dòng ${line}${source}`,
        en: `${placeOf(event)} revision ${revision}: ${value ?? 'no value'} ${unit} from '${rawValue}' ${rawUnit}, status ${status}, flag ${event.flag} ${flag.en}${why}; line ${line}${source}`,
      };
    }
    case 'reading-superseded':
      return {
        vi: `${placeOf(event)} lần ${event.revision} (${event.value ?? 'không có giá trị'}) được thay thế`,
        en: `${placeOf(event)} revision ${event.revision} (${event.value ?? 'no value'}) was superseded`,
      };
    case 'reading-withdrawn':
      return {
        vi: `${placeOf(event)} lần ${event.revision}: tệp không còn cho giá trị này (lượt nhận ${event.by})`,
        en: `${placeOf(event)} revision ${event.revision}: its file gives it no longer (reception ${event.by})`,
      };
    case 'assessed':
    case 'assessment-ended': {
      const flag = wordOf(qualityFlagLabels, String(event.flag));
      const why = event.reasons.join(', ');
      return event.what === 'assessed'
        ? {
            vi: `kiểm tra tự động ${placeOf(event)} lần ${event.revision}: cờ ${event.flag} ${flag.vi} [${why}]`,
            en: `assessment of ${placeOf(event)} revision ${event.revision}: flag ${event.flag} ${flag.en} [${why}]`,
          }
        : {
            vi: `kiểm tra tự động ${placeOf(event)} lần ${event.revision}: bỏ cờ ${event.flag} [${why}]`,
            en: `assessment of ${placeOf(event)} revision ${event.revision}: flag ${event.flag} taken back [${why}]`,
          };
    }
    case 'delivery-due':
      return {
        vi: `lượt truyền ${event.deliveryId} đến ${event.target}: ${event.fileName}, chờ truyền`,
        en: `delivery ${event.deliveryId} to ${event.target}: ${event.fileName}, due`,
      };
    case 'delivery-ended': {
      const { deliveryId, target, attempts, receipt, failureCode, failure } = event;
      const state = wordOf(deliveryStateLabels, event.state);
      const words = failure === null ? undefined : textOf(failure);
      const code = failureCode === null ? '' : ` ${failureCode}`;
      return joined(
        {
          vi: `lượt truyền ${deliveryId} đến ${target}: ${state.vi}, ${attempts} lần thử`,
          en: `delivery ${deliveryId} to ${target}: ${state.en}, ${attempts} attempts`,
        },
        ...(receipt === null ? [] : [{ vi: `xác nhận ${receipt}`, en: `receipt ${receipt}` }]),
        ...(words === undefined
          ? []
          : [{ vi: `lỗi${code}: ${words.vi}`, en: `failure${code}: ${words.en}` }]),
      );
    }
    case 'delivery-decided':
      return joined(
        {
          vi: `${event.actor} quyết định về lượt truyền ${event.deliveryId}: ${event.decision}`,
          en: `${event.actor} decided about delivery ${event.deliveryId}: ${event.decision}`,
        },
        ...noted(event.note),
      );
    case 'delivery-withdrawn':
      return {
        vi: `lượt truyền ${event.deliveryId}: số liệu không còn trong hệ thống (lượt nhận ${event.by})`,
        en: `delivery ${event.deliveryId}: the record says nothing more of it (reception ${event.by})`,
      };
  }
}

function placeOf({
  station,
  parameter,
  instant,
}: {
  readonly station: string;
  readonly parameter: string;
  readonly instant: Date;
}): string {
  return `${station} ${parameter} ${instant.toISOString()}`;
}

function noted(note: string | null): readonly BilingualText[] {
  return note === null || note === '' ? [] : [{ vi: `lý do: ${note}`, en: `why: ${note}` }];
}

function joined(first: BilingualText, ...more: readonly BilingualText[]): BilingualText {
  const all = [first, ...more];
  return { vi: all.map(({ vi }) => vi).join('; '), en: all.map(({ en }) => en).join('; ') };
}

/** Of a stored sentence; in English where it has no Vietnamese. */
function textOf(stored: string): BilingualText {
  const { vi, en } = wordsOf(stored);
  return { vi: vi ?? en, en };
}
