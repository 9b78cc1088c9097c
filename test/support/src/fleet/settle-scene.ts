import { eventually } from '../processes/eventually.ts';
import type { Scene } from '../scene.ts';
import type { AuditFigures } from './verify-fleet.ts';

/** Waits until nothing is on its way any more and nothing is due; what the audit then says. */
export function settleScene(scene: Scene, timeoutMs = 120_000): Promise<AuditFigures> {
  let recorded = -1;
  const look = async (): Promise<AuditFigures> => {
    const [row] = await scene.database.query<{ files: number; due: number }>(
      `SELECT (SELECT count(*) FROM files) AS files,
              (SELECT count(*) FROM deliveries WHERE state = 'due') AS due`,
    );
    const { files, due } = row!;
    const before = recorded;
    recorded = files;
    // The audit is a process of its own: asked while files stream in, it is what they wait for.
    if (files !== before) throw new Error(`${files} files are recorded, and more come`);
    if (due > 0) throw new Error(`${due} deliveries are due`);
    const audit = JSON.parse(await scene.gateway.cliOrThrow('audit', '--json')) as AuditFigures;
    if (audit.inSpool + audit.inFlight > 0) {
      throw new Error(`still on the way: ${JSON.stringify(audit)}`);
    }
    return audit;
  };
  return eventually(look, { timeoutMs, everyMs: 1_000 });
}
