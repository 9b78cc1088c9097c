import type { BilingualText } from '@envigate/contracts';
import type { AnswerOffer } from '../gap-records/answer-links.ts';
import { officersNumber, officersTime } from '../wording/officers-format.ts';
import {
  addressedTo,
  paragraph,
  withName,
  type MailBlock,
  type MailContent,
} from './mail-blocks.ts';
import {
  afterLast,
  factsVi,
  figuresOf,
  listed,
  listEn,
  type Figures,
  type StationDetails,
} from './notice-figures.ts';
import { isOpen, type PlannedNotice, type WatchedGap } from './plan-notices.ts';

// The words of notices about gaps, as Vietnamese officers write them; English below, shorter.

/** Who writes. Of settings; nothing is printed of what is not entered. */
export interface NoticeOffice {
  readonly name: BilingualText;
  /** The unit that mails inside the office are addressed to. */
  readonly unit: string | undefined;
  /** Person, unit, telephone, address: as it is to be printed. */
  readonly contact: string | undefined;
  /** Legal ground as the office entered it. Only with one is a facility asked for a letter. */
  readonly legalGround: string | undefined;
}

export interface NoticeTextParts {
  /** GD-2026-000123. */
  readonly code: string;
  readonly at: Date;
  readonly office: NoticeOffice;
  /** Where a facility can answer; undefined: by mail alone. */
  readonly answer: AnswerOffer | undefined;
  readonly detailsOf: (station: string) => StationDetails;
}

const dayMs = 24 * 3_600_000;

export function writeNotice(notice: PlannedNotice, parts: NoticeTextParts): MailContent {
  const body = bodyOf(notice, parts);
  return {
    subject: body.subject,
    vi: [...body.vi, ...footVi(notice, parts)],
    en: [...body.en, ...footEn(parts)],
  };
}

function bodyOf(notice: PlannedNotice, parts: NoticeTextParts): MailContent {
  switch (notice.kind) {
    case 'gap-1h':
    case 'gap-12h':
    case 'reminder':
      return notice.audience.startsWith('facility:')
        ? toFacility(notice, parts)
        : toOfficers(notice, parts);
    case 'recovery':
      return recovery(notice, parts);
    case 'escalation':
      return escalation(notice, parts);
    case 'flood':
      return flood(notice, parts);
    case 'flood-over':
      return floodOver(notice, parts);
  }
}

/** The heading of gaps of one kind; of one station with its facility's name. */
function headingOf(
  kind: PlannedNotice['kind'],
  figures: readonly Figures[],
  parts: NoticeTextParts,
): BilingualText {
  const [first] = figures;
  if (first === undefined) throw new Error(`a ${kind} notice about nothing`);
  const which =
    figures.length === 1
      ? { vi: `trạm ${first.station}`, en: `station ${first.station}` }
      : {
          vi: `${officersNumber(figures.length)} trạm`,
          en: `${figures.length} stations`,
        };
  const heading = wordsOfHeading(kind, first.gap, which, parts.at);
  if (figures.length > 1) return heading;
  return {
    vi: withName(heading.vi, first.facility.vi),
    en: withName(heading.en, first.facility.en),
  };
}

function wordsOfHeading(
  kind: PlannedNotice['kind'],
  gap: WatchedGap,
  { vi, en }: BilingualText,
  at: Date,
): BilingualText {
  if (kind === 'recovery')
    return { vi: `Đã nhận lại dữ liệu: ${vi}`, en: `Data received again: ${en}` };
  if (kind === 'reminder') {
    const day = Math.floor((at.getTime() - gap.from) / dayMs) + 1;
    return {
      vi: `Nhắc lại (ngày thứ ${day}): ${vi} vẫn đang gián đoạn`,
      en: `Reminder (day ${day}): still no data from ${en}`,
    };
  }
  if (kind === 'escalation')
    return {
      vi: `Gián đoạn trên 12 giờ chưa có người phụ trách: ${vi}`,
      en: `No data for more than 12 hours, and nobody takes care of it: ${en}`,
    };
  if (gap.kind === 'no-valid-data')
    return {
      vi: `Có dữ liệu nhưng không có số liệu hợp lệ: ${vi}`,
      en: `Files arrive, but no valid readings: ${en}`,
    };
  return kind === 'gap-1h'
    ? { vi: `Gián đoạn trên 1 giờ: ${vi}`, en: `No data for more than 1 hour: ${en}` }
    : {
        vi: `Gián đoạn truyền dữ liệu trên 12 giờ: ${vi}`,
        en: `No data for more than 12 hours: ${en}`,
      };
}

