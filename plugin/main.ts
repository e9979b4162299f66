/** The sandbox half: pictures from the panel land in a row beside what is selected, each with its recipe. */
import { toSandbox, type ToPanel, type ToSandbox } from './messages.js';

const SIDE = 256;
const GAP = 24;
const settingsKey = 'settings';

figma.showUI(__html__, { width: 320, height: 420, themeColors: true });

figma.ui.onmessage = async (value: unknown) => {
  const message = toSandbox.safeParse(value);
  if (!message.success) return say({ type: 'failed', message: 'The panel said something this version does not know.' });
  try {
    await answer(message.data);
  } catch (error) {
    say({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
};

async function answer(message: ToSandbox): Promise<void> {
  if (message.type === 'place') return place(message.name, message.images);
  if (message.type === 'save-settings') {
    const { server, key } = message;
    return figma.clientStorage.setAsync(settingsKey, { server, key });
  }
  const kept: unknown = await figma.clientStorage.getAsync(settingsKey);
  const field = (name: string) => {
    const text: unknown = typeof kept === 'object' && kept !== null ? Reflect.get(kept, name) : undefined;
    return typeof text === 'string' ? text : '';
  };
  say({ type: 'settings', server: field('server') || 'http://localhost:8787', key: field('key') });
}

/** One undo takes the whole row back; nothing that was there is touched. */
function place(name: string, images: Extract<ToSandbox, { type: 'place' }>['images']): void {
  const [selected] = figma.currentPage.selection;
  const box = selected?.absoluteBoundingBox;
  const row = figma.createFrame();
  row.name = name;
  row.layoutMode = 'HORIZONTAL';
  row.primaryAxisSizingMode = 'AUTO';
  row.counterAxisSizingMode = 'AUTO';
  row.itemSpacing = GAP;
  row.fills = [];
  row.x = box ? box.x + box.width + GAP : figma.viewport.center.x;
  row.y = box ? box.y : figma.viewport.center.y;
  for (const { png, recipe } of images) {
    const picture = figma.createRectangle();
    picture.name = `${recipe.prompt || 'Garment'} · ${recipe.seed}`;
    picture.resize(SIDE, SIDE);
    picture.fills = [{ type: 'IMAGE', scaleMode: 'FILL', imageHash: figma.createImage(png).hash }];
    picture.setPluginData('recipe', JSON.stringify(recipe));
    row.appendChild(picture);
  }
  figma.currentPage.selection = [row];
  figma.viewport.scrollAndZoomIntoView([row]);
  figma.commitUndo();
  say({ type: 'placed', count: images.length });
}

function say(message: ToPanel): void {
  figma.ui.postMessage(message);
}
