import type { BilingualText } from '@envigate/contracts';
import {
  both,
  facilityCauses,
  facilityCauseCodes,
  gapCauses,
  gapKindLabels,
  html,
  intersect,
  Markup,
  letterName,
  maxLetters,
  officersDuration,
  officersNumber,
  officersTime,
  totalLength,
  type AskedGap,
  type AnswerOutcome,
  type ClosedLink,
  type FacilityAnswer,
  type GapExplanation,
  type OpenLink,
  type RegistryView,
} from '@envigate/domain';
import type { ShownPage } from '@envigate/http';
import { area, faultList, field, gapChoice, line } from './answer-fields.ts';
import { answerStyle } from './answer-style.ts';
import { emptyValues, type AnswerField, type ReadAnswer } from './read-answer.ts';

// What a facility sees behind its link: Vietnamese first, English beside it, no script, nothing from elsewhere.

export interface PageParts {
  /** Who asks. */
  readonly office: BilingualText;
  readonly now: Date;
  readonly view: RegistryView;
  readonly maxLetterBytes: number;
}

/** Its content is what the policy of the page allows, character by character. */
const styleElement = new Markup(`<style>${answerStyle}</style>`);

type Faulty = Extract<ReadAnswer, { readonly kind: 'faulty' }>;
type Recorded = Extract<AnswerOutcome, { readonly kind: 'recorded' }>;

const title = { vi: 'Phản hồi về gián đoạn dữ liệu', en: 'Answer about missing data' };

/** The form, 422 with what is wrong at its fields. */
export function formPage(link: OpenLink, parts: PageParts, faulty?: Faulty): ShownPage {
  const values = faulty?.values ?? emptyValues(link);
  const faults = faulty?.faults ?? new Map<AnswerField, BilingualText>();
  const { now, maxLetterBytes } = parts;
  const megabytes = maxLetterBytes / 1024 / 1024;
  const hasMany = link.gaps.length > 1;
  const body = html`
    ${faultList(faults)} ${questionsOf(link)}
    <section aria-labelledby="gaps-title">
      <h2 id="gaps-title">${both('Khoảng gián đoạn', 'What is missing')}</h2>
      ${link.gaps.map((gap) => gapFacts(gap, parts))}
    </section>
    <form method="post" enctype="multipart/form-data" novalidate>
      <h2>${both('Phản hồi của cơ sở', 'Your answer')}</h2>
      ${hasMany ? gapChoice(link, values, faults) : undefined}
      ${field(
        'cause',
        ['Nguyên nhân', 'Cause'],
        faults,
        (more) =>
          html`<select id="cause" name="cause" required ${more}>
            <option value="">Chọn nguyên nhân · choose</option>
            ${facilityCauseCodes.map((code) => {
              const { vi, en } = facilityCauses[code];
              const selected = code === values.cause ? html`selected` : undefined;
              return html`<option value="${code}" ${selected}>${vi} · ${en}</option>`;
            })}
          </select>`,
        { isRequired: true },
      )}
      ${area('words', ['Mô tả nguyên nhân', 'The cause in words'], values, faults, {
        vi: 'Bắt buộc khi chọn “nguyên nhân khác”.',
        en: 'Needed for “other cause”.',
      })}
      ${area('remedy', ['Biện pháp khắc phục', 'Remedy'], values, faults)}
      ${field(
        'restart',
        ['Thời gian dự kiến khôi phục', 'When data will be sent again'],
        faults,
        (more) =>
          html`<input
            id="restart"
            name="restart"
            type="datetime-local"
            value="${values.restart}"
            ${more}
          />`,
        { hint: { vi: 'Giờ Việt Nam (UTC+7).', en: 'Vietnam time.' } },
      )}
      ${line('document', ['Số, ngày văn bản', 'Number and date of your letter'], values, faults)}
      ${field(
        'letters',
        ['Tệp đính kèm', 'Letters'],
        faults,
        (more) =>
          html`<input
            id="letters"
            name="letters"
            type="file"
            multiple
            accept=".pdf,.jpg,.jpeg,application/pdf,image/jpeg"
            ${more}
          />`,
        {
          hint: {
            vi: `PDF hoặc JPEG; tối đa ${maxLetters} tệp, mỗi tệp ${officersNumber(megabytes)} MB.${faulty?.hadLetters === true ? ' Cần chọn lại tệp.' : ''}`,
            en: `PDF or JPEG; ${maxLetters} files at most, ${megabytes} MB each.${faulty?.hadLetters === true ? ' Please choose them again.' : ''}`,
          },
        },
      )}
      ${line('name', ['Họ và tên người phản hồi', 'Your name'], values, faults, 'name')}
      ${line('post', ['Chức vụ', 'Your post'], values, faults, 'organization-title')}
      ${line('telephone', ['Điện thoại', 'Telephone'], values, faults, 'tel')}
      <button type="submit">${both('Gửi phản hồi', 'Send the answer')}</button>
    </form>
    <footer>
      <p>
        ${both(
          `Mã thông báo: ${link.code}. Đường dẫn dùng một lần, hết hạn lúc ${officersTime(link.expiresAt)}.`,
          `Notice ${link.code}. The link can be used once, until ${officersTime(link.expiresAt)}.`,
        )}
      </p>
      <p>
        ${both(
          `Giờ Việt Nam (UTC+7). Lập lúc ${officersTime(now)}.`,
          `Vietnam time. As of ${officersTime(now)}.`,
        )}
      </p>
    </footer>
  `;
  return page(parts.office, title, body, faulty === undefined ? 200 : 422);
}

