/** The hint at the foot of the canvas: one line that says what can be done next, and the tools or buttons for it. */
import { tools } from './actions.js';
import type { Desk, Tool } from './desk.js';
import { element, icon } from './dom.js';
import type { RelaunchButton } from './plugin-menu.js';
import { nodesOf } from './scene.js';
import { readSituation, type Situation } from './situation.js';
import { say, type TextKey } from './texts.js';

const hints: Record<Situation, TextKey | undefined> = {
  empty: undefined,
  nothing: 'hintNothing',
  picture: 'hintImage',
  shapes: 'hintShapes',
  'shape-over': 'hintShapeOver',
  'shape-nowhere': 'hintShapeNowhere',
  pair: 'hintPair',
  other: undefined,
};

const toolHints: Record<Tool, TextKey | undefined> = {
  move: undefined,
  hand: 'hintHand',
  frame: 'hintFrame',
  rectangle: 'hintDraw',
  ellipse: 'hintDraw',
  lasso: 'hintLasso',
  text: 'hintText',
};

const drawingTools: readonly Tool[] = ['ellipse', 'lasso', 'rectangle'];

export function createDock(
  space: HTMLElement,
  desk: Desk,
  options: {
    relaunchButtons: readonly RelaunchButton[];
    run: (command: string) => void;
    canvas: HTMLCanvasElement;
  },
): void {
  const dock = element('div', { class: 'dock' });
  space.append(dock);
  let shown = '';
  desk.onChange(show);
  show();

  function show(): void {
    const { document } = desk.standIn;
    const situation = readSituation(document);
    const hint = toolHints[desk.tool] ?? hints[situation];
    const [only, ...others] = nodesOf(document, document.selection());
    const relaunch = only && others.length === 0 && desk.tool === 'move' ? Object.entries(only.relaunch) : [];
    const offersTools = situation === 'picture' && desk.tool === 'move';
    // rebuilt only where it says something else, so that a button keeps the focus
    const next = JSON.stringify([hint, relaunch, offersTools]);
    if (next === shown) return;
    shown = next;
    dock.replaceChildren();
    if (relaunch.length > 0) {
      dock.append(
        element(
          'div',
          { class: 'chip small', attributes: { role: 'group', 'aria-label': say('relaunch') } },
          icon('shirt'),
          ...relaunch.map(([command, about]) => relaunchButton(command, about)),
        ),
      );
    }
    if (hint === undefined) return;
    const chip = element('div', { class: 'chip' }, element('p', { text: say(hint) }));
    if (offersTools) chip.append(toolButtons());
    dock.append(chip);
  }

  function toolButtons(): HTMLElement {
    return element(
      'div',
      { class: 'chip-group', attributes: { role: 'group', 'aria-label': say('drawFirst') } },
      ...tools
        .filter(({ tool }) => drawingTools.includes(tool))
        .sort((a, b) => drawingTools.indexOf(a.tool) - drawingTools.indexOf(b.tool))
        .map(({ tool, icon: iconName }) =>
          element(
            'button',
            {
              class: 'chip-button',
              attributes: { type: 'button' },
              on: {
                click: () => {
                  desk.setTool(tool);
                  options.canvas.focus();
                },
              },
            },
            icon(iconName),
            element('span', { text: say(tool) }),
          ),
        ),
    );
  }

  function relaunchButton(command: string, about: string): HTMLElement {
    const name = options.relaunchButtons.find((button) => button.command === command)?.name ?? command;
    return element('button', {
      class: 'chip-button',
      text: name,
      attributes: { type: 'button', title: about || undefined },
      on: { click: () => options.run(command) },
    });
  }
}