const lacking = {
  transmission: {
    vi: 'chưa nhận được dữ liệu quan trắc tự động, liên tục',
    en: 'has received no data',
  },
  'no-valid-data': {
    vi: 'nhận được tệp nhưng không có số liệu hợp lệ',
    en: 'has received files, but no valid readings,',
  },
} as const;

function lackingOf([first]: readonly Figures[]): BilingualText {
  return lacking[first?.gap.kind ?? 'transmission'];
}

function toFacility(notice: PlannedNotice, parts: NoticeTextParts): MailContent {
  const { office, at, answer } = parts;
  const figures = figuresOf(notice.items, parts);
  const number = Math.max(...notice.items.map((item) => item.number));
  const [first] = figures as [Figures, ...Figures[]];
  const [which, whichEn] = stationsAt(figures);
  const isOpen = lackingOf(figures);
  const resend = new Date(Math.min(...figures.map((one) => afterLast(one).getTime())));
  return {
    subject: headingOf(notice.kind, figures, parts),
    vi: [
      ...addressedTo(first.facility.vi),
      ...(number === 0
        ? []
        : [
            paragraph(
              `Thư nhắc lại lần ${number}. Đến thời điểm gửi thư này, ${which} vẫn đang gián đoạn.`,
            ),
          ]),
      paragraph(
        `${office.name.vi} thông báo: đến thời điểm gửi thư này, hệ thống tiếp nhận của Sở ${isOpen.vi} của ${which} sau đây trong hơn 12 giờ.`,
      ),
      ...factsVi(figures, at),
      paragraph('Đề nghị Quý Cơ sở:'),
      {
        kind: 'numbered-list',
        items: [
          'Kiểm tra nguồn điện, đường truyền, datalogger và các thiết bị đo của trạm.',
          `Thông báo cho Sở nguyên nhân, biện pháp khắc phục và thời gian dự kiến khôi phục ${answer === undefined ? 'qua thư điện tử' : 'tại đường dẫn dưới đây'}${office.legalGround === undefined ? '' : ', đồng thời gửi văn bản về Sở'}.`,
          `Sau khi khôi phục, truyền bổ sung dữ liệu còn lưu tại datalogger từ ${timeThenDay(resend)}; giữ nguyên tên tệp và nội dung tệp.`,
        ],
      },
      ...linkVi(answer),
      paragraph(
        'Trường hợp trạm dừng để kiểm định, hiệu chuẩn, bảo trì, sửa chữa, hoặc cơ sở dừng hoạt động, đề nghị Quý Cơ sở ghi rõ thời gian dừng và thời gian dự kiến hoạt động trở lại. Nếu Quý Cơ sở đã thông báo cho Sở hoặc đã khắc phục xong, Sở cảm ơn và đề nghị bỏ qua thư này.',
      ),
    ],
    en: [
      paragraph(
        `English: The office ${isOpen.en} from ${whichEn} for more than 12 hours.${number === 0 ? '' : ` This is reminder ${number}.`}`,
      ),
      ...listEn(figures),
      paragraph(
        `Please check the power supply, the connection, the logger and the analysers; report the cause, the remedy and the expected recovery ${answer === undefined ? 'by e-mail' : 'through the link below'}; and send the stored data afterwards, with names and contents as they are. If the station was stopped on purpose, please say from when and until when. If you have reported this already, please ignore this mail.`,
      ),
      ...linkEn(answer),
    ],
  };
}

function toOfficers(notice: PlannedNotice, parts: NoticeTextParts): MailContent {
  const { office, at } = parts;
  const figures = figuresOf(notice.items, parts);
  const [which, whichEn] = stationsAt(figures);
  const isOpen = lackingOf(figures);
  const isToMinistry = notice.audience === 'ministry';
  const [hours, hoursEn] = notice.kind === 'gap-1h' ? ['1 giờ', '1 hour'] : ['12 giờ', '12 hours'];
  const ours = figures.filter(({ gap }) => gap.isProbablyOurs).map(({ station }) => station);
  return {
    subject: headingOf(notice.kind, figures, parts),
    vi: [
      ...addressedTo(isToMinistry ? undefined : office.unit),
      paragraph(
        `Đến thời điểm gửi thư này, hệ thống tiếp nhận của ${office.name.vi} ${isOpen.vi} của ${which} sau đây trong hơn ${hours}.`,
      ),
      ...factsVi(figures, at),
      ...(ours.length === 0 || isToMinistry
        ? []
        : [
            paragraph(
              `Thời gian gián đoạn của ${namesVi(ours)} có thể do hệ thống tiếp nhận của Sở: hệ thống không gửi thông báo đến cơ sở. Đề nghị kiểm tra hệ thống tiếp nhận.`,
            ),
          ]),
      ...(isToMinistry ? [] : [paragraph('Đề nghị theo dõi và liên hệ cơ sở khi cần.')]),
    ],
    en: [
      paragraph(`English: The office ${isOpen.en} from ${whichEn} for more than ${hoursEn}.`),
      ...listEn(figures),
      ...(ours.length === 0 || isToMinistry
        ? []
        : [
            paragraph(
              `Probably caused by the office's own system: ${ours.join(', ')}. Nothing was sent to their facilities.`,
            ),
          ]),
    ],
  };
}

