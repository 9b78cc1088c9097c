import {
  cellOf,
  modes,
  operations,
  tlsVersions,
  type Client,
  type Mode,
  type Operation,
} from './client.ts';

/** What a client was seen to do in the run that the page is made from. */
export interface Seen {
  readonly about: string;
  readonly client: string;
  readonly column: string;
  readonly seen: string;
}

export interface Run {
  /** Client → version. */
  readonly versions: ReadonlyMap<string, string>;
  readonly notes: readonly Seen[];
}

const modeTitles: Readonly<Record<Mode, string>> = {
  plain: 'Plain FTP',
  explicit: 'FTP with explicit TLS (AUTH TLS, data protected)',
  implicit: 'FTP with implicit TLS (TLS from the first byte)',
  sftp: 'SFTP',
};

const meanings: Readonly<Record<Operation, string>> = {
  upload: 'sends a file to its final name',
  active: 'the same in active mode (PORT, EPRT): the server connects to the client',
  text: 'the same in text mode (TYPE A, `storlines`): line ends arrive as CR LF, as the client sent them',
  folders:
    'makes `2026`, `Thang 01` and `31` one in the other, step by step, and sends the file there',
  path: 'the same by its own way to make a whole path (`mkdir -p`, `--ftp-create-dirs`, `-r`)',
  rename: 'sends to a temporary name and renames; received once, under the final name',
  resume: 'half of the file is there from a connection that was lost; the client sends the rest',
  abort: 'the client is killed in the middle: nothing is received; it sends again: received whole',
  list: 'lists the file with its size, and an empty folder without an error',
};

/**
 * The part of the page that follows from the table of cells alone. A test compares it with the page
 * as committed, and other tests run every ✓ of it.
 */
export function matrixSection(clients: readonly Client[]): string {
  const legend = operations.map((operation) => `- **${operation}**: ${meanings[operation]}`);
  const tables = modes.map((mode) => {
    const speakers = clients.filter((client) => client.modes[mode] === true);
    const rows = speakers.map((client) => [
      client.name,
      ...operations.map((operation) => {
        const cell = cellOf(client, mode, operation);
        return cell.kind === 'works' ? '✓' : cell.reason;
      }),
    ]);
    return `### ${modeTitles[mode]}\n\n${table(['', ...operations], rows)}`;
  });
  const silent = clients
    .filter(({ otherModes }) => otherModes !== '')
    .map(({ name, otherModes }) => `- ${name} ${otherModes}.`);
  return [
    legend.join('\n'),
    ...tables,
    `Not in a table, because the client cannot:\n\n${silent.join('\n')}`,
  ].join('\n\n');
}

/** The whole page. */
export function matrixPage(clients: readonly Client[], run: Run): string {
  const versions = clients.map(({ name }) => [name, run.versions.get(name) ?? 'not installed']);
  const wholeUploads = run.notes.filter(({ about }) => about === 'whole uploads');
  return `# Interoperability

Made by \`make interoperability\` from a run in which every cell passed; do not edit.

Real client programs against the real receiver. Each ✓ is a test in \`test/interoperability\`: the
program runs, and what arrives on the event log is compared with what was sent, byte by byte, with
folder, name and protocol, and nothing else may have arrived. A cell with words is something the
client cannot do.

${matrixSection(clients)}

## Many whole uploads over TLS

Files of 60 bytes, 300 kB and 900 kB, each 20 times over one session with explicit TLS, where the receiver
speaks only the version named. Most clients close a data connection without reading what is left in it.

${wholeUploadsTable(clients, wholeUploads)}

## The run

${table(['Client', 'Version'], versions)}

## Programs that do not run here

Their commands, one by one, against the same doors (\`test/interoperability/habits-*.int.test.ts\`):
FileZilla (CWD and MKD per folder, MLSD, MFMT), WinSCP (\`.filepart\`, delete, rename, resume),
senders in the manner of EnviSoft (SYST, NLST, SIZE), loggers on ftplib (MKD without asking, four
CDUP), on Node (stat before mkdir), on JSch and asyncssh (all writes at once), GPRS modems (APPE in
parts), and \`ftp.exe\` of Windows, which knows active mode only.

## What clients do

As seen in the run; other versions may differ.

${notesSection(inOrder(clients, run.notes))}
`;
}

function wholeUploadsTable(clients: readonly Client[], notes: readonly Seen[]): string {
  const speakers = clients.filter(({ modes }) => modes.explicit === true);
  const rows = speakers.map(({ name, repeat }) => [
    name,
    ...tlsVersions.map((version) => {
      if ('cannot' in repeat) return repeat.cannot;
      const seen = notes.find(({ client, column }) => client === name && column === version);
      return seen?.seen ?? 'not run';
    }),
  ]);
  return table(['', ...tlsVersions.map((version) => `TLS ${version}`)], rows);
}

/** As the clients and their errands are listed; they were noted as they came. */
function inOrder(clients: readonly Client[], notes: readonly Seen[]): readonly Seen[] {
  const names = clients.map(({ name }) => name);
  const columns: readonly string[] = [...operations, ...modes];
  const placeOf = ({ client, column }: Seen): number =>
    names.indexOf(client) * columns.length + columns.indexOf(column);
  return [...notes].sort((a, b) => placeOf(a) - placeOf(b));
}

function notesSection(notes: readonly Seen[]): string {
  const about = (subject: string): readonly Seen[] =>
    notes.filter((note) => note.about === subject);
  return [
    `**What they say** after the login, on plain FTP:\n\n${table(
      ['Client', 'Errand', 'Commands'],
      about('says').map(({ client, column, seen }) => [client, column, `\`${seen}\``]),
    )}`,
    `**Behind NAT**, where the address that the server names in PASV is not the one that clients are
connected to. EPSV names none. Those that go where PASV says need \`receiver.ftp.publicAddress\`:\n\n${table(
      ['Client', ''],
      about('passive address').map(({ client, seen }) => [client, seen]),
    )}`,
    `**Where \`receiver.ftp.tls.requireSessionReuse\` is on**, an upload:\n\n${table(
      ['Client', 'Mode', ''],
      about('session reuse').map(({ client, column, seen }) => [client, column, seen]),
    )}`,
    `**close_notify**: a TLS upload whose data connection ends without it is not taken. Every client
above with a ✓ under TLS sends it.`,
    `**\`scp -O\`** (the protocol before SFTP), a command or a shell is refused at once, in words and with exit
status 1; \`scp\` of OpenSSH 9 speaks SFTP.`,
  ].join('\n\n');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows];
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
