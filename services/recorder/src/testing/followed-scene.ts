import type { Registry, StationFile } from '@envigate/contracts';
import { streams, type DrainBatch, type StoredRecord, type StreamName } from '@envigate/event-log';
import { assessmentStore, gapStore } from '@envigate/postgres';
import { assessDay } from '../../../assessor/src/assessor.ts';
import { hearArrivals } from '../../../gap-detector/src/hear-arrivals.ts';
import { judgingAnew, type JudgeParts } from '../../../gap-detector/src/judge-anew.ts';
import {
  lookForSilentStations,
  type SilenceParts,
} from '../../../gap-detector/src/look-for-silence.ts';
import { ReplayScene } from './replay-scene.ts';

const yearMs = 366 * 24 * 3_600_000;

/** A ReplayScene with the gap detector and the assessor on its database. Each works when the test says so. */
export class FollowedScene {
  readonly replays: ReplayScene;
  readonly #gaps: SilenceParts & JudgeParts;
  readonly #judge: () => Promise<void>;
  /** What the recorder has taken and the gap detector has not. */
  readonly #unheard: DrainBatch[] = [];
  #now: Date;
  /** How often the clock was read. */
  #readings = 0;

  private constructor(replays: ReplayScene, now: Date) {
    this.replays = replays;
    this.#now = now;
    replays.recorder.onCommitted = (batch) => {
      if (batch.partition.stream === streams.readings) this.#unheard.push(batch);
    };
    this.#gaps = {
      registry: { current: () => replays.view },
      store: gapStore(replays.database),
      // Goes on, as clocks do: an event is known by what happened and when.
      clock: () => new Date(this.#now.getTime() + this.#readings++),
      emit: () => undefined,
      jointSilence: { share: 1, stations: 1_000, facilities: 2, windowMs: 0, afterMs: 0 },
      graceMinutes: 15,
      upstreamGroup: 'normaliser',
      recorderGroup: 'recorder',
      // However far apart the looks of the test are, the gateway has listened all the time.
      pauseMs: yearMs,
      eventLog: {
        partitions: async () => 1,
        groupPositions: async () => [0],
        identity: async () => replays.recorder.log,
        scan: (stream) => this.#onTheWay(stream),
      },
    };
    this.#judge = judgingAnew(this.#gaps);
  }

  static async create(registry: Registry, now: Date): Promise<FollowedScene> {
    const replays = await ReplayScene.create(registry);
    // The gateway has been listening for long: a silence is the station's.
    await gapStore(replays.database).watch(new Date(now.getTime() - yearMs / 2), yearMs);
    return new FollowedScene(replays, now);
  }

  /** A file through normaliser and recorder; gap detector and assessor have not read it yet. */
  pass(file: StationFile): Promise<void> {
    return this.replays.pass(file);
  }

  /** The gap detector takes all that was recorded, as one batch after the other. */
  async hear(): Promise<void> {
    for (const batch of this.#unheard.splice(0)) await hearArrivals(this.#gaps).commit(batch);
  }

  /** The gap detector judges what is noted, as far as it may. */
  judgeAnew(): Promise<void> {
    return this.#judge();
  }

  async lookForSilentStations(now: Date): Promise<void> {
    this.#now = now;
    await lookForSilentStations(this.#gaps);
  }

  /** The assessor takes all that is due. */
  async assess(): Promise<void> {
    const { view, database } = this.replays;
    const parts = {
      registry: { current: () => view },
      store: assessmentStore(database),
      emit: () => undefined,
    };
    for (;;) {
      const due = await parts.store.due(1_000, 0, 0);
      if (due.length === 0) return;
      for (const day of due) await assessDay(day, parts);
    }
  }

  /** Until nothing is left to do at this time. */
  async settle(now: Date): Promise<void> {
    this.#now = now;
    await this.replays.settle();
    await this.hear();
    await this.judgeAnew();
    await this.lookForSilentStations(now);
    await this.assess();
  }

  close(): Promise<void> {
    return this.replays.close();
  }

  async *#onTheWay(stream: StreamName): AsyncIterable<StoredRecord> {
    if (stream === streams.readings) for (const { records } of this.#unheard) yield* records;
  }
}
