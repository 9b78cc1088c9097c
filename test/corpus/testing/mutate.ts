const reporting = [
  '\t',
  '\n',
  '\r',
  '\r\n',
  ' ',
  '  ',
  ';',
  ',',
  '-',
  '"',
  '\0',
  '\uFEFF',
  '#',
  '00',
];
const bytesOfNothing = [0x00, 0x09, 0x0a, 0x0d, 0x20, 0x22, 0x80, 0xc3, 0xe1, 0xff, 0xfe];
const maxChanges = 6;

/** One to six changes anywhere in the bytes; `other` is what strange lines are taken from. */
export function mutate(content: Buffer, other: Buffer, random: () => number): Buffer {
  let bytes = content;
  const changes = 1 + below(maxChanges, random);
  for (let i = 0; i < changes; i++) bytes = change(bytes, other, random);
  return bytes;
}

function change(bytes: Buffer, other: Buffer, random: () => number): Buffer {
  const at = below(bytes.length + 1, random);
  const before = bytes.subarray(0, at);
  const after = bytes.subarray(at);
  switch (below(8, random)) {
    case 0: // cut off
      return before;
    case 1: // a piece is missing
      return Buffer.concat([before, after.subarray(below(30, random))]);
    case 2: // a byte is another
      return Buffer.concat([before, Buffer.from([below(256, random)]), after.subarray(1)]);
    case 3: // something that means something
      return Buffer.concat([before, Buffer.from(pick(reporting, random)), after]);
    case 4: // something that is no text
      return Buffer.concat([before, Buffer.from([pick(bytesOfNothing, random)]), after]);
    case 5: // a piece is there twice
      return Buffer.concat([before, bytes.subarray(below(at + 1, random), at), after]);
    case 6: // lines of another file
      return Buffer.concat([before, other.subarray(below(other.length + 1, random)), after]);
    default: // the logger wrote a digit as a letter
      return Buffer.from(
        bytes.toString('latin1').replace(/\d/, pick(['O', 'l', ',', '.', '<'], random)),
        'latin1',
      );
  }
}

function below(end: number, random: () => number): number {
  return Math.floor(random() * end);
}

function pick<T>(items: readonly T[], random: () => number): T {
  return items[below(items.length, random)]!;
}
