/** What a request may hold at most: the server refuses more, and the plugin offers no more. Imports nothing: the plugin reads it too. */

/** Of a picture, what expansion adds included. About 4096×4096. */
export const MAX_PIXELS = 16_800_000;
/** Pixels of its longer side: all that a JPEG can have. */
export const MAX_PICTURE_SIDE = 65_535;
/** Pixels that an expansion adds on a side. */
export const MAX_EXPAND = 4096;

/** Characters of a prompt. */
export const MAX_PROMPT = 500;
export const MAX_REFERENCES = 4;
/** Of a pattern, against the reference's own pixels. */
export const [MIN_SCALE, MAX_SCALE] = [0.25, 4];
/** Degrees, either way. */
export const MAX_ROTATION = 180;
/** How a pattern goes on past its edges. */
export const repeats = ['none', 'straight', 'half-drop', 'half-brick', 'mirror'] as const;

export const MAX_VARIANTS = 8;
/** Of a mix, both ends included. */
export const MAX_STEPS = 9;
/** Pictures made for each variant, of which one is kept. */
export const MAX_CANDIDATES = 8;
export const MAX_PREVIEWS = 4;
export const MAX_SEED = 2 ** 32 - 1;
/** Of a picture. */
export const MAX_PASSES = 32;
/** Of all variants and candidates of a request together. */
export const MAX_PASSES_IN_ALL = 1024;
export const MAX_TEMPERATURE = 2;
export const MAX_GUIDANCE = 10;
