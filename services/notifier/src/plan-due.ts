import type { BilingualText } from '@envigate/contracts';
import {
  eventKeyOf,
  intervalMinutesOf,
  planNotices,
  stationsWithoutData,
  weeklyMoment,
  questionKey,
  writeNotice,
  writeQuestion,
  writeWeekly,
  type AnswerOffer,
  type Audience,
  type NewNotice,
  type NoticeOffice,
  type NoticePolicy,
  type NoticeRecipient,
  type NoticeStation,
  type OpenQuestion,
  type StationDetails,
  type PlannedNotice,
  type RecordedNotice,
  type RegistrySource,
  type RegistryView,
  type WatchedGap,
  type WeeklyPolicy,
} from '@envigate/domain';
import type { NoticeStore } from '@envigate/postgres';
import type { Clock, Emit } from '@envigate/runtime';
import type { events } from './telemetry.ts';

export interface PlanParts {
  readonly registry: RegistrySource;
  readonly store: Pick<NoticeStore, 'plan'>;
  readonly clock: Clock;
  readonly emit: Emit<typeof events>;
  readonly policy: NoticePolicy;
  /** Undefined: no weekly mail. */
  readonly weekly: WeeklyPolicy | undefined;
  readonly office: NoticeOffice;
  /** How facilities can answer; undefined: by mail alone. */
  readonly answers: AnswerPolicy | undefined;
  /** Addresses of the office, of the ministry, and of those who hear of what nobody acknowledged. */
  readonly to: Readonly<Record<Exclude<Audience, `facility:${string}`>, readonly string[]>>;
  /** Of the sender's address; Message-IDs end with it. */
  readonly domain: string;
}

export interface AnswerPolicy {
  /** With the place of the token. */
  readonly url: string;
  /** For how long a link can be used. */
  readonly lastsMs: number;
}

/** Decides and records what is due now. Asked again at any time, by anyone, it records nothing twice. */
export async function planDue(parts: PlanParts): Promise<number> {
  const { registry, store, clock, emit, domain } = parts;
  const view = registry.current();
  const at = clock();
  const recorded = await store.plan(at, domain, (picture, questions) => [
    ...dueNotices(picture, view, at, parts),
    ...questionNotices(questions, view, at, parts),
  ]);
  return reportPlanned(recorded, emit);
}

/** After the commit: what is reported has happened. Returns how many. */
export function reportPlanned(
  recorded: readonly RecordedNotice[],
  emit: Emit<typeof events>,
): number {
  for (const { code, kind, audience, stations, mails } of recorded)
    emit('notice-planned', { code, kind, audience, stations: stations.length, mails });
  return recorded.length;
}

function dueNotices(
  picture: readonly WatchedGap[],
  view: RegistryView,
  at: Date,
  parts: PlanParts,
): readonly NewNotice[] {
  const station = (code: string): NoticeStation | undefined => noticeStation(view, code);
  const planned = planNotices(picture, station, parts.policy, at.getTime());
  const notices = planned.map((notice) => newNotice(notice, view, at, parts));
  const weekly = weeklyNotice(picture, view, at, parts);
  // Whom nobody entered an address for hears nothing; once one is entered, it is due still.
  return [...notices, ...weekly].filter(({ recipients }) => recipients.length > 0);
}

function noticeStation(view: RegistryView, code: string): NoticeStation | undefined {
  const station = view.stations.get(code);
  if (station === undefined) return undefined;
  const contacts = view.facilities.get(station.facility)?.contacts ?? [];
  return {
    facility: station.facility,
    hasContacts: contacts.length > 0,
    wantsOneHour: station.oneHourNotice === true,
  };
}

function newNotice(
  notice: PlannedNotice,
  view: RegistryView,
  at: Date,
  parts: PlanParts,
): NewNotice {
  const { kind, audience, items } = notice;
  const answer = answerOffer(audience, at, parts);
  return {
    ...{ eventKey: eventKeyOf(notice), kind, audience },
    stations: [...new Set(items.map(({ gap }) => gap.station))],
    steps: items.map(({ gap, step }) => ({ gapId: gap.gapId, step })),
    recipients: recipientsOf(audience, view, parts),
    answerUntil: answer?.until,
    write: (code, lastFiles) =>
      writeNotice(notice, {
        ...{ code, at, office: parts.office, answer },
        detailsOf: (station) => detailsOf(view, station, lastFiles.get(station)),
      }),
  };
}

