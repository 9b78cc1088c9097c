import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { validateRegistry } from '@envigate/contracts';
import { parse } from 'yaml';
import { simulate } from './simulator.ts';
import type { Door } from './upload-session.ts';

// node main.js --registry FILE --ftp HOST:PORT --sftp HOST:PORT [--rate N] [--count N] [--seed S]
//              [--password TEXT] [--first-instant ISO]
// Prints one line of JSON (SentFile) per acknowledged file; troubles go to standard error.
const { values } = parseArgs({
  options: {
    registry: { type: 'string' },
    ftp: { type: 'string', default: '127.0.0.1:2121' },
    sftp: { type: 'string', default: '127.0.0.1:2222' },
    rate: { type: 'string', default: '2' },
    count: { type: 'string' },
    seed: { type: 'string', default: 'envigate' },
    password: { type: 'string', default: 'demo-{account}' },
    'first-instant': { type: 'string' },
  },
});
if (values.registry === undefined) throw new Error('--registry FILE is needed');

const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort());

await simulate({
  registry: validateRegistry(parse(await readFile(values.registry, 'utf8'))),
  ftp: door(values.ftp),
  sftp: door(values.sftp),
  password: values.password,
  seed: values.seed,
  rate: positive('rate', values.rate),
  ...(values.count !== undefined && { count: positive('count', values.count) }),
  ...(values['first-instant'] !== undefined && {
    firstInstantMs: instant(values['first-instant']),
  }),
  until: stopping.signal,
  onSent: (sent) => console.log(JSON.stringify(sent)),
  onTrouble: (account, error) => console.error(`${account}: ${String(error)}`),
});

function door(text: string): Door {
  const [, host, port] = /^(.+):(\d+)$/.exec(text) ?? [];
  if (host === undefined) throw new Error(`expected HOST:PORT, not '${text}'`);
  return { host, port: Number(port) };
}

function positive(name: string, text: string): number {
  const number = Number(text);
  if (!(number > 0)) throw new Error(`--${name} must be a number above 0, not '${text}'`);
  return number;
}

function instant(text: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms))
    throw new Error(`--first-instant must be an ISO 8601 instant, not '${text}'`);
  return ms;
}
