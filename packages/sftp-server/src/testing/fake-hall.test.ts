import { accountTreeContract } from '@envigate/domain/contract-suite';
import { FakeTree } from './fake-hall.ts';

accountTreeContract('SFTP fake', {
  open: () => Promise.resolve(new FakeTree('station')),
  writesAnywhere: true,
  commitsProvisionally: false,
  keepsPartials: false,
  maxFileBytes: 64 * 1024 * 1024,
});
