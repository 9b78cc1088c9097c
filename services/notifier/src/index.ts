export { notifier, openMailer, type NotifierShared, type OpenedMailer } from './compose.ts';
export { startNotifier, type NotifierParts } from './notifier.ts';
export { noticeOffice } from './settings.ts';
export { events } from './telemetry.ts';
