import { commandTable } from '../../session.ts';

/** What a client does to a session, in order. */
export type Step =
  /** Bytes on the control connection, in one segment. */
  | { readonly kind: 'control'; readonly bytes: Buffer }
  /** Something on the data connection. */
  | { readonly kind: 'data'; readonly act: DataAct; readonly bytes: Buffer }
  /** Turns of the event loop, for the server to do what it was asked. */
  | { readonly kind: 'turns'; readonly count: number }
  /** Longer than the server looks out for the loss of the control connection. */
  | { readonly kind: 'rest' };

const dataActs = ['connect', 'connect', 'stranger', 'send', 'send', 'end', 'reset'] as const;
export type DataAct = (typeof dataActs)[number];

export type Random = () => number;

const verbs = [...commandTable.keys()];
const names = [
  'a.txt',
  '/a/b/c.txt',
  '../../etc/passwd',
  '/../..//x',
  'a\0b',
  'Nam 2026/thang 01',
  'pH_Nhiệtđộ.txt',
  '"quoted"',
  'x.tmp',
  '.',
  '..',
  '/',
  '',
  ' ',
  '-la',
  '*.txt',
  '[a-',
  'a\rb',
  `${'long'.repeat(100)}.txt`,
  '/deep'.repeat(300),
  '\u202etxt.exe',
  '%s%n',
];
const values = [
  ...['0', '1', '-1', '99999999999999999999', '1e9', 'NaN', 'I', 'A', 'A N', 'L 8', 'E', 'P', 'C'],
  ...['TLS', 'SSL', 'ALL', '1', '2', 'UTF8 ON', 'MLST size;type;', 'MLST ;;;', '20260131120000 a'],
  ...['127,0,0,1,4,1', '10,0,0,1,0,21', '|1|127.0.0.1|2000|', '|2|::1|2000|', '|1|||', 'S', 'F'],
];
/** What uploads are made of; in the right order now and then, or chance would make few. */
const conversations = [
  ['EPSV', 'STOR a.txt'],
  ['PASV', 'APPE a.txt'],
  ['EPSV', 'REST 2', 'STOR a.txt', 'ABOR'],
  ['EPSV', 'MLSD'],
  ['PASV', 'LIST -la', 'ABOR', 'STAT'],
  ['MKD d', 'CWD d', 'EPSV', 'STOR x.tmp', 'RNFR x.tmp', 'RNTO x.txt', 'CDUP', 'RMD d'],
  ['EPSV', 'NLST', 'SIZE a.txt', 'MDTM a.txt', 'DELE a.txt'],
];
const telnet = [
  [0xff, 0xf4],
  [0xff, 0xf2],
  [0xff, 0xf4, 0xff, 0xf2],
  [0xff, 0xff],
  [0xff, 0xfb, 0x01],
  [0xff, 0xfe, 0x22],
  [0xff, 0xfa, 0x01, 0xff, 0xf0],
  [0xff],
];
const lineEnds = ['\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r', '\r\r\n', '', '\0\n'];

/** One client: grammar where it leads deeper, mutations of it, and bytes of no sense. */
export function generateScript(random: Random): readonly Step[] {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const isLoggedIn = random() < 0.75;
  const lines: Buffer[] = [];
  if (isLoggedIn) lines.push(Buffer.from('USER station\r\n'), Buffer.from('PASS secret\r\n'));
  else if (random() < 0.2) lines.push(Buffer.from('AUTH TLS\r\n'), noise(random));
  else if (random() < 0.1) lines.push(Buffer.from('USER station\r\n'), Buffer.from('PASS no\r\n'));
  const count = 1 + Math.floor(random() * 8);
  while (lines.length < count) {
    const chance = random();
    if (isLoggedIn && chance < 0.35)
      lines.push(...pick(conversations).map((line) => Buffer.from(`${line}\r\n`)));
    else if (chance < 0.75) lines.push(Buffer.from(command(pick, random) + pick(lineEnds)));
    else if (chance < 0.95)
      lines.push(mutate(Buffer.from(`${command(pick, random)}\r\n`), pick, random));
    else lines.push(noise(random));
  }
  const steps = isLoggedIn
    ? [control(Buffer.concat(lines.splice(0, 2))), turns(3)]
    : ([] as Step[]);
  for (const line of lines) {
    steps.push(...segments(line, random).map(control));
    if (random() < 0.7) steps.push(turns(1 + Math.floor(random() * 4)));
    if (/^(STOR|APPE)/.test(line.toString('latin1')) && random() < 0.4) {
      const bytes = Buffer.from('pH\t7.1\r\n');
      const acts = ['connect', 'send', 'end'] as const;
      steps.push(...acts.map((act) => ({ kind: 'data', act, bytes }) as const), { kind: 'rest' });
    }
    while (random() < 0.5) {
      const bytes = Buffer.from('pH\t7.1\r\n'.repeat(Math.floor(random() * 40)));
      steps.push({ kind: 'data', act: pick(dataActs), bytes });
      if (random() < 0.3) steps.push(turns(1));
    }
  }
  return steps;
}

function command(pick: <T>(items: readonly T[]) => T, random: Random): string {
  const verb = pick(verbs);
  const chance = random();
  if (chance < 0.15) return verb;
  const argument = chance < 0.6 ? pick(names) : pick(values);
  return `${random() < 0.2 ? verb.toLowerCase() : verb} ${argument}`;
}

function mutate(line: Buffer, pick: <T>(items: readonly T[]) => T, random: Random): Buffer {
  const at = Math.floor(random() * line.length);
  const [before, after] = [line.subarray(0, at), line.subarray(at)];
  const chance = random();
  if (chance < 0.25) return Buffer.concat([before, Buffer.from(pick(telnet)), after]);
  if (chance < 0.4) return Buffer.concat([before, noise(random), after]);
  if (chance < 0.5) return Buffer.concat([before, Buffer.alloc(6000, 0x41), after]);
  if (chance < 0.65) return Buffer.concat([line, line]);
  if (chance < 0.8) return before;
  const flipped = Buffer.from(line);
  flipped[at] = Math.floor(random() * 256);
  return flipped;
}

function noise(random: Random): Buffer {
  return Buffer.from(Array.from({ length: Math.floor(random() * 40) }, () => random() * 256));
}

function segments(bytes: Buffer, random: Random): readonly Buffer[] {
  if (random() < 0.6 || bytes.length < 2) return [bytes];
  const at = 1 + Math.floor(random() * (bytes.length - 1));
  return [bytes.subarray(0, at), ...segments(bytes.subarray(at), random)];
}

function control(bytes: Buffer): Step {
  return { kind: 'control', bytes };
}

function turns(count: number): Step {
  return { kind: 'turns', count };
}
