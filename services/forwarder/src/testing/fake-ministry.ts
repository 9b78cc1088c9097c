import {
  DeliveryError,
  type ConnectMinistryTarget,
  type DeliveryOutcome,
  type MinistryFile,
} from '@envigate/domain';

export interface Taken {
  readonly target: string;
  readonly name: string;
  readonly resend: boolean;
  readonly key: string;
}

type Behaviour = (file: MinistryFile, target: string) => Promise<DeliveryOutcome | undefined>;

/** Takes files of any target in memory; recognises by its key what it has. */
export class FakeMinistry {
  readonly taken: Taken[] = [];
  /** Asked before a file is taken; undefined takes it. */
  behave: Behaviour = async () => undefined;
  connections = 0;
  #busy = new Map<string, number>();
  mostAtOnce = 0;

  readonly connect: ConnectMinistryTarget = ({ code }) => {
    this.connections += 1;
    return {
      deliver: async (file) => {
        const busy = (this.#busy.get(code) ?? 0) + 1;
        this.#busy.set(code, busy);
        this.mostAtOnce = Math.max(this.mostAtOnce, busy);
        try {
          const outcome = await this.behave(file, code);
          if (outcome !== undefined) return outcome;
          this.take(file, code);
          return { kind: 'accepted', receipt: `got ${file.name}` };
        } finally {
          this.#busy.set(code, (this.#busy.get(code) ?? 1) - 1);
        }
      },
      close: async () => {
        this.connections -= 1;
      },
    };
  };

  take(file: MinistryFile, target: string): void {
    if (file.resend && this.taken.some(({ key }) => key === file.idempotencyKey)) return;
    const { name, resend, idempotencyKey: key } = file;
    this.taken.push({ target, name, resend, key });
  }

  namesOf(station: string, target?: string): string[] {
    return this.taken
      .filter(
        (file) => file.name.startsWith(`${station}_`) && (target ?? file.target) === file.target,
      )
      .map(({ name }) => name);
  }
}

export const unreachable = (): DeliveryError =>
  new DeliveryError('ministry-unreachable', 'nobody there', { inDoubt: false });
export const broken = (): DeliveryError =>
  new DeliveryError('transfer-failed', 'it broke', { inDoubt: true });
