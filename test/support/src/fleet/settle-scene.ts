import { eventually } from '../processes/eventually.ts';
import type { Scene } from '../scene.ts';
import type { AuditFigures } from './verify-fleet.ts';

/** Waits until nothing is on its way any more and nothing is due; what the audit then says. */
export function settleScene(
  scene: Pick<Scene, 'gateway' | 'database'>,
  timeoutMs = 120_000,
): Promise<AuditFigures> {
  const requireNoneDue = async (): Promise<void> => {
    const [row] = await scene.database.query<{ due: number }>(
      "SELECT count(*) AS due FROM deliveries WHERE state = 'due'",
    );
    if (row!.due > 0) throw new Error(`${row!.due} deliveries are due`);
  };
  const look = async (): Promise<AuditFigures> => {
    // First, because an audit costs the start of a process.
    await requireNoneDue();
    const audit = JSON.parse(await scene.gateway.cliOrThrow('audit', '--json')) as AuditFigures;
    if (audit.inSpool + audit.inFlight > 0) {
      throw new Error(`still on the way: ${JSON.stringify(audit)}`);
    }
    // What was on the way before the audit may have made one.
    await requireNoneDue();
    return audit;
  };
  return eventually(look, { timeoutMs, everyMs: 500 });
}
