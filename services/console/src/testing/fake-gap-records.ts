import {
  gapRecordOf,
  objectionToGapEntry,
  type GapEntryOutcome,
  type GapLetter,
  type GapRecordDesk,
  type GapTime,
  type OfficersEntry,
  type ReadLetter,
  type RecordedGap,
  type RecordedGapEntry,
} from '@envigate/domain';

const content = Buffer.from('%PDF-1.7');
export const letter: GapLetter = {
  ...{ letterId: 5, name: 'cv15.pdf', mediaType: 'application/pdf' },
  ...{ bytes: content.length, sha256: '00' },
};
const about: GapTime & { readonly to: number } = {
  ...{ station: 'NUOSXL', kind: 'transmission', parameter: undefined },
  ...{ from: Date.UTC(2026, 2, 24, 11, 5), to: Date.UTC(2026, 2, 25, 1, 40) },
};

/** One gap, number 1, which its facility has answered. Every entry has the facility's letter. */
export class FakeGapRecords implements GapRecordDesk {
  readonly #clock: () => Date;
  readonly #entries: RecordedGapEntry[] = [];

  constructor(clock: () => Date) {
    this.#clock = clock;
    this.#entries.push({
      ...{ kind: 'cause', cause: 'power-cut', words: 'Mất điện lưới', remedy: 'Đóng điện' },
      ...{ expectedRestart: clock(), document: '15/CV', entryId: 1, about, note: '' },
      author: { source: 'facility', name: 'Lan', post: 'Trưởng phòng', telephone: '0200' },
      ...{ letters: [letter], recordedAt: clock() },
    });
  }

  get gap(): RecordedGap {
    const notice = { code: 'GD-2026-000123', kind: 'gap-12h', audience: 'office' };
    const record = gapRecordOf(this.#entries, [{ ...notice, createdAt: this.#clock() }]);
    return { ...about, gapId: 1, record };
  }

  read(gapId: number): Promise<RecordedGap | undefined> {
    return Promise.resolve(gapId === 1 ? this.gap : undefined);
  }

  enter(gapId: number, { entry, actor, note }: OfficersEntry): Promise<GapEntryOutcome> {
    if (gapId !== 1) return Promise.resolve({ kind: 'not-found' });
    const reason = objectionToGapEntry(entry, this.gap.record, this.#clock());
    if (reason !== undefined) return Promise.resolve({ kind: 'refused', reason });
    const entryId = this.#entries.length + 1;
    this.#entries.push({
      ...{ ...entry, entryId, about, note, letters: [letter], recordedAt: this.#clock() },
      author: { source: 'officer', name: actor, post: '', telephone: '' },
    });
    return Promise.resolve({ kind: 'recorded', entryId, gap: this.gap });
  }

  letter(gapId: number, letterId: number): Promise<ReadLetter | undefined> {
    const isThere = gapId === 1 && letterId === letter.letterId;
    return Promise.resolve(isThere ? { ...letter, content } : undefined);
  }
}
