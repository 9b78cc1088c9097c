/**
 * Canonical unit ← other spellings seen in files and exports. Spellings of one row mean the same;
 * rows are never merged, even where a factor of 1 lies between them (µg/m3, µg/Nm3).
 */
const spellings: Readonly<Record<string, readonly string[]>> = {
  'mg/L': ['mg/l'],
  'µg/L': ['ug/L'],
  'mg/m3': [],
  'mg/Nm3': [],
  'µg/m3': ['ug/m3'],
  'µg/Nm3': ['ug/Nm3'],
  'ng/m3': [],
  ppm: [],
  ppb: [],
  '°C': ['oC', 'C', 'ºC', 'degC'],
  '%': ['%V', '%vol'],
  'm3/h': ['m³/h'],
  'Nm3/h': ['Nm³/h'],
  'm/s': [],
  m: [],
  kPa: [],
  hPa: ['mbar'],
  mV: [],
  'mS/cm': [],
  'µS/cm': ['uS/cm'],
  'W/m2': ['w/m2'],
  deg: ['Degree', 'Degrees', '°'],
  FNU: [],
  NTU: [],
  'Pt-Co': ['PtCo', 'Pt/Co'],
  'MPN/100mL': ['MPN/100ml'],
  '‰': ['ppt'],
};

// Most units are written as they stand here, and found without folding.
const canonicalByText = new Map<string, string>([
  ['', ''],
  ['-', ''],
]);
const canonicalByKey = new Map<string, string>();
for (const [canonical, others] of Object.entries(spellings)) {
  for (const spelling of [canonical, ...others]) {
    canonicalByText.set(spelling, canonical);
    canonicalByKey.set(keyOf(spelling), canonical);
  }
}

function keyOf(unit: string): string {
  // NFKC makes one letter of the two µ (U+00B5, U+03BC) and a plain 3 of the raised one.
  return unit.normalize('NFKC').replace(/\s+/g, '').toLowerCase();
}

/** The canonical spelling of a unit; '' for none and for '-'; undefined for one that is not known. */
export function canonicalUnit(text: string): string | undefined {
  return canonicalByText.get(text) ?? canonicalByKey.get(keyOf(text));
}
