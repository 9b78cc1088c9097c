import { accountTreeContract } from '@envigate/domain/contract-suite';
import { FakeTree } from './fake-hall.ts';

accountTreeContract('FTP fake', {
  open: () => Promise.resolve(new FakeTree(() => undefined)),
  writesAnywhere: false,
  commitsProvisionally: true,
});
