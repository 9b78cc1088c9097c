import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Database } from '@envigate/postgres';
import { hashPassword, messageOf, silentLogger } from '@envigate/runtime';
import { createFleet, type Fleet } from '../fleet/fleet.ts';
import { settleScene } from '../fleet/settle-scene.ts';
import type { AuditFigures } from '../fleet/verify-fleet.ts';
import { Gateway, serviceNames } from '../gateway.ts';
import { startMinistryStandIn, type MinistryStandIn } from '../ministry-stand-in/index.ts';
import { eventually } from '../processes/eventually.ts';
import { seededRandom } from '../processes/killer.ts';
import type { ManagedProcess } from '../processes/managed-process.ts';
import { kafkaBrokers, targetsOf, type SceneOptions } from '../scene.ts';
import { Loggers } from './loggers.ts';
import { MovableClock } from './movable-clock.ts';
import { killPostmaster } from './postmaster.ts';
import { SmallDisk } from './small-disk.ts';
import { furthestJumpSeconds, planStorm, stormLengthMs, type StormEvent } from './storm-plan.ts';
import { faultsOfScene } from './verify-storm.ts';

export interface StormOptions {
  readonly eventLog: SceneOptions['eventLog'];
  readonly seed: number;
  readonly files: number;
  readonly stations: number;
  /** SIGKILLs of each service, and of the embedded database's postmaster. */
  readonly kills: number;
  /** The mean time between two of them. */
  readonly pauseMs: number;
  readonly fullDisks: number;
  readonly clockJumps: number;
  /** Of the disk with the spool and the database. */
  readonly diskMegabytes: number;
  /** For everything to be sent, recorded and delivered once the storm is over. */
  readonly calmWithinMs: number;
  readonly say: (line: string) => void;
}

export interface StormReport {
  /** How often each kind of thing was done. */
  readonly kills: Readonly<Record<string, number>>;
  readonly fullDisks: number;
  readonly clockJumps: number;
  /** What of it could not be done here, and why. */
  readonly notDone: readonly string[];
  /** Ends of processes that nobody asked for; each was started again, as a supervisor does. */
  readonly endsByThemselves: readonly string[];
  readonly acknowledged: number;
  /** Uploads and log-ins that failed and were tried again. */
  readonly interruptions: number;
  readonly audit: AuditFigures;
  /** Everything that is not as it must be, in words; empty: the storm was survived. */
  readonly faults: readonly string[];
}

const postmaster = 'postmaster';
export const stormVictims: readonly string[] = [...serviceNames, postmaster];
const password = 'storm-password';
const restartAfterMs = 500;

/**
 * A process for each service on an embedded database, loggers that push all the while, and a plan of
 * SIGKILLs, full disks and clock jumps. Afterwards: what is wrong with the record and the ministry's copy.
 */
