import type { DailyQuota } from '@envigate/domain';
import { event, type Emit } from '@envigate/runtime';

export const events = {
  'quota-reached': event<{ user: string; quota: DailyQuota; files: number; bytes: number }>({
    level: 'warn',
    audit: true,
    message: 'the account has used up its day; its uploads are put off until midnight (+07:00)',
    counters: [
      {
        name: 'envigate_quotas_reached_total',
        help: 'Daily quotas used up, once a day each.',
        labels: ['quota'],
      },
    ],
  }),
  'quota-usage-unreadable': event<{ path: string; error: string }>({
    level: 'warn',
    message: 'what accounts have used today could not be read; counting what the spool still has',
  }),
  'quota-usage-not-kept': event<{ path: string; error: string }>({
    level: 'warn',
    message: 'what accounts have used today could not be written down; trying again',
  }),
} as const;

export type AccountsEmit = Emit<typeof events>;
