import type { HeardReport, HeardReports } from '@envigate/domain';

/** What was reported, newest last; away while the test says so. */
export class FakeHeardReports implements HeardReports {
  readonly reports: HeardReport[] = [];
  isAway = false;

  report(report: HeardReport): Promise<void> {
    if (this.isAway) return Promise.reject(new Error('connection refused'));
    this.reports.push(report);
    return Promise.resolve();
  }
}