/** What was recorded; the link is used up. */
export function thanksPage(
  { code, at, link }: Recorded,
  answer: FacilityAnswer,
  { office, view }: PageParts,
): ShownPage {
  const [day, time] = officersTime(at).split(' ');
  const stations = answer.gaps.flatMap((place) => link.gaps[place]?.asked.station ?? []);
  const names = stations.map((station) => `${stationName(station, view)} (${station})`).join('; ');
  const { letters, name, post, telephone } = answer;
  const sender = [name, post, telephone].filter((part) => part !== '').join(', ');
  const shown = letters.map((letter) => letterName(letter.name)).join('; ');
  const body = html`
    <p class="good" role="status">
      ${both(
        `${office.vi} đã nhận phản hồi lúc ${time ?? ''} ngày ${day ?? ''}. Mã phản hồi: ${code}.`,
        `Your answer was received at ${officersTime(at)}; its number is ${code}.`,
      )}
    </p>
    <h2>${both('Nội dung đã ghi nhận', 'What was recorded')}</h2>
    ${factList([
      ['Trạm', 'Station', names],
      ...explanationRows(answer.explanation),
      ['Tệp đính kèm', 'Letters', shown === '' ? 'không có · none' : shown],
      ['Người phản hồi', 'From', sender],
    ])}
    <p>
      ${both(
        'Đường dẫn này đã được sử dụng và không mở lại được. Nếu cần bổ sung, Sở sẽ gửi đường dẫn mới.',
        'The link is used up. If the office has a question, it sends a new one.',
      )}
    </p>
  `;
  return page(office, { vi: 'Đã nhận phản hồi', en: 'Answer received' }, body);
}

const askOffice = {
  vi: 'Đề nghị liên hệ đầu mối của Sở tại thư thông báo.',
  en: 'Please ask the contact that the notice names.',
};
const closedTexts: Readonly<Record<ClosedLink, BilingualText & { readonly status: number }>> = {
  unknown: { vi: 'Đường dẫn không đúng.', en: 'This link does not exist.', status: 404 },
  used: {
    vi: 'Đường dẫn này đã được sử dụng. Sở đã nhận phản hồi.',
    en: 'This link was used: the office has received an answer.',
    status: 410,
  },
  expired: { vi: 'Đường dẫn đã hết hạn.', en: 'This link has expired.', status: 410 },
  revoked: { vi: 'Đường dẫn không còn hiệu lực.', en: 'This link was withdrawn.', status: 410 },
};

/** Nothing of the notice is on it. */
export function closedPage(why: ClosedLink, office: BilingualText): ShownPage {
  const { status, ...text } = closedTexts[why];
  return plainPage(office, text, status);
}

const noticeTexts = {
  failed: {
    ...{ vi: 'Chưa ghi nhận được phản hồi.', en: 'The answer could not be recorded.', status: 500 },
    next: { vi: 'Đề nghị thử lại sau ít phút.', en: 'Please try again in a few minutes.' },
  },
  'too-large': {
    ...{ vi: 'Các tệp đính kèm quá lớn.', en: 'The letters are too large.', status: 413 },
    next: {
      vi: 'Quay lại trang trước, đính kèm tệp PDF hoặc JPEG nhỏ hơn.',
      en: 'Go back, and attach smaller files.',
    },
  },
  'too-many': {
    ...{ vi: 'Quá nhiều yêu cầu.', en: 'Too many requests.', status: 429 },
    next: { vi: 'Đề nghị thử lại sau một phút.', en: 'Please try again in a minute.' },
  },
  busy: {
    ...{ vi: 'Hệ thống đang nhận nhiều phản hồi.', en: 'The server is busy.', status: 503 },
    next: { vi: 'Đề nghị thử lại sau ít phút.', en: 'Please try again in a few minutes.' },
  },
} as const;

export function noticePage(
  what: keyof typeof noticeTexts,
  office: BilingualText,
  retryAfterSeconds?: number,
): ShownPage {
  const { status, next, ...text } = noticeTexts[what];
  return plainPage(office, text, status, { next, retryAfterSeconds });
}

function plainPage(
  office: BilingualText,
  { vi, en }: BilingualText,
  status: number,
  more: { readonly next?: BilingualText; readonly retryAfterSeconds?: number | undefined } = {},
): ShownPage {
  const next = more.next ?? askOffice;
  const body = html`
    <p class="plain">${both(vi, en)}</p>
    <p>${both(next.vi, next.en)}</p>
  `;
  return page(office, title, body, status, more.retryAfterSeconds);
}