/** Facilities alone answer. */
function answerOffer(
  audience: Audience,
  at: Date,
  { answers }: Pick<PlanParts, 'answers'>,
): AnswerOffer | undefined {
  if (answers === undefined || !audience.startsWith('facility:')) return undefined;
  return { url: answers.url, until: new Date(at.getTime() + answers.lastsMs) };
}

/** Each with a link of its own, as a person waits for the answer. */
function questionNotices(
  questions: readonly OpenQuestion[],
  view: RegistryView,
  at: Date,
  parts: PlanParts,
): readonly NewNotice[] {
  return questions.flatMap((question): NewNotice[] => {
    const { station } = question.about;
    const facility = view.stations.get(station)?.facility;
    if (facility === undefined) return [];
    const audience: Audience = `facility:${facility}`;
    const recipients = recipientsOf(audience, view, parts);
    if (recipients.length === 0) return [];
    const answer = answerOffer(audience, at, parts);
    return [
      {
        ...{ eventKey: questionKey(question), kind: 'ask-back', audience, stations: [station] },
        ...{ steps: [], about: [question.about], recipients, answerUntil: answer?.until },
        write: (code) =>
          writeQuestion(question, {
            ...{ code, audience, facility: facilityName(view, station) },
            ...{ office: parts.office, answer },
          }),
      },
    ];
  });
}

export function recipientsOf(
  audience: Audience,
  view: RegistryView,
  { to }: Pick<PlanParts, 'to'>,
): readonly NoticeRecipient[] {
  if (audience === 'office' || audience === 'ministry' || audience === 'escalation')
    return withoutRepeats(
      to[audience].map((address) => ({ name: undefined, address, language: 'vi' })),
    );
  const facility = view.facilities.get(audience.slice('facility:'.length));
  const contacts = facility?.contacts ?? [];
  return withoutRepeats(
    contacts.map(({ name, email, language = 'vi' }) => ({ name, address: email, language })),
  );
}

/** An address gets one mail, however often it was entered. */
function withoutRepeats(recipients: readonly NoticeRecipient[]): readonly NoticeRecipient[] {
  const byAddress = new Map<string, NoticeRecipient>();
  for (const recipient of recipients)
    if (!byAddress.has(recipient.address)) byAddress.set(recipient.address, recipient);
  return [...byAddress.values()];
}

function detailsOf(view: RegistryView, code: string, lastFile: string | undefined): StationDetails {
  const station = view.stations.get(code);
  return {
    name: station?.name ?? code,
    kind: station?.kind ?? 'waste-water',
    facility: facilityName(view, code),
    intervalMinutes: intervalMinutesOf(station),
    lastFile,
  };
}

/** Of the station's facility, as far as the registry knows it. */
export function facilityName(view: RegistryView, code: string): BilingualText {
  const station = view.stations.get(code);
  const facility = view.facilities.get(station?.facility ?? '');
  const vi = facility?.name ?? station?.facility ?? code;
  return { vi, en: facility?.nameEn ?? vi };
}

function weeklyNotice(
  picture: readonly WatchedGap[],
  view: RegistryView,
  at: Date,
  parts: PlanParts,
): readonly NewNotice[] {
  const { weekly, office } = parts;
  const moment = weekly && weeklyMoment(at, weekly);
  // Before the first station is entered there is nothing to report on.
  if (moment === undefined || view.stations.size === 0) return [];
  const stations = stationsWithoutData(picture);
  return [
    {
      ...{ eventKey: `weekly/office/${moment}`, kind: 'weekly', audience: 'office', stations },
      steps: [],
      recipients: recipientsOf('office', view, parts),
      write: (code) => writeWeekly({ code, at, office, stations, allStations: view.stations.size }),
    },
  ];
}
