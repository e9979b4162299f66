/** The condition sequence (§3.2): [VC]… [SEP] …[VC] [EOV] text [EOT], as the arrays the graph takes. */

const kinds = { visual: 1, text: 2, sep: 3, eov: 4, eot: 5 } as const;

/** Style tokens of one reference. */
export type VisualTokens = {
  codes: Int32Array; // (cells, groups)
  /** Columns of the reference's own grid. */
  columns: number;
};

/** One row of L condition tokens. */
export type ConditionSequence = {
  length: number;
  kind: BigInt64Array; // (L)
  textIds: BigInt64Array; // (L)
  textPositions: BigInt64Array; // (L)
  visualCodes: BigInt64Array; // (L, groups)
  visualPositions: BigInt64Array; // (L)
};

/**
 * The sequence of words and references; without either it is ([EOV], [EOT]), the unconditional one.
 * @param columns of the position table, the model's grid
 */
export function buildConditionSequence(
  { text, visuals }: { text: readonly number[]; visuals: readonly VisualTokens[] },
  { groups, columns }: { groups: number; columns: number },
): ConditionSequence {
  const visualLength = visuals.reduce((sum, { codes }) => sum + codes.length / groups, 0) + separators(visuals);
  const length = visualLength + text.length + 2;
  const sequence: ConditionSequence = {
    length,
    kind: new BigInt64Array(length),
    textIds: new BigInt64Array(length),
    textPositions: new BigInt64Array(length),
    visualCodes: new BigInt64Array(length * groups),
    visualPositions: new BigInt64Array(length),
  };
  let at = 0;
  const put = (kind: keyof typeof kinds) => {
    sequence.kind[at] = BigInt(kinds[kind]);
    return at++;
  };
  visuals.forEach((visual, n) => {
    if (n > 0) put('sep');
    for (let cell = 0; cell < visual.codes.length / groups; cell++) {
      const slot = put('visual');
      const row = Math.floor(cell / visual.columns);
      sequence.visualPositions[slot] = BigInt(row * columns + (cell % visual.columns));
      for (let m = 0; m < groups; m++) {
        sequence.visualCodes[slot * groups + m] = BigInt(visual.codes[cell * groups + m] ?? 0);
      }
    }
  });
  put('eov');
  text.forEach((id, n) => {
    const slot = put('text');
    sequence.textIds[slot] = BigInt(id);
    sequence.textPositions[slot] = BigInt(n);
  });
  put('eot');
  return sequence;
}

function separators(visuals: readonly VisualTokens[]): number {
  return Math.max(0, visuals.length - 1);
}
