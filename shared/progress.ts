/** How much of a job is done, 0-1, from what is heard of its variants, which may be made side by side. */

export type Progress = {
  /** `part` of a variant is done, 0-1, or more of it. @returns what of the whole is, which never falls */
  advance(variant: number, part: number): number;
};

/** @param count of the job's variants */
export function createProgress(count: number): Progress {
  const parts = new Map<number, number>();
  return {
    advance(variant, part) {
      parts.set(variant, Math.max(part, parts.get(variant) ?? 0));
      let sum = 0;
      for (const done of parts.values()) sum += done;
      return sum / count;
    },
  };
}
