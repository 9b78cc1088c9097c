import type { Station } from '@envigate/contracts';
import { enabledTargets } from '../deliveries/enabled-targets.ts';
import type { RegistryView } from './registry-view.ts';

/** What a person should know of a station that was accepted, in both languages. */
export interface AcceptanceWarning {
  readonly code: 'no-target' | 'no-enabled-target';
  readonly en: string;
  readonly vi: string;
}

/** Whether its files will go anywhere. */
export function acceptanceWarnings(
  station: Station,
  registry: Pick<RegistryView, 'targets'>,
): readonly AcceptanceWarning[] {
  if (enabledTargets(station, registry).length > 0) return [];
  const targets = station.targets ?? [];
  if (targets.length === 0) {
    return [
      {
        code: 'no-target',
        en: 'The station has no target: its files are stored and not forwarded. What is stored until it has one is not forwarded later.',
        vi: 'Trạm chưa có nơi nhận: tệp được lưu nhưng không được chuyển tiếp. Tệp lưu trước khi có nơi nhận sẽ không được chuyển tiếp về sau.',
      },
    ];
  }
  const named = targets.join(', ');
  return [
    {
      code: 'no-enabled-target',
      en: `Every target of the station is disabled (${named}): its files are stored and not forwarded. What is stored until one is enabled is not forwarded later.`,
      vi: `Mọi nơi nhận của trạm đều đang tắt (${named}): tệp được lưu nhưng không được chuyển tiếp. Tệp lưu trước khi bật lại sẽ không được chuyển tiếp về sau.`,
    },
  ];
}
