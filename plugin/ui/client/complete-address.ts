/** A server's address as it was typed, made whole: people leave the scheme out. */

/** Without a scheme it is of HTTP where it is this computer's, and of HTTPS elsewhere. An empty one stays empty. */
export function completeAddress(typed: string): string {
  const address = typed.trim();
  if (address === '' || /^[a-z][a-z\d+.-]*:\/\//i.test(address)) return address;
  const http = `http://${address}`;
  return URL.canParse(http) && isLoopback(new URL(http).hostname) ? http : `https://${address}`;
}

/** @param hostname as URLs have it */
export function isLoopback(hostname: string): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}
