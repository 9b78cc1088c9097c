import { eventually } from '../processes/eventually.ts';
import type { Scene } from '../scene.ts';
import type { AuditFigures } from './verify-fleet.ts';

/** Waits until nothing is on its way any more and nothing is due; what the audit then says. */
export function settleScene(scene: Scene, timeoutMs = 120_000): Promise<AuditFigures> {
  let before = -1;
  const look = async (): Promise<AuditFigures> => {
    const files = await count(scene, 'SELECT count(*) AS count FROM files');
    const isGrowing = files !== before;
    before = files;
    // The audit is a process of its own: asked while files stream in, it is what they wait for.
    if (isGrowing) throw new Error(`${files} files are recorded, and more come`);
    const audit = JSON.parse(await scene.gateway.cliOrThrow('audit', '--json')) as AuditFigures;
    if (audit.inSpool + audit.inFlight > 0) {
      throw new Error(`still on the way: ${JSON.stringify(audit)}`);
    }
    const due = await count(scene, "SELECT count(*) AS count FROM deliveries WHERE state = 'due'");
    if (due > 0) throw new Error(`${due} deliveries are due`);
    return audit;
  };
  return eventually(look, { timeoutMs, everyMs: 1_000 });
}

async function count({ database }: Scene, sql: string): Promise<number> {
  const [row] = await database.query<{ count: number }>(sql);
  return row!.count;
}
