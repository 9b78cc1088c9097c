import type { ClosedReason } from '@envigate/domain';
import { event, type Emit, type Gauges } from '@envigate/runtime';

/** Why a login was refused: for the log, never for the client. */
export type RefusalReason =
  | ClosedReason
  | 'unknown-account'
  | 'no-password'
  | 'wrong-password'
  | 'unknown-key'
  /** The address was banned while it was connected. */
  | 'banned';

export const events = {
  'login-slowed': event<{ user: string; protocol: string; peer: string; delayMs: number }>({
    level: 'debug',
    audit: true,
    message: 'login waits: its user name is being guessed at from many addresses',
    counters: [
      {
        name: 'envigate_logins_slowed_total',
        help: 'Logins that had to wait because their user name was being guessed at.',
        labels: ['protocol'],
      },
    ],
  }),
  'peer-banned': event<{ peer: string; sender: string; ban: number; seconds: number }>({
    level: 'warn',
    audit: true,
    message: 'too many failed logins: the sender is banned',
    counters: [{ name: 'envigate_bans_total', help: 'Bans of senders.' }],
  }),
  'peer-crowded': event<{ peer: string; sender: string }>({
    level: 'warn',
    audit: true,
    message: 'the sender has as many connections as one address may have; more are refused',
  }),
  // At debug: who floods the door must not fill the log. The ban and the crowd were logged before.
  'peer-refused': event<{
    peer: string;
    protocol: string;
    reason: 'banned' | 'too-many-connections';
  }>({
    level: 'debug',
    audit: true,
    message: 'connection refused',
    counters: [
      {
        name: 'envigate_peers_refused_total',
        help: 'Connections refused because of their address.',
        labels: ['protocol', 'reason'],
      },
    ],
  }),
} as const;

export type GuardEmit = Emit<typeof events>;

export const gauges = {
  bannedSenders: {
    name: 'envigate_banned_senders',
    help: 'Addresses (of IPv6: /64 networks) that are banned now.',
  },
} as const satisfies Gauges;
