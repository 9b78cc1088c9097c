/** The program of a ChildInstance: opens an instance of the log and works until asked to stop. */
import {
  FencedError,
  type DrainBatch,
  type DrainSink,
  type EventLog,
  type Running,
} from '../port.ts';
import type { ChildTask, ChildWork, FromChild, ToChild } from './child-instance.ts';
import { copying, numberedRecord } from './records.ts';

interface Order {
  readonly module: string;
  readonly namespace: string;
  readonly task: ChildTask;
}

const { module, namespace, task } = JSON.parse(process.env['CHILD_TASK'] ?? '{}') as Order;
const calls = new Map<number, (answer: ToChild & { type: 'sink-answer' }) => void>();
let stopAsked: () => void = () => undefined;
const stop = new Promise<void>((resolve) => (stopAsked = resolve));

function report(message: FromChild): void {
  process.send?.(message);
}

process.on('message', (message: ToChild) => {
  if (message.type === 'stop') stopAsked();
  else calls.get(message.call)?.(message);
});

try {
  const { openEventLog } = (await import(module)) as {
    openEventLog(namespace: string): Promise<EventLog>;
  };
  const log = await openEventLog(namespace);
  const running = await start(log);
  report({ type: 'ready' });
  if (task.feed !== undefined) await feed(log, task.feed);
  await Promise.race([stop, ...running.map(({ failed }) => failed)]);
  for (const work of running) await work.stop();
  await log.close();
  process.disconnect();
} catch (error) {
  report({ type: 'failed', message: error instanceof Error ? (error.stack ?? '') : String(error) });
  process.exitCode = 1;
  process.disconnect();
}

async function start(log: EventLog): Promise<Running[]> {
  const running: Running[] = [];
  const { pipe, drain } = task;
  if (pipe !== undefined) {
    const pauseWhenDue = pauser(pipe);
    running.push(
      await log.pipe({
        ...pipe,
        ...copying,
        transform(records) {
          pauseWhenDue();
          return copying.transform(records);
        },
      }),
    );
  }
  if (drain !== undefined) {
    running.push(await log.drain({ ...drain, sink: parentsSink(pauser(drain)) }));
  }
  return running;
}

/** Appends again and again until all is fed; each position is reported, so that it can be killed in between. */
async function feed(log: EventLog, { name, total, atOnce }: NonNullable<ChildTask['feed']>) {
  const feed = await log.openFeed(name);
  for (let { position } = feed; position < total; position += atOnce) {
    const records = Array.from({ length: atOnce }, (_, index) => numberedRecord(position + index));
    await feed.append(records, position + atOnce);
  }
  report({ type: 'done' });
}

function pauser({ pauseInBatch }: ChildWork): () => void {
  let batch = 0;
  return () => {
    batch += 1;
    if (batch !== pauseInBatch) return;
    report({ type: 'pausing' });
    process.kill(process.pid, 'SIGSTOP');
  };
}

function parentsSink(pauseWhenDue: () => void): DrainSink {
  let lastCall = 0;
  const call = (method: keyof DrainSink, ...args: unknown[]): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const number = ++lastCall;
      calls.set(number, ({ value, error }) => {
        calls.delete(number);
        if (error === undefined) resolve(value);
        else if (error.fenced) reject(new FencedError(error.message));
        else reject(Object.assign(new Error(error.message), { retryable: error.retryable }));
      });
      report({ type: 'sink-call', call: number, method, args: args as never[] });
    });
  return {
    position: async (partition) => (await call('position', partition)) as number | undefined,
    async commit(batch: DrainBatch) {
      pauseWhenDue();
      await call('commit', batch);
    },
    async reject(batch: DrainBatch, error) {
      await call('reject', batch, String(error));
    },
  };
}
