/** Fills and strokes as they are set and as they read back: checked, completed with Figma's own defaults, and frozen. */
import { identity } from '../affine.js';
import { deepFreeze } from './node-data.js';

const shared = ['type', 'visible', 'opacity', 'blendMode', 'boundVariables'];
const keys: Partial<Record<Paint['type'], readonly string[]>> = {
  SOLID: [...shared, 'color'],
  IMAGE: [...shared, 'scaleMode', 'imageHash', 'imageTransform', 'scalingFactor', 'rotation', 'filters'],
  GRADIENT_LINEAR: [...shared, 'gradientTransform', 'gradientStops'],
  GRADIENT_RADIAL: [...shared, 'gradientTransform', 'gradientStops'],
  GRADIENT_ANGULAR: [...shared, 'gradientTransform', 'gradientStops'],
  GRADIENT_DIAMOND: [...shared, 'gradientTransform', 'gradientStops'],
  PATTERN: [...shared, 'sourceNodeId', 'tileType', 'scalingFactor', 'spacing', 'horizontalAlignment'],
};

/** Whether a plugin may set them so: patterns want the node that they repeat to be loaded first, and have a method for it. */
export function isSetAtOnce(paints: unknown): boolean {
  return !Array.isArray(paints) || paints.every((paint: Paint) => paint.type !== 'PATTERN');
}

/** @throws with the reason, as Figma's validation does */
export function normalizePaints(paints: unknown): readonly Paint[] {
  if (!Array.isArray(paints)) throw new Error('Expected array');
  return deepFreeze(paints.map(normalizePaint));
}

function normalizePaint(paint: Paint, index: number): Paint {
  const allowed = keys[paint.type];
  if (!allowed)
    throw new Error(`Invalid value at [${index}].type: paints of type ${paint.type} are not part of the stand-in`);
  const unknown = Object.keys(paint).filter((key) => !allowed.includes(key));
  if (unknown.length > 0) throw new Error(`Unrecognized key(s) in object: '${unknown.join("', '")}' at [${index}]`);
  const { opacity = 1 } = paint;
  if (!(opacity >= 0 && opacity <= 1)) throw new Error(`Number must be between 0 and 1 at [${index}].opacity`);
  if (paint.type === 'SOLID') checkColor(paint.color, index);
  const common = { visible: true, opacity, blendMode: 'NORMAL' } as const;
  if (paint.type !== 'IMAGE') return { ...common, ...paint };
  checkImage(paint, index);
  // Figma gives every image paint all of these, whether its scale mode uses them or not
  const image = { imageTransform: identity, scalingFactor: 0.5, rotation: 0, filters: noFilters };
  return { ...common, ...image, ...paint };
}

const noFilters = { exposure: 0, contrast: 0, saturation: 0, temperature: 0, tint: 0, highlights: 0, shadows: 0 };

function checkColor(color: RGB | undefined, index: number): void {
  if (!color) throw new Error(`Required at [${index}].color`);
  const unknown = Object.keys(color).filter((key) => !['r', 'g', 'b', 'sourceColor'].includes(key));
  if (unknown.length > 0)
    throw new Error(`Unrecognized key(s) in object: '${unknown.join("', '")}' at [${index}].color`);
  for (const part of [color.r, color.g, color.b])
    if (!(part >= 0 && part <= 1)) throw new Error(`Number must be between 0 and 1 at [${index}].color`);
}

function checkImage(
  { scaleMode, imageHash, rotation = 0, scalingFactor = 1, imageTransform }: ImagePaint,
  index: number,
) {
  if (!['FILL', 'FIT', 'CROP', 'TILE'].includes(scaleMode)) throw new Error(`Invalid value at [${index}].scaleMode`);
  if (imageHash === undefined) throw new Error(`Required at [${index}].imageHash`);
  if (rotation % 90 !== 0) throw new Error(`Rotation must be a multiple of 90 at [${index}].rotation`);
  if (!(scalingFactor > 0)) throw new Error(`Number must be greater than 0 at [${index}].scalingFactor`);
  const numbers = imageTransform?.flat() ?? [];
  if (imageTransform && (numbers.length !== 6 || !numbers.every(Number.isFinite)))
    throw new Error(`Invalid value at [${index}].imageTransform`);
}
