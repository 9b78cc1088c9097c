import type { Page } from '@envigate/contracts';
import type {
  AttributionDesk,
  AttributionOutcome,
  AttributionTarget,
  Attribution,
  ListedJointSilence,
} from '@envigate/domain';
import { at } from './rows.ts';

/** Decisions whose a gap is, in memory: of gap 5, and of joint silence 7, which gap 6 is part of. */
export class FakeAttributions implements AttributionDesk {
  readonly decided: unknown[] = [];

  async decide(
    target: AttributionTarget,
    verdict: Attribution,
    actor: string,
    note: string,
  ): Promise<AttributionOutcome> {
    const id = target.kind === 'gap' ? target.gapId : target.jointId;
    if (id > 7) return { kind: 'not-found' };
    if (id === 5 && verdict === 'theirs')
      return { kind: 'refused', reason: { vi: 'đã tính cho trạm', en: 'it counts already' } };
    this.decided.push({ target, verdict, actor, note });
    const jointId = id === 5 ? undefined : 7;
    return { kind: 'decided', jointId, stations: ['NUOSXL'] };
  }

  async list({ limit }: { readonly limit: number }): Promise<Page<ListedJointSilence, number>> {
    const joint: ListedJointSilence = {
      ...{ jointId: 7, scope: { kind: 'province', code: 'BD' }, from: at('10:00:00'), to: null },
      ...{ stations: ['NUOSXL'], verdict: 'theirs' },
      decisions: [
        {
          ...{ decisionId: 1, station: null, verdict: 'theirs', actor: 'chị Lan' },
          ...{ note: 'đã gọi điện', decidedAt: at('12:00:00'), counts: true },
        },
      ],
    };
    return { rows: [joint].slice(0, limit), next: undefined };
  }
}
