import { event } from '@envigate/runtime';

export const events = {
  'topic-setting-changed': event<{ topic: string; setting: string; from: string; to: string }>({
    level: 'info',
    message: 'a topic had another setting than the configuration wants; it was changed',
  }),
  'topic-setting-differs': event<{
    topic: string;
    setting: string;
    found: string;
    wanted: string;
    error: string;
  }>({
    level: 'warn',
    message:
      'a topic has another setting than the configuration wants, and may not be changed from here; ' +
      'change it with kafka-configs, or grant AlterConfigs on the topic',
  }),
} as const;
