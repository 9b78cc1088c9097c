import { expect, it } from '@jest/globals';
import { silentLogger, type GaugeDefinition } from '@envigate/runtime';
import { retention } from './compose.ts';

it('reports what is due for an archive, and what was removed as configured', async () => {
  const emitted: unknown[] = [];
  const gauges: { readonly name: string; readonly value: number }[] = [];
  const component = retention({
    due: async () => [{ name: '2026-03' }, { name: '2026-04' }],
    removeHistory: async () => [{ partition: 'reading_assessment_history_2026_03', rows: 7 }],
    emit: (name, payload) => emitted.push([name, payload]),
    telemetry: {
      gauge: ({ name }: GaugeDefinition, read) =>
        void Promise.resolve(read()).then((value) => gauges.push({ name, value })),
    },
    logger: silentLogger(),
  });
  const { stop } = await component.start();
  await stop();
  expect(emitted).toEqual([
    ['archive-due', { months: ['2026-03', '2026-04'] }],
    ['assessment-history-removed', { partition: 'reading_assessment_history_2026_03', rows: 7 }],
  ]);
  expect(gauges).toEqual([{ name: 'envigate_record_months_due_for_archive', value: 2 }]);
});
