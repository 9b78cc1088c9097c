import type { DecidedDeliveries, DeliveryDecision, DeliveryDesk } from '@envigate/domain';

/** Remembers what it was asked. */
export class FakeDeliveryDesk implements DeliveryDesk {
  readonly decisions: DeliveryDecision[] = [];
  outcome: DecidedDeliveries = {
    ...{ decided: 2, declined: 1 },
    reasons: [{ deliveryId: 78, objection: { code: 'sent' } }],
  };

  async decide(decision: DeliveryDecision): Promise<DecidedDeliveries> {
    this.decisions.push(decision);
    return this.outcome;
  }
}
