/** Text as the page's fonts have it, laid out in the node's box. */
import type { DrawnNode } from '../stand-in/index.js';
import { type Context, fillPaint } from './fill-paint.js';
import type { Pictures } from './pictures.js';

const LINE_HEIGHT = 1.2;
/** Of the first baseline, as a share of the font's size. */
const BASELINE = 0.93;

export function drawText(context: Context, node: DrawnNode, paint: Paint, pictures: Pictures): void {
  if (!node.text || paint.visible === false) return;
  if (paint.type === 'SOLID') {
    const { r, g, b } = paint.color;
    context.save();
    context.globalAlpha *= paint.opacity ?? 1;
    context.fillStyle = `rgb(${r * 255} ${g * 255} ${b * 255})`;
    drawLetters(context, node, node.text);
    context.restore();
    return;
  }
  // letters are no path on a canvas: any other paint fills the box, of which they are then cut out
  const { width, height } = node;
  const layer = new OffscreenCanvas(context.canvas.width, context.canvas.height).getContext('2d');
  if (!layer) return;
  layer.setTransform(context.getTransform());
  const path = new Path2D();
  path.rect(0, 0, width, height);
  fillPaint(layer, { path, rule: 'nonzero', width, height, plain: true }, paint, pictures);
  layer.globalCompositeOperation = 'destination-in';
  drawLetters(layer, node, node.text);
  context.save();
  context.resetTransform();
  context.drawImage(layer.canvas, 0, 0);
  context.restore();
}

function drawLetters(context: Context, { width }: DrawnNode, text: NonNullable<DrawnNode['text']>): void {
  context.font = `${weightOf(text.style)} ${text.fontSize}px "${text.family}", system-ui, sans-serif`;
  const lines = text.characters.split('\n');
  const longest = Math.max(1, ...lines.map((line) => context.measureText(line).width));
  // the model guesses sizes without a font, so the text is made to fit here
  const squeeze = Math.min(1, width / longest);
  lines.forEach((line, index) => {
    const free = width - context.measureText(line).width * squeeze;
    const x = text.align === 'CENTER' ? free / 2 : text.align === 'RIGHT' ? free : 0;
    context.save();
    context.translate(x, (index * LINE_HEIGHT + BASELINE) * text.fontSize);
    context.scale(squeeze, 1);
    context.fillText(line, 0, 0);
    context.restore();
  });
}

function weightOf(style: string): string {
  const italic = /italic|oblique/i.test(style) ? 'italic ' : '';
  const weights = { thin: 100, light: 300, medium: 500, semi: 600, bold: 700, black: 900 };
  const weight = Object.entries(weights).find(([name]) => style.toLowerCase().includes(name))?.[1] ?? 400;
  return `${italic}${weight}`;
}
