/**
 * The reader of the present provincial software, as far as it is known, of one station: it skips
 * names at or below the last one it read, takes the time of all lines from the last one, and writes
 * what it read of a time over what it had of it.
 */
export class LastLineReader {
  #lastName = '';
  /** By time, then symbol. */
  readonly kept = new Map<string, ReadonlyMap<string, string>>();
  readonly passedOver: string[] = [];

  read(name: string, text: string): void {
    if (name <= this.#lastName) {
      this.passedOver.push(name);
      return;
    }
    this.#lastName = name;
    const rows = text
      .split(/\r?\n/)
      .filter((line) => line !== '')
      .map((line) => line.split('\t'));
    const time = rows.at(-1)?.[3] ?? '';
    this.kept.set(time, new Map(rows.map(([symbol = '', value = '']) => [symbol, value])));
  }
}