function page(
  office: BilingualText,
  heading: BilingualText,
  body: Markup,
  status = 200,
  retryAfterSeconds?: number,
): ShownPage {
  const document = html`<!doctype html>
    <html lang="vi">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${heading.vi} – ${office.vi}</title>
        ${styleElement}
      </head>
      <body>
        <header>
          <p>${both(office.vi, office.en)}</p>
          <h1>${both(heading.vi, heading.en)}</h1>
        </header>
        <main>${body}</main>
      </body>
    </html>`;
  return { html: document.text, style: answerStyle, status, retryAfterSeconds };
}

function questionsOf({ gaps }: OpenLink): readonly Markup[] {
  const questions = new Set(gaps.flatMap(({ record }) => record.question ?? []));
  return [...questions].map(
    (question) =>
      html`<section class="question" aria-label="Câu hỏi của Sở · Question of the office">
        <h2>${both('Sở đề nghị làm rõ', 'The office asks')}</h2>
        <p class="words">${question}</p>
      </section>`,
  );
}

type Fact = readonly [vi: string, en: string, value: string | Markup];

function factList(rows: readonly Fact[]): Markup {
  return html`<dl>
    ${rows.map(
      ([vi, en, value]) =>
        html`<div>
          <dt>${both(vi, en)}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

function gapFacts({ asked, left, record }: AskedGap, { now, view }: PageParts): Markup {
  const station = view.stations.get(asked.station);
  const facility = view.facilities.get(station?.facility ?? '')?.name ?? '';
  const at = now.getTime();
  const end = asked.to ?? at;
  const stretches = left.map(({ from, to }) => ({ from, to: to ?? at }));
  const missing = totalLength(intersect(stretches, [{ from: asked.from, to: end }]));
  const came = Math.max(0, end - asked.from - missing);
  const net = left.reduce((sum, { from, to, outMs }) => sum + (to ?? at) - from - outMs, 0);
  const [netText, cameText] = [officersDuration(net), officersDuration(came)];
  const label = gapKindLabels[asked.kind];
  const rows: Fact[] = [
    ['Cơ sở', 'Facility', facility],
    ['Trạm', 'Station', `${station?.name ?? asked.station} (${asked.station})`],
    ['Nội dung', 'What', both(label.vi, label.en)],
    ...(asked.parameter === undefined ? [] : [['Thông số', 'Parameter', asked.parameter] as const]),
    ['Theo thông báo', 'As notified', rangeOf(asked.from, end, end)],
    [
      'Hiện còn thiếu',
      'Missing now',
      left.length === 0
        ? both('không còn, đã có dữ liệu truyền bổ sung', 'nothing: late data have come')
        : html`${left.map(({ from, to }) => html`<p>${rangeOf(from, to, at)}</p>`)}`,
    ],
    ...(left.length === 0
      ? []
      : [['Thời gian tính gián đoạn', 'Hours that count', both(netText.vi, netText.en)] as const]),
    ['Đã nhận bổ sung', 'Late data received', both(cameText.vi, cameText.en)],
    ...(record.explainedBy === undefined || record.explanation === undefined
      ? []
      : [
          [
            'Đã phản hồi',
            'Answered before',
            `${officersTime(record.explainedBy.at)}: ${gapCauses[record.explanation.cause].vi}`,
          ] as const,
        ]),
  ];
  return factList(rows);
}

/** Of one that goes on, the end is said in words. */
function rangeOf(from: number, to: number | undefined, shownTo: number): Markup {
  const begin = officersTime(new Date(from));
  if (to !== undefined) return html`${begin} – ${officersTime(new Date(to))}`;
  return both(`${begin} – ${officersTime(new Date(shownTo))} (đến thời điểm này)`, 'up to now');
}

function explanationRows(explanation: GapExplanation): readonly Fact[] {
  const { cause, words, remedy, expectedRestart, document } = explanation;
  const label = gapCauses[cause];
  const given: readonly Fact[] = [
    ['Nguyên nhân', 'Cause', both(label.vi, label.en)],
    ['Mô tả nguyên nhân', 'In words', html`<span class="words">${words}</span>`],
    ['Biện pháp khắc phục', 'Remedy', html`<span class="words">${remedy}</span>`],
    [
      'Dự kiến khôi phục',
      'Data again',
      expectedRestart === undefined ? '' : officersTime(expectedRestart),
    ],
    ['Số, ngày văn bản', 'Letter', document],
  ];
  const isEmpty = [
    false,
    words === '',
    remedy === '',
    expectedRestart === undefined,
    document === '',
  ];
  return given.filter((_, i) => isEmpty[i] !== true);
}

function stationName(code: string, view: RegistryView): string {
  return view.stations.get(code)?.name ?? code;
}
