/** How loudly conditions are heard: the looks at the grid that its passes take, whose logits are added up. */
import type { ConditionCache } from './networks.js';
import type { Start, View } from './sample.js';

/** What was asked for, and nothing at all for comparison, where there is anything to compare. */
export type Conditions = { asked: ConditionCache; none?: ConditionCache };

export type Voice = {
  /** How much the conditions are pushed away from none. */
  guidance: number;
  /** Share of the passes, the first of them and at least one, that hear it, where there is no emphasis; all if absent. */
  guidedShare?: number;
  /** The same where the kept cells are out of sight: so strongly are conditions heard against the surroundings. */
  emphasis?: number;
};

export type Looks = Pick<Start, 'views' | 'opening'>;

/** Share of the passes that an emphasis opens. */
const OPENING = 0.5;

/**
 * With guidance g, (1 + g) under the conditions less g under none; with emphasis e, e times what they change where the
 * kept cells are out of sight. An emphasis opens by those looks alone, at half its strength: half-way through the passes
 * the new cloth is what the conditions ask for, and the other half fits it to its surroundings. Seen from the start, those
 * would win. Guidance alone is heard as long as asked: what a garment is gets settled by the first passes.
 */
export function planLooks({ asked, none }: Conditions, { guidance, guidedShare = 1, emphasis = 0 }: Voice): Looks {
  const plain = [{ cache: asked, surroundings: true, weight: 1 }];
  if (!none || (guidedShare === 0 && emphasis === 0)) return { views: plain };
  const compare = (surroundings: boolean, loud: number, less: number): View[] =>
    [
      { cache: asked, surroundings, weight: loud },
      { cache: none, surroundings, weight: -less },
    ].filter(({ weight }) => weight !== 0);
  const views = [...compare(true, 1 + guidance, guidance), ...compare(false, emphasis, emphasis)];
  if (emphasis > 0)
    return { views, opening: { views: compare(false, 1 + emphasis / 2, emphasis / 2), share: OPENING, least: 0 } };
  return guidedShare === 1 ? { views } : { views: plain, opening: { views, share: guidedShare, least: 1 } };
}
