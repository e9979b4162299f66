/** Which pictures the server has already, by their content, so that none is sent twice in a session. */
export type KnownAssets = {
  /** The id of a picture, which `send` gets where the server isn't known to have it. */
  idOf(server: string, bytes: Uint8Array, send: () => Promise<string>): Promise<string>;
  /** The server has lost some. */
  forget(server: string): void;
};

export function createKnownAssets(): KnownAssets {
  const known = new Map<string, Map<string, string>>();
  return {
    async idOf(server, bytes, send) {
      const content = fingerprint(bytes);
      const had = known.get(server)?.get(content);
      if (had !== undefined) return had;
      const id = await send();
      known.set(server, (known.get(server) ?? new Map<string, string>()).set(content, id));
      return id;
    },
    forget: (server) => void known.delete(server),
  };
}

/** Two 32-bit lanes and the length; `crypto.subtle` is there in secure contexts alone. */
function fingerprint(bytes: Uint8Array): string {
  let one = 0xdeadbeef;
  let two = 0x41c6ce57;
  for (const byte of bytes) {
    one = Math.imul(one ^ byte, 0x9e3779b1);
    two = Math.imul(two ^ byte, 0x5f356495);
    one ^= one >>> 15;
    two ^= two >>> 13;
  }
  return [bytes.length, one >>> 0, two >>> 0].join('-');
}
