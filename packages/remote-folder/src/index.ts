export { connectToSite, type ConnectToSiteOptions } from './connect-to-site.ts';
export { FtpAbilities, FtpFolder } from './ftp-folder.ts';
export { Refusal, saysItExists, type RemoteFolder, type RemoteSize } from './remote-folder.ts';
export { SftpFolder } from './sftp-folder.ts';
export { transferMs } from './steps.ts';
