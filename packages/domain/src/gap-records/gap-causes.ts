import type { BilingualText } from '@envigate/contracts';
import { stopReasons } from '../stops/planned-stops.ts';

const { 'power-cut': powerCut, ...reasonsToStop } = stopReasons;

/** Why data were missing, by the list that a facility chooses from. What is planned has the codes of planned stops. */
export const facilityCauses = {
  'power-cut': powerCut,
  connection: { vi: 'mất đường truyền Internet', en: 'Internet connection lost' },
  logger: { vi: 'sự cố datalogger', en: 'fault of the data logger' },
  device: { vi: 'sự cố thiết bị đo', en: 'fault of a measuring device' },
  ...reasonsToStop,
} as const satisfies Readonly<Record<string, BilingualText>>;
export type FacilityCause = keyof typeof facilityCauses;
export const facilityCauseCodes = Object.keys(facilityCauses) as readonly FacilityCause[];

/** The same, and what only the office can know. */
export const gapCauses = {
  ...facilityCauses,
  'own-system': {
    vi: 'sự cố hệ thống tiếp nhận của Sở',
    en: "fault of the office's own receiving system",
  },
  unknown: { vi: 'chưa xác định', en: 'not known yet' },
} as const satisfies Readonly<Record<string, BilingualText>>;
export type GapCause = keyof typeof gapCauses;
export const gapCauseCodes = Object.keys(gapCauses) as readonly GapCause[];
