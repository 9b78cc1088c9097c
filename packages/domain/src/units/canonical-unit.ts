/**
 * Canonical unit ← other spellings seen in files and exports. Spellings of one row mean the same;
 * rows are never merged, even where a factor of 1 lies between them (µg/m3, µg/Nm3).
 */
const spellings: Readonly<Record<string, readonly string[]>> = {
  'g/L': [],
  'mg/L': ['mg/l'],
  'µg/L': ['ug/L', 'mcg/L'],
  'ng/L': [],
  'g/m3': [],
  'mg/m3': [],
  'µg/m3': ['ug/m3', 'mcg/m3'],
  'ng/m3': [],
  'g/Nm3': [],
  'mg/Nm3': [],
  'µg/Nm3': ['ug/Nm3', 'mcg/Nm3'],
  'ng/Nm3': [],
  // Of pH alone, which has no unit: see resolveUnit.
  pH: ['pH unit', 'pH units'],
  ppm: [],
  ppb: [],
  '°C': ['oC', 'C', 'ºC', 'degC', 'Celsius', 'deg. C'],
  K: ['°K', 'Kelvin'],
  '°F': ['oF', 'F', 'degF', 'Fahrenheit'],
  '%': ['%V', '%vol', '%RH', 'percent'],
  'm3/h': ['m³/h', 'm3/hr', 'm3/giờ'],
  'm3/s': [],
  'm3/min': ['m3/phút'],
  'm3/day': ['m3/d', 'm3/24h', 'm3/ngày'],
  'L/s': ['l/s'],
  'L/min': ['l/min'],
  'L/h': ['l/h'],
  'Nm3/h': ['Nm³/h', 'Nm3/hr'],
  'Nm3/s': [],
  'Nm3/min': [],
  'm/s': ['ms-1', 'm/sec', 'meters/second'],
  'cm/s': [],
  'km/h': [],
  m: ['meters', 'metres'],
  cm: [],
  mm: [],
  Pa: [],
  hPa: ['mbar', 'mb', 'millibar', 'millibars'],
  kPa: ['Kilopascals'],
  bar: [],
  mV: [],
  V: ['Volt', 'Volts'],
  'µS/cm': ['uS/cm'],
  'mS/cm': [],
  'S/m': [],
  'W/m2': ['w/m2', 'Wm-2'],
  'kW/m2': [],
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
// What loggers write where a value has no unit.
const canonicalByKey = new Map<string, string>(
  ['unitless', 'none', 'n/a'].map((text) => [keyOf(text), '']),
);
for (const [canonical, others] of Object.entries(spellings)) {
  for (const spelling of [canonical, ...others]) {
    canonicalByText.set(spelling, canonical);
    canonicalByKey.set(keyOf(spelling), canonical);
  }
}

function keyOf(unit: string): string {
  // NFKC makes one letter of the two µ (U+00B5, U+03BC) and a plain 3 of the raised one; `m^3` is another way.
  return unit
    .normalize('NFKC')
    .replace(/[\s^]+/g, '')
    .toLowerCase();
}

/** The canonical spelling of a unit; '' for none and for '-'; undefined for one that is not known. */
export function canonicalUnit(text: string): string | undefined {
  return canonicalByText.get(text) ?? canonicalByKey.get(keyOf(text));
}
