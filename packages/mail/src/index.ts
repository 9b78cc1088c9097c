export { composeMail, smtpMailer, type SmtpSettings } from './smtp-mailer.ts';
