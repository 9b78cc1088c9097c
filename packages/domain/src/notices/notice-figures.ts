import type { BilingualText, Station } from '@envigate/contracts';
import { stationKindLabels } from '../wording/labels.ts';
import { officersDuration, officersNumber, officersTime } from '../wording/officers-format.ts';
import { paragraph, type MailBlock, type MailLanguage } from './mail-blocks.ts';
import { netLength, type NoticeItem, type WatchedGap } from './plan-notices.ts';

/** What is to be known of a station and its newest file. */
export interface StationDetails {
  readonly name: string;
  readonly kind: Station['kind'];
  readonly facility: BilingualText;
  readonly intervalMinutes: number;
  readonly lastFile: string | undefined;
}

/** Further stations are counted; the whole list is in the console. */
const mostListed = 50;

/** A gap of a notice, as it is shown. */
export interface Figures extends StationDetails {
  readonly gap: WatchedGap;
  readonly station: string;
  readonly lastData: string;
  readonly length: BilingualText;
  readonly missing: number;
}

interface FiguresParts {
  readonly at: Date;
  readonly detailsOf: (station: string) => StationDetails;
}

export function figuresOf(items: readonly NoticeItem[], parts: FiguresParts): readonly Figures[] {
  return items.map(({ gap }) => figuresOfGap(gap, parts));
}

function figuresOfGap(gap: WatchedGap, { at, detailsOf }: FiguresParts): Figures {
  const details = detailsOf(gap.station);
  const now = at.getTime();
  const [net, gross] = [netLength(gap, now), Math.max(0, (gap.to ?? now) - gap.from)];
  const intervals = Math.floor(net / (details.intervalMinutes * 60_000));
  const out = officersDuration(gross - net);
  const whole = officersDuration(gross);
  return {
    ...details,
    ...{ gap, station: gap.station, lastData: officersTime(new Date(gap.from)) },
    length:
      net === gross
        ? whole
        : {
            vi: `tổng ${whole.vi}, trong đó ${out.vi} không tính (dừng có kế hoạch hoặc do hệ thống của Sở)`,
            en: `${whole.en} in all, of which ${out.en} do not count (planned stop, or the office's own system)`,
          },
    // At the end of a closed gap there are data again.
    missing: gap.isFilled ? 0 : Math.max(0, gap.to === undefined ? intervals : intervals - 1),
  };
}

/** One station as facts, several as a table. */
export function factsVi(figures: readonly Figures[], at: Date): readonly MailBlock[] {
  const [first] = figures;
  if (first === undefined) return [];
  if (figures.length === 1) return [singleVi(first, at)];
  const rows = figures
    .slice(0, mostListed)
    .map((one, i) => [
      ...[String(i + 1), `${one.station} – ${one.name}`, one.facility.vi, one.lastData],
      ...[one.length.vi, `${officersNumber(one.missing)} tệp`],
    ]);
  const head = [
    ...['TT', 'Trạm', 'Cơ sở', 'Dữ liệu gần nhất'],
    ...['Thời gian gián đoạn', 'Số tệp chưa nhận được'],
  ];
  return [{ kind: 'table', head, rows }, ...others(figures, 'vi')];
}

function singleVi(one: Figures, at: Date): MailBlock {
  const { gap } = one;
  const isTransmission = gap.kind === 'transmission';
  const interval = String(one.intervalMinutes).padStart(2, '0').replace('.', ',');
  return {
    kind: 'facts',
    rows: [
      ['Cơ sở', one.facility.vi],
      ['Trạm', `${one.name} (mã trạm: ${one.station}; ${stationKindLabels[one.kind].vi})`],
      [isTransmission ? 'Dữ liệu gần nhất' : 'Số liệu hợp lệ gần nhất', one.lastData],
      ...(one.lastFile === undefined ? [] : [['Tệp gần nhất đã nhận', one.lastFile] as const]),
      ['Thời điểm gửi thông báo', officersTime(at)],
      ['Thời gian gián đoạn', `${one.length.vi}, chưa khôi phục`],
      ...(isTransmission
        ? [
            [
              'Số tệp chưa nhận được',
              `${officersNumber(one.missing)} tệp (tần suất truyền: ${interval} phút/lần)`,
            ] as const,
          ]
        : []),
    ],
  };
}

export function listEn(figures: readonly Figures[]): readonly MailBlock[] {
  return listed(
    figures,
    ({ station, kind, facility, lastData, length, missing, gap }) =>
      `${station} (${facility.en}, ${stationKindLabels[kind].en}): last data ${lastData}, ${length.en}${gap.kind === 'transmission' ? `; ${missing} files are missing` : ''}.`,
    'en',
  );
}

export function listed(
  figures: readonly Figures[],
  sentence: (one: Figures, place: number) => string,
  language: MailLanguage,
): readonly MailBlock[] {
  return [
    ...figures.slice(0, mostListed).map((one, i) => paragraph(sentence(one, i))),
    ...others(figures, language),
  ];
}

function others(figures: readonly Figures[], language: MailLanguage): readonly MailBlock[] {
  const count = figures.length - mostListed;
  if (count <= 0) return [];
  return [
    paragraph(language === 'en' ? `and ${count} more` : `và ${officersNumber(count)} trạm khác`),
  ];
}

/** The first moment that is missing. */
export function afterLast({ gap, intervalMinutes }: Figures): Date {
  return new Date(gap.from + intervalMinutes * 60_000);
}
