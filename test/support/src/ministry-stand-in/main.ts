import { parseArgs } from 'node:util';
import { startMinistryStandIn } from './ministry-stand-in.ts';

// node main.js --folder DIR [--ftp-port N] [--https-port N] [--control-port N]
// Prints one line of JSON (MinistryAccess) when ready; ends on SIGTERM or SIGINT.
const { values } = parseArgs({
  options: {
    folder: { type: 'string', default: './data/ministry' },
    'ftp-port': { type: 'string', default: '0' },
    'https-port': { type: 'string', default: '0' },
    'control-port': { type: 'string', default: '0' },
  },
});
const standIn = await startMinistryStandIn({
  folder: values.folder,
  ftpPort: Number(values['ftp-port']),
  httpsPort: Number(values['https-port']),
  controlPort: Number(values['control-port']),
});
console.log(JSON.stringify(standIn.access));
for (const signal of ['SIGTERM', 'SIGINT'] as const)
  process.once(signal, () => void standIn.close());
