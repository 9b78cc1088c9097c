import type {
  Board,
  BoardQueries,
  BoardQuestion,
  ConsoleQueries,
  FileRecord,
  OriginalBytes,
  StoryAnswer,
  StoryQuestion,
} from '@envigate/contracts';
import * as rows from './rows.ts';

type ListName = 'receptions' | 'readings' | 'quarantine' | 'gaps' | 'deliveries' | 'notices';
type PageOf<N extends ListName> = Awaited<ReturnType<ConsoleQueries[N]>>;
type RowsOf = { readonly [N in ListName]: PageOf<N>['rows'] };
type PlaceOf<N extends ListName> = NonNullable<PageOf<N>['next']>;
type Filters = { [N in ListName]?: Parameters<ConsoleQueries[N]>[0] };

export const fileRecord: FileRecord = {
  fileId: rows.fileId,
  contentHash: rows.reception.contentHash,
  account: 'caph',
  name: rows.reception.name,
  station: 'NUOSXL',
  state: 'stored',
  form: 'A5 tab utf-8',
  size: 320,
  dataFrom: rows.at('16:55:00'),
  dataTo: rows.at('17:00:00'),
  recordedAt: rows.at('17:00:02'),
  receptions: [rows.reception],
  quarantine: [rows.quarantined],
  deliveries: [rows.delivery],
};

const placeOf: { readonly [N in ListName]: (row: RowsOf[N][number]) => PlaceOf<N> } = {
  receptions: ({ receivedAt, receptionId }) => ({ receivedAt, receptionId }),
  readings: ({ instant, station, parameter, revision }) => ({
    ...{ instant, station, parameter, revision },
  }),
  quarantine: ({ quarantineId }) => quarantineId,
  gaps: ({ gapId }) => gapId,
  deliveries: ({ deliveryId }) => deliveryId,
  notices: ({ noticeId }) => noticeId,
};

/** The record in memory: answers every list with the rows it holds, cut to the limit, and remembers the filter. */
export class FakeQueries implements ConsoleQueries, BoardQueries {
  /** The last filter of each list. */
  readonly asked: Filters = {};
  rows: RowsOf = {
    receptions: [rows.reception],
    readings: [rows.reading],
    quarantine: [rows.quarantined],
    gaps: [rows.gap],
    deliveries: [rows.delivery],
    notices: [rows.notice],
  };
  /** Where the look through a list ends, before its rows do. */
  lookEnds: { [N in ListName]?: PlaceOf<N> } = {};
  bytes: OriginalBytes = { name: rows.reception.name, content: Uint8Array.of(0, 13, 10, 255) };
  shownBoard: Board = rows.board;
  boardQuestion: BoardQuestion | undefined;
  boardsAsked = 0;
  shownStory: StoryAnswer = rows.story;
  storyQuestion: StoryQuestion | undefined;
  /** Thrown by every question while set. */
  failure: Error | undefined;

  async overview(latest: number) {
    this.#failIfAsked();
    return { ...rows.overview, latest: rows.overview.latest.slice(0, latest) };
  }

  async board(question: BoardQuestion) {
    this.boardsAsked += 1;
    this.boardQuestion = question;
    this.#failIfAsked();
    return this.shownBoard;
  }

  async stationActivity(stations: readonly string[]) {
    this.#failIfAsked();
    return new Map(stations.map((station) => [station, rows.activity]));
  }

  async stationClocks(stations: readonly string[]) {
    this.#failIfAsked();
    return new Map(stations.map((station) => [station, rows.clockLags]));
  }

  async file(fileId: string) {
    return fileId === rows.fileId ? fileRecord : undefined;
  }

  async original(fileId: string) {
    return fileId === rows.fileId ? this.bytes : undefined;
  }

  async story(question: StoryQuestion): Promise<StoryAnswer> {
    this.#failIfAsked();
    this.storyQuestion = question;
    return this.shownStory;
  }

  receptions = this.#list('receptions');
  readings = this.#list('readings');
  quarantine = this.#list('quarantine');
  gaps = this.#list('gaps');
  deliveries = this.#list('deliveries');
  notices = this.#list('notices');

  #list<N extends ListName>(name: N) {
    return async (filter: NonNullable<Filters[N]>): Promise<PageOf<N>> => {
      this.#failIfAsked();
      this.asked[name] = filter;
      const rows = this.rows[name] as readonly RowsOf[N][number][];
      const shown = rows.slice(0, filter.limit);
      const last = shown.at(-1);
      const next = rows.length > shown.length && last ? placeOf[name](last) : this.lookEnds[name];
      return { rows: shown, next } as PageOf<N>;
    };
  }

  #failIfAsked(): void {
    if (this.failure !== undefined) throw this.failure;
  }
}
