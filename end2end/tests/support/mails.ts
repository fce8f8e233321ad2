// Mails that the server has written into its folder.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Without the line breaks and escapes of quoted-printable, if the mail has them: a token may look like one. */
export const decode = (mail: string) =>
  /quoted-printable/i.test(mail)
    ? mail.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
    : mail;

/** The mails to an address in the data directory of a server, oldest first. */
export function mailsIn(dataDir: string, email: string) {
  const folder = join(dataDir, 'mail');
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.eml')).sort();
  const mails = names.map((name) => decode(readFileSync(join(folder, name), 'utf8')));
  return mails.filter((text) => text.includes(`To: ${email}`) || text.includes(`To: <${email}>`));
}
