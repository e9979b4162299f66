/** A name for a job that nobody else has. `randomUUID` is there in secure contexts alone, and a panel may be in none. */
export function makeTicket(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