function recovery(notice: PlannedNotice, parts: NoticeTextParts): MailContent {
  const figures = figuresOf(notice.items, parts);
  const [first] = figures as [Figures, ...Figures[]];
  const isToFacility = notice.audience.startsWith('facility:');
  const sentence = (one: Figures): BilingualText => {
    const { gap, station, length, missing } = one;
    if (gap.isFilled || gap.to === undefined)
      return {
        vi: `Khoảng gián đoạn của trạm ${station} sau ${timeThenDay(new Date(gap.from))} không còn: đã có dữ liệu truyền bổ sung, hoặc khoảng gián đoạn đã được tính lại.`,
        en: `Station ${station}: the gap after ${one.lastData} is no more: late data have filled it, or it was counted anew.`,
      };
    return {
      vi: `Sở đã nhận lại dữ liệu của trạm ${station} từ ${timeThenDay(new Date(gap.to))}. Thời gian gián đoạn: ${length.vi}; còn thiếu khoảng ${officersNumber(missing)} tệp.`,
      en: `Station ${station}: data are received again since ${officersTime(new Date(gap.to))}. The gap lasted ${length.en}; about ${missing} files are missing.`,
    };
  };
  const isAnyMissing = figures.some(({ missing }) => missing > 0);
  return {
    subject: headingOf('recovery', figures, parts),
    vi: [
      ...addressedTo(isToFacility ? first.facility.vi : undefined),
      ...listed(figures, (one) => sentence(one).vi, 'vi'),
      ...(isToFacility && isAnyMissing
        ? [
            paragraph(
              `Đề nghị Quý Cơ sở truyền bổ sung dữ liệu còn lưu tại datalogger và gửi báo cáo nguyên nhân (nếu chưa gửi)${parts.answer === undefined ? '' : ' tại đường dẫn dưới đây'}.`,
            ),
          ]
        : []),
      ...(isToFacility ? linkVi(parts.answer) : []),
    ],
    en: [
      ...listed(figures, (one, i) => `${i === 0 ? 'English: ' : ''}${sentence(one).en}`, 'en'),
      ...(isToFacility ? linkEn(parts.answer) : []),
    ],
  };
}

/** To those above: what the office was notified of, and nobody has acknowledged. */
function escalation(notice: PlannedNotice, parts: NoticeTextParts): MailContent {
  const figures = figuresOf(notice.items, parts);
  const [which, whichEn] = stationsAt(figures);
  return {
    subject: headingOf(notice.kind, figures, parts),
    vi: [
      paragraph(
        `Sở đã được thông báo về gián đoạn dữ liệu trên 12 giờ của ${which} sau đây. Đến thời điểm gửi thư này, hệ thống chưa ghi nhận người phụ trách.`,
      ),
      ...factsVi(figures, parts.at),
      paragraph(
        'Đề nghị phân công người phụ trách và ghi nhận trên hệ thống. Thư này chỉ gửi một lần cho mỗi khoảng gián đoạn.',
      ),
    ],
    en: [
      paragraph(
        `English: the office was notified of a gap of more than 12 hours of ${whichEn}, and nobody has acknowledged it. Please have somebody take care of it. This mail is sent once for each gap.`,
      ),
      ...listEn(figures),
    ],
  };
}

export function linkVi(answer: AnswerOffer | undefined): readonly MailBlock[] {
  if (answer === undefined) return [];
  return [
    paragraph('Đường dẫn để phản hồi:'),
    { kind: 'link', url: answer.url },
    paragraph(
      `Đường dẫn dùng một lần, hết hạn lúc ${timeThenDay(answer.until)}, không cần đăng nhập. Đề nghị không gửi thư này cho người ngoài cơ sở.`,
    ),
  ];
}

export function linkEn(answer: AnswerOffer | undefined): readonly MailBlock[] {
  if (answer === undefined) return [];
  return [
    { kind: 'link', url: answer.url },
    paragraph(
      `The link can be used once, until ${officersTime(answer.until)}, without a login. Please do not pass this mail on to others.`,
    ),
  ];
}