export async function runStorm(options: StormOptions): Promise<StormReport> {
  const stops: (() => Promise<unknown>)[] = [];
  try {
    return await playStorm(await StormScene.open(options, stops), options);
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

async function playStorm(scene: StormScene, options: StormOptions): Promise<StormReport> {
  const { loggers, notDone } = scene;
  const plan = planStorm({
    ...options,
    victims: stormVictims,
    fullDisks: scene.disk === undefined ? 0 : options.fullDisks,
    clockJumps: scene.clock === undefined ? 0 : options.clockJumps,
    random: seededRandom(options.seed),
  });
  const sending = loggers.sendAll();
  await scene.carryOut(plan);
  options.say('the storm is over; waiting until everything is sent, recorded and delivered');
  const audit = await scene.recover(sending);
  const faults = [...scene.faults, ...(await scene.verify(audit))];
  return {
    ...{ notDone, audit, faults },
    ...scene.done,
    endsByThemselves: scene.endsByThemselves,
    acknowledged: loggers.acknowledged.length,
    interruptions: loggers.interruptions,
  };
}

class StormScene {
  /** What could not be done, or did not come in time. */
  readonly faults: string[] = [];
  readonly notDone: string[] = [];
  readonly endsByThemselves: string[] = [];
  readonly done = { kills: {} as Record<string, number>, fullDisks: 0, clockJumps: 0 };
  readonly disk: SmallDisk | undefined;
  readonly clock: MovableClock | undefined;
  readonly loggers: Loggers;
  readonly #options: StormOptions;
  readonly #dataDir: string;
  readonly #topicPrefix: string;
  readonly #fleet: Fleet;
  readonly #standIn: MinistryStandIn;
  readonly #gateway: Gateway;
  readonly #database: Database;

  private constructor(
    options: StormOptions,
    parts: {
      readonly dataDir: string;
      readonly topicPrefix: string;
      readonly disk: SmallDisk | string;
      readonly clock: MovableClock | string;
      readonly fleet: Fleet;
      readonly standIn: MinistryStandIn;
      readonly gateway: Gateway;
      readonly loggers: Loggers;
      readonly database: Database;
    },
  ) {
    this.#options = options;
    this.#dataDir = parts.dataDir;
    this.#topicPrefix = parts.topicPrefix;
    this.#fleet = parts.fleet;
    this.#standIn = parts.standIn;
    this.#gateway = parts.gateway;
    this.#database = parts.database;
    this.loggers = parts.loggers;
    for (const part of [parts.disk, parts.clock])
      if (typeof part === 'string') this.notDone.push(part);
    this.disk = typeof parts.disk === 'string' ? undefined : parts.disk;
    this.clock = typeof parts.clock === 'string' ? undefined : parts.clock;
  }

  /** `stops` gets what undoes it all, in the order in which it was made. */
  static async open(options: StormOptions, stops: (() => Promise<unknown>)[]): Promise<StormScene> {
    const { eventLog, files, stations } = options;
    const dir = await mkdtemp(join(tmpdir(), 'envigate-storm-'));
    stops.push(() => rm(dir, { recursive: true, force: true }));
    const dataDir = join(dir, 'data');
    const disk = await SmallDisk.mount(dataDir, options.diskMegabytes);
    if (typeof disk !== 'string') stops.push(() => disk.unmount());
    const clock = await MovableClock.make(dir);
    if (typeof clock !== 'string') stops.push(() => clock.clear());
    const standIn = await startMinistryStandIn({ folder: join(dir, 'ministry') });
    stops.push(() => standIn.close());
    const fleet = createFleet({
      ...{ stations, files, targets: targetsOf(standIn) },
      // Older than the clock is ever put back, or lines would be refused as of the future.
      until: new Date(Date.now() - (furthestJumpSeconds + 3_600) * 1_000),
      passwordHash: await hashPassword(password),
    });
    const topicPrefix = `storm-${randomUUID().slice(0, 8)}-`;
    const gateway = await Gateway.create({
      ...{ dataDir, logDir: join(dir, 'logs'), layout: 'process-per-service' },
      env: {
        MINISTRY_SECRET: standIn.access.ftp.password,
        MINISTRY_TOKEN: standIn.access.https.token,
        ENVIGATE_EVENT_LOG_KAFKA_TOPIC_PREFIX: topicPrefix,
        ENVIGATE_EVENT_LOG_RETENTION_HOURS: '720', // every event is counted at the end
        ENVIGATE_FORWARDER_RETRY_MAX_SECONDS: '5',
        ENVIGATE_RECEIVER_SPOOL_MIN_FREE_BYTES: '1000000',
        ...(typeof clock !== 'string' && clock.env),
      },
      ...(eventLog === 'kafka' && { kafkaBrokers: kafkaBrokers() }),
    });
    stops.push(() => gateway.stop());
    await gateway.start();
    await gateway.importRegistry(fleet.registry);
    const url = (await gateway.cliOrThrow('database', '--print-url')).trim();
    const database = new Database({
      ...{ url, poolSize: 2, applicationName: 'storm', logger: silentLogger() },
    });
    stops.push(() => database.close());
    const loggers = new Loggers({
      fleet,
      target: { host: '127.0.0.1', password, ftpPort: gateway.ftpPort, sftpPort: gateway.sftpPort },
      withinMs: stormLengthMs(options),
    });
    stops.push(() => loggers.stop());
    const scene = new StormScene(options, {
      ...{ dataDir, topicPrefix, disk, clock, fleet, standIn, gateway, loggers, database },
    });
    stops.push(scene.#supervise());
    return scene;
  }

  /** Starts again what ends by itself, until the function that it returns is called. */
  #supervise(): () => Promise<void> {
    let stopped = false;
    const stops = this.#processes.map((process) =>
      process.onUnexpectedEnd((reason) => {
        this.endsByThemselves.push(reason);
        setTimeout(() => !stopped && process.start(), restartAfterMs);
      }),
    );
    return async () => {
      stopped = true;
      for (const stop of stops) stop();
    };
  }

  get #processes(): readonly ManagedProcess[] {
    const { processes, database } = this.#gateway;
    return [...processes.values(), ...(database === undefined ? [] : [database])];
  }

  /** Does everything that is planned; what comes to one victim waits for its turn. */
  async carryOut(plan: readonly StormEvent[]): Promise<void> {
    const begunAt = performance.now();
    const queues = new Map<string, Promise<void>>();
    for (const [number, event] of plan.entries()) {
      const dueMs = begunAt + event.atMs - performance.now();
      if (dueMs > 0) await delay(dueMs);
      const queue = event.kind === 'kill' ? event.victim : event.kind;
      const before = queues.get(queue) ?? Promise.resolve();
      queues.set(
        queue,
        before
          .then(() => this.#act(event))
          .catch((error: unknown) => {
            this.faults.push(`${event.kind} of ${queue} failed: ${messageOf(error)}`);
          }),
      );
      if ((number + 1) % Math.ceil(plan.length / 10) === 0) this.#sayHowFar(number + 1, plan);
    }
    await Promise.all(queues.values());
  }

  #sayHowFar(number: number, plan: readonly StormEvent[]): void {
    const { acknowledged, interruptions } = this.loggers;
    this.#options.say(
      `${number} of ${plan.length} events; ${acknowledged.length} files acknowledged, ` +
        `${interruptions} failed attempts; the ministry has ${this.#standIn.entries.length}`,
    );
  }

  async #act(event: StormEvent): Promise<void> {
    switch (event.kind) {
      case 'kill':
        await this.#kill(event.victim);
        this.done.kills[event.victim] = (this.done.kills[event.victim] ?? 0) + 1;
        return;
      case 'fill-disk':
        await this.disk?.fill();
        await delay(event.forMs);
        await this.disk?.free();
        this.done.fullDisks += 1;
        return;
      case 'jump-clock':
        await this.clock?.set(event.offsetSeconds);
        this.done.clockJumps += 1;
        return;
    }
  }

  async #kill(victim: string): Promise<void> {
    if (victim === postmaster) return killPostmaster(this.#dataDir);
    const service = this.#gateway.processes.get(victim);
    if (service === undefined) throw new Error(`no service '${victim}'`);
    service.start(); // where it has just ended by itself
    await service.kill();
    service.start();
  }

  /** Puts disk and clock right; resolves with the audit once everything is sent, recorded and delivered. */
  async recover(sending: Promise<void>): Promise<AuditFigures> {
    const { calmWithinMs } = this.#options;
    await this.disk?.free();
    await this.clock?.set(0);
    await eventually(() => this.#gateway.ready(), { timeoutMs: calmWithinMs, everyMs: 1_000 });
    const isSent = await Promise.race([
      sending.then(() => true),
      delay(calmWithinMs, false, { ref: false }),
    ]);
    if (!isSent) this.faults.push(`not everything was acknowledged ${calmWithinMs / 1000} s later`);
    const scene = { gateway: this.#gateway, database: this.#database };
    try {
      return await settleScene(scene, calmWithinMs);
    } catch (error) {
      this.faults.push(`it did not settle: ${messageOf(error)}`);
      return JSON.parse((await this.#gateway.cli('audit', '--json')).stdout) as AuditFigures;
    }
  }

  verify(audit: AuditFigures): Promise<readonly string[]> {
    return faultsOfScene({
      ...{ fleet: this.#fleet, gateway: this.#gateway, database: this.#database, audit },
      ...{ eventLog: this.#options.eventLog, topicPrefix: this.#topicPrefix },
      acknowledged: this.loggers.acknowledged,
      journal: this.#standIn.entries,
    });
  }
}
