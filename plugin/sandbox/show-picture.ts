/** A picture from the panel into its place in the row: previews while it is being made, then the picture itself. */
import type { Recipe, ToSandbox } from '../messages.js';
import { findPlaces } from './find-places.js';
import { isImagePaint, isSettablePaint } from './inspect-node.js';
import { isSameShape } from './plan-pixels.js';
import { Refusal } from './refusal.js';
import { isPlaceholder, keepRecipe, readRecipe, variantOf, type Place } from './row-data.js';

type Land = Extract<ToSandbox, { type: 'land' }>;

/** Characters of a prompt that make a layer's name. */
const NAME_LENGTH = 60;

export async function previewPicture(row: FrameNode, variant: number, bytes: Uint8Array): Promise<void> {
  const place = await findPlaceOf(row, variant);
  if (place) await fillPlace(place, bytes);
}

/** With what it takes to make the picture again, and the buttons that Figma shows for it. */
export async function landPicture(
  row: FrameNode,
  { variant, bytes, recipe, alike }: Pick<Land, 'variant' | 'bytes' | 'recipe' | 'alike'>,
): Promise<void> {
  const place = await (alike ? findAnyPlace(row, recipe) : findPlaceOf(row, variant));
  if (!place) return;
  await fillPlace(place, bytes);
  if (place.removed) return;
  const { prompt } = recipe.request;
  const words = typeof prompt === 'string' && prompt !== '' ? prompt : row.name;
  place.name = `${words.length > NAME_LENGTH ? `${words.slice(0, NAME_LENGTH - 1)}…` : words} · ${recipe.seed}`;
  // a mix is the same every time
  const again = recipe.request['mix'] === undefined ? ['more'] : [];
  place.setRelaunchData(Object.fromEntries([...again, 'vary', 'edit'].map((command) => [command, ''])));
  keepRecipe(place, recipe);
}

/** Nothing where the designer has removed the place, or its picture has landed already. */
async function findPlaceOf(row: FrameNode, variant: number): Promise<Place | undefined> {
  return (await findPlaces(row)).find((node) => variantOf(node) === variant);
}

/** The first that is left for the only picture of its job; nothing where that has landed already. */
async function findAnyPlace(row: FrameNode, { job }: Recipe): Promise<Place | undefined> {
  const places = await findPlaces(row);
  return places.some((node) => readRecipe(node)?.job === job) ? undefined : places.find(isPlaceholder);
}

/**
 * As the source is shown, where the picture has the shape of the source's: cropped, scaled and tinted alike; so too where
 * it fills its place as it is. Else the place takes the picture's shape. A place that goes meanwhile is let go.
 */
async function fillPlace(place: Place, bytes: Uint8Array): Promise<void> {
  const image = createImage(bytes);
  const size = await image.getSizeAsync();
  if (place.removed) return;
  const paints = typeof place.fills === 'symbol' ? [] : place.fills;
  const at = paints.map(({ type }) => type).lastIndexOf('IMAGE');
  const held = paints[at];
  const shown = held && isImagePaint(held) ? await figma.getImageByHash(held.imageHash)?.getSizeAsync() : undefined;
  if (place.removed) return;
  const fits = held?.type === 'IMAGE' && held.scaleMode === 'FILL' && !held.rotation && isSameShape(place, size);
  if (held?.type === 'IMAGE' && (fits || (shown && isSameShape(shown, size)))) {
    const under = paints
      .slice(0, at)
      .filter(isSettablePaint)
      .map((paint): Paint => ({ ...paint, visible: true }));
    place.fills = [...under, { ...held, visible: true, imageHash: image.hash }];
    return;
  }
  if (!isSameShape(size, place)) place.resize((place.height * size.width) / size.height, place.height);
  place.fills = [{ type: 'IMAGE', scaleMode: 'FILL', imageHash: image.hash }];
}

function createImage(bytes: Uint8Array): Image {
  try {
    return figma.createImage(bytes);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    if (/large|big|4096/i.test(message)) throw new Refusal('too-large', message, { cause });
    throw cause;
  }
}
