import type { BilingualText } from '@envigate/contracts';
import type { AnswerOffer } from '../gap-records/answer-links.ts';
import type { GapTime } from '../gap-records/gap-record.ts';
import { officersTime } from '../wording/officers-format.ts';
import { addressedTo, paragraph, withName, type MailContent } from './mail-blocks.ts';
import { footEn, footVi, linkEn, linkVi, timeThenDay, type NoticeOffice } from './notice-texts.ts';
import type { Audience } from './plan-notices.ts';

/** A question of an officer about a gap that no mail was made of. */
export interface OpenQuestion {
  readonly entryId: number;
  readonly about: GapTime;
  readonly question: string;
}

export interface QuestionParts {
  /** GD-2026-000123. */
  readonly code: string;
  readonly audience: Audience;
  readonly facility: BilingualText;
  readonly office: NoticeOffice;
  readonly answer: AnswerOffer | undefined;
}

export const questionKeyPrefix = 'ask-back/';

/** Names the event: a question is sent once, whatever crashes in between. */
export function questionKey({ entryId }: Pick<OpenQuestion, 'entryId'>): string {
  return `${questionKeyPrefix}${entryId}`;
}

/** An officer's question to the facility, with a new link. */
export function writeQuestion(
  { about, question }: OpenQuestion,
  { code, audience, facility, office, answer }: QuestionParts,
): MailContent {
  const { station } = about;
  const from = new Date(about.from);
  return {
    subject: {
      vi: withName(`Đề nghị làm rõ về gián đoạn dữ liệu: trạm ${station}`, facility.vi),
      en: withName(`Question about missing data: station ${station}`, facility.en),
    },
    vi: [
      ...addressedTo(facility.vi),
      paragraph(
        `Về gián đoạn dữ liệu của trạm ${station} từ ${timeThenDay(from)}, ${office.name.vi} đề nghị Quý Cơ sở trả lời nội dung sau${answer === undefined ? ' qua thư điện tử' : ' tại đường dẫn dưới đây'}:`,
      ),
      paragraph(question),
      ...linkVi(answer),
      ...footVi({ audience }, { code, office }),
    ],
    en: [
      paragraph(
        `English: the office has a question about the missing data of station ${station} since ${officersTime(from)}; it is in the Vietnamese part above. Please answer it ${answer === undefined ? 'by e-mail' : 'through the link'}.`,
      ),
      ...linkEn(answer),
      ...footEn({ code }),
    ],
  };
}
