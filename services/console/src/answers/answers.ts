import type { BilingualText } from '@envigate/contracts';
import {
  addressGroup,
  answerPath,
  maxLetters,
  type AnswerDesk,
  type ClosedLink,
  type OpenLink,
  type RegistrySource,
} from '@envigate/domain';
import type { FormPage, FormRequest, FormServerOptions, ShownPage } from '@envigate/http';
import type { Clock, Emit } from '@envigate/runtime';
import type { events } from '../api/telemetry.ts';
import { closedPage, formPage, noticePage, thanksPage, type PageParts } from './answer-page.ts';
import { emptyValues, readAnswer } from './read-answer.ts';
import { Visits } from './visits.ts';

export interface AnswerPorts {
  readonly desk: AnswerDesk;
  readonly registry: RegistrySource;
  readonly clock: Clock;
  readonly emit: Emit<typeof events>;
  readonly office: BilingualText;
  readonly maxLetterBytes: number;
  readonly requestsPerMinute: number;
}

/** Forms read at once: each holds its letters in memory. */
const maxForms = 4;

/** The page on which a facility answers a notice, and what is shown where there is nothing to answer. */
export function answerServer(
  ports: AnswerPorts,
): Pick<FormServerOptions, 'page' | 'limits' | 'unknown' | 'failed' | 'tooLarge' | 'busy'> {
  const { office, maxLetterBytes } = ports;
  return {
    page: answerForms(ports),
    limits: { maxFileBytes: maxLetterBytes, maxFiles: maxLetters, maxForms },
    unknown: closedPage('unknown', office),
    failed: noticePage('failed', office),
    tooLarge: noticePage('too-large', office),
    busy: noticePage('busy', office, 30),
  };
}

const tokenForm = /^[A-Za-z0-9_-]{32}$/;

function answerForms(ports: AnswerPorts): FormPage {
  const { desk, registry, clock, emit, office, maxLetterBytes, requestsPerMinute } = ports;
  const now = (): number => clock().getTime();
  const ofAddress = new Visits(requestsPerMinute, now);
  const ofLink = new Visits(requestsPerMinute, now);
  const parts = (): PageParts => ({
    office,
    now: clock(),
    view: registry.current(),
    maxLetterBytes,
  });

  const tokenOf = ({ params }: FormRequest): string => params['token'] ?? '';
  const closed = (why: ClosedLink): ShownPage => {
    emit('answer-link-closed', { why });
    return closedPage(why, office);
  };

  /** Undefined where it is not one too many. */
  function tooMany(request: FormRequest): ShownPage | undefined {
    const isAdmitted =
      ofAddress.admit(addressGroup(request.address)) && ofLink.admit(tokenOf(request));
    if (isAdmitted) return undefined;
    emit('answer-visits-limited', { address: request.address });
    return noticePage('too-many', office, ofAddress.secondsLeft());
  }

  /** Counts the visit and opens the link; a page where there is nothing to open. */
  async function enter(
    request: FormRequest,
  ): Promise<
    | { readonly link: OpenLink; readonly page?: undefined }
    | { readonly page: ShownPage; readonly link?: undefined }
  > {
    const refused = tooMany(request);
    if (refused !== undefined) return { page: refused };
    const token = tokenOf(request);
    if (!tokenForm.test(token)) return { page: closed('unknown') };
    const outcome = await desk.open(token);
    return outcome.kind === 'closed' ? { page: closed(outcome.why) } : { link: outcome.link };
  }

  return {
    path: `${answerPath}{token}`,

    async show(request) {
      const { link, page } = await enter(request);
      return page ?? formPage(link, parts());
    },

    admit: async (request) => (await enter(request)).page,

    async submit(request, form) {
      const token = tokenOf(request);
      const opened = await desk.open(token);
      if (opened.kind === 'closed') return closed(opened.why);
      const { link } = opened;
      const read = readAnswer(form, link, clock(), maxLetterBytes);
      if (read.kind === 'faulty') return formPage(link, parts(), read);
      const outcome = await desk.answer(token, read.answer);
      switch (outcome.kind) {
        case 'closed':
          return closed(outcome.why);
        case 'refused':
          return formPage(link, parts(), {
            ...{ kind: 'faulty', values: emptyValues(link), hadLetters: false },
            faults: new Map([['cause', outcome.reason]]),
          });
        case 'recorded': {
          const stations = read.answer.gaps.flatMap(
            (place) => link.gaps[place]?.asked.station ?? [],
          );
          const { cause } = read.answer.explanation;
          emit('answer-recorded', {
            ...{ code: outcome.code, notice: link.code, stations: stations.join(' ') },
            ...{ cause, letters: read.answer.letters.length },
          });
          return thanksPage(outcome, read.answer, parts());
        }
      }
    },
  };
}
