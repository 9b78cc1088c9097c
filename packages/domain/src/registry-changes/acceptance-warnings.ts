import type { Station } from '@envigate/contracts';
import { enabledTargets } from '../deliveries/enabled-targets.ts';
import type { RegistryView } from '../registry/registry-view.ts';

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
        en: 'The station has no target: its files are stored and not forwarded. Files stored before it has one are not forwarded later.',
        vi: 'Trạm chưa khai báo máy chủ nhận: tệp được lưu nhưng không truyền về Bộ. Tệp lưu trước khi khai báo sẽ không truyền bổ sung.',
      },
    ];
  }
  const named = targets.join(', ');
  return [
    {
      code: 'no-enabled-target',
      en: `Every target of the station is disabled (${named}): its files are stored and not forwarded. Files stored in that time are not forwarded after one is enabled again.`,
      vi: `Các máy chủ nhận của trạm đều đang tắt (${named}): tệp được lưu nhưng không truyền về Bộ. Tệp lưu trong thời gian này sẽ không truyền bổ sung sau khi bật lại.`,
    },
  ];
}
