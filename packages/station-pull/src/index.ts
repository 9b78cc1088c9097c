export { connectToSite, type ConnectToSiteOptions } from './connect-to-site.ts';
