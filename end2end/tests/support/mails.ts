// Mails that the server has written into its folder.

/** Without the line breaks and escapes of quoted-printable, if the mail has them: a token may look like one. */
export const decode = (mail: string) =>
  /quoted-printable/i.test(mail)
    ? mail.replace(/=\r?\n/g, '').replace(/=([0-9A-F]{2})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
    : mail;
