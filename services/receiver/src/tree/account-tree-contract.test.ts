import { accountTreeContract } from '@envigate/domain/contract-suite';
import { Reception } from '../testing/reception.ts';

let reception: Reception;

accountTreeContract('receiver', {
  async open() {
    reception = await Reception.start();
    return reception.login();
  },
  close: () => reception.remove(),
  writesAnywhere: true,
  commitsProvisionally: true,
  maxFileBytes: 100_000,
});
