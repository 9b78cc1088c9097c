/** Of ASCII, by their codes. */
const names = [
  ...['NUL', 'SOH', 'STX', 'ETX', 'EOT', 'ENQ', 'ACK', 'BEL', 'BS', 'TAB', 'LF', 'VT', 'FF', 'CR'],
  ...[
    'SO',
    'SI',
    'DLE',
    'DC1',
    'DC2',
    'DC3',
    'DC4',
    'NAK',
    'SYN',
    'ETB',
    'CAN',
    'EM',
    'SUB',
    'ESC',
  ],
  ...['FS', 'GS', 'RS', 'US'],
] as const;

const TAB = 0x09;
const DEL = 0x7f;

/** A control character of ASCII other than TAB, which parts cells. */
export function isControl(code: number): boolean {
  return (code < names.length && code !== TAB) || code === DEL;
}

/** STX, SUB, …: for people. */
export function controlName(code: number): string {
  return code === DEL ? 'DEL' : (names[code] ?? `U+${code.toString(16).padStart(4, '0')}`);
}
