/** The condition sequence (§3.2): [VC]… [SEP] …[VC] [EOV] text [EOT], as the arrays the graph takes. */

const kinds = { text: 2, sep: 3, eov: 4, eot: 5 } as const;

/** One row of L condition tokens. */
export type ConditionSequence = {
  length: number;
  kind: BigInt64Array; // (L)
  textIds: BigInt64Array; // (L)
  textPositions: BigInt64Array; // (L)
  visualCodes: BigInt64Array; // (L, groups)
  visualPositions: BigInt64Array; // (L)
};

/** The sequence of a text condition; without words it is ([EOV], [EOT]), the unconditional one. */
export function buildConditionSequence(text: readonly number[], groups: number): ConditionSequence {
  const length = text.length + 2;
  const kind = new BigInt64Array(length).fill(BigInt(kinds.text));
  kind[0] = BigInt(kinds.eov);
  kind[length - 1] = BigInt(kinds.eot);
  const textIds = new BigInt64Array(length);
  const textPositions = new BigInt64Array(length);
  text.forEach((id, n) => {
    textIds[n + 1] = BigInt(id);
    textPositions[n + 1] = BigInt(n);
  });
  return {
    length,
    kind,
    textIds,
    textPositions,
    visualCodes: new BigInt64Array(length * groups),
    visualPositions: new BigInt64Array(length),
  };
}