function flood(notice: PlannedNotice, parts: NoticeTextParts): MailContent {
  const figures = figuresOf(notice.items, parts);
  const count = figures.length;
  const number = Math.max(...notice.items.map((item) => item.number));
  return {
    subject: {
      vi: `${officersNumber(count)} trạm gián đoạn cùng lúc – kiểm tra hệ thống tiếp nhận của Sở`,
      en: `${count} stations stopped at once: check the office's own system`,
    },
    vi: [
      ...addressedTo(parts.office.unit),
      ...(number === 0 ? [] : [paragraph(`Thư nhắc lại lần ${number}.`)]),
      paragraph(
        `Hệ thống chưa nhận được dữ liệu của ${officersNumber(count)} trạm, gián đoạn gần như cùng lúc. Nguyên nhân có thể do hệ thống tiếp nhận, đường truyền hoặc nguồn điện của Sở.`,
      ),
      paragraph(
        'Đề nghị kiểm tra hệ thống tiếp nhận của Sở trước. Trong thời gian này hệ thống không gửi thông báo đến các cơ sở.',
      ),
      ...factsVi(figures, parts.at),
    ],
    en: [
      paragraph(
        `English: ${count} stations stopped at about the same time. Please check the office's own system, its connection and its power first. Nothing is sent to the facilities meanwhile.${number === 0 ? '' : ` This is reminder ${number}.`}`,
      ),
    ],
  };
}

function floodOver(notice: PlannedNotice, parts: NoticeTextParts): MailContent {
  const figures = figuresOf(notice.items, parts);
  const silent = figures.filter(({ gap }) => isOpen(gap));
  const back = figures.length - silent.length;
  return {
    subject: {
      vi: `Đã nhận lại dữ liệu: ${officersNumber(back)} trong ${officersNumber(figures.length)} trạm gián đoạn cùng lúc`,
      en: `Data received again: ${back} of ${figures.length} stations that stopped at once`,
    },
    vi: [
      paragraph(
        `Hệ thống đã nhận lại dữ liệu của ${officersNumber(back)} trong ${officersNumber(figures.length)} trạm gián đoạn cùng lúc.`,
      ),
      ...(silent.length === 0
        ? [paragraph('Không còn trạm nào đang gián đoạn trong số các trạm này.')]
        : [
            paragraph(
              'Các trạm sau đây vẫn đang gián đoạn; từ nay hệ thống thông báo riêng theo từng trạm.',
            ),
            ...factsVi(silent, parts.at),
          ]),
    ],
    en: [
      paragraph(
        `English: ${back} of the ${figures.length} stations that stopped at once send again; ${silent.length} are still silent and are reported one by one from now on.`,
      ),
    ],
  };
}

function stationsAt(figures: readonly Figures[]): readonly [string, string] {
  const [first] = figures;
  return figures.length === 1
    ? ['trạm', `station ${first?.station ?? ''}`]
    : ['các trạm', `${figures.length} stations`];
}

function namesVi(names: readonly string[]): string {
  if (names.length < 2) return `trạm ${names.join('')}`;
  return `các trạm ${names.slice(0, -1).join(', ')} và ${names.at(-1) ?? ''}`;
}

/** `18:10 ngày 24/03/2026`, within a sentence. */
export function timeThenDay(instant: Date): string {
  const [day, time] = officersTime(instant).split(' ');
  return `${time ?? ''} ngày ${day ?? ''}`;
}

export function footVi(
  { audience }: Pick<PlannedNotice, 'audience'>,
  { code, office }: Pick<NoticeTextParts, 'code' | 'office'>,
): MailBlock[] {
  const { contact, legalGround } = office;
  const isLetter = audience.startsWith('facility:');
  return [
    ...(contact === undefined || audience === 'office' || audience === 'escalation'
      ? []
      : [paragraph(`Đầu mối liên hệ: ${contact}.`)]),
    ...(isLetter ? [paragraph('Trân trọng./.'), paragraph(office.name.vi)] : []),
    {
      kind: 'foot',
      text: [
        'Giờ Việt Nam (UTC+7).',
        `Mã thông báo: ${code}.`,
        ...(isLetter && legalGround !== undefined ? [`Căn cứ: ${legalGround}.`] : []),
        'Thư thông báo tự động, không thay thế văn bản của Sở.',
      ].join(' '),
    },
  ];
}

export function footEn({ code }: Pick<NoticeTextParts, 'code'>): MailBlock[] {
  return [
    { kind: 'foot', text: `Vietnam time (UTC+7). Notice ${code}. This is an automatic notice.` },
  ];
}
