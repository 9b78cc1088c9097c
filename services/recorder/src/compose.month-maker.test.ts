import { expect, it } from '@jest/globals';
import { silentLogger, type GaugeDefinition } from '@envigate/runtime';
import { monthMaker } from './compose.ts';

it('reports each month that was made, the tables that were busy, and how many are ahead', async () => {
  const emitted: unknown[] = [];
  const gauges: { readonly name: string; readonly value: number }[] = [];
  const component = monthMaker({
    make: async () => ({
      made: [{ partition: 'readings_2026_12', movedRows: 2 }],
      busy: ['receptions'],
    }),
    countAhead: async () => 3,
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
    ['month-made', { partition: 'readings_2026_12', movedRows: 2 }],
    ['months-delayed', { tables: ['receptions'] }],
  ]);
  expect(gauges).toEqual([{ name: 'envigate_record_months_ahead', value: 3 }]);
});
