/** Selection -> subject: what the designer has selected, by what can be done with it. */
import type { NodeInfo, Subject } from '../messages.js';
import { overlap } from './boxes.js';
import { describeNode } from './describe-node.js';
import { findImageUnder } from './find-image-under.js';
import { boxOf, inspectNode, isShapeGroup, isVisiblePaint, onlyImageIn, takesRows, type Part } from './inspect-node.js';
import { maskOpacity } from './mask-opacity.js';
import { sizeShown } from './plan-pixels.js';

type Target = { node: SceneNode; room?: Extract<Subject, { kind: 'image' }>['room'] };

export async function readSelection(): Promise<Subject> {
  const { selection } = figma.currentPage;
  if (selection.length === 0) return { kind: 'nothing' };
  const parts = sortParts(selection);
  if (parts('busy').length > 0) return { kind: 'unusable', reason: 'busy-row' };
  if (parts('hidden').length === selection.length) return { kind: 'unusable', reason: 'hidden' };
  const [empty] = parts('empty');
  if (selection.length === 1 && empty && isContainer(empty)) {
    return { kind: 'nothing', ...(takesRows(empty) ? { frame: { id: empty.id, name: empty.name } } : {}) };
  }

  const pictures = [...parts('image'), ...parts('content')];
  const maybe = [...parts('shape'), ...parts('empty').filter(isFilled), ...pictures.filter(isShapeGroup)];
  const firm = pictures.filter((node) => !isShapeGroup(node));
  // with nothing firm to work on, groups of shapes are masks where a picture lies under them, and sketches where none does
  const shapes = [...parts('shape'), ...(firm.length === 0 ? pictures : [])];
  const under = firm.length === 0 ? findImageUnder(shapes) : undefined;
  if (under) return describeTargets([{ node: under }], shapes);

  const over = maybe.filter((shape) => firm.some((node) => shared(shape, node) > 0));
  const targets = pictures.filter((node) => !over.includes(node)).map(toTarget);
  if (targets.length > 2) return { kind: 'unusable', reason: 'too-many' };
  if (targets.length > 0) return describeTargets(targets, over);
  return { kind: 'unusable', reason: shapes.length > 0 ? 'shape-alone' : 'no-image' };
}

function sortParts(selection: readonly SceneNode[]): (part: Part) => SceneNode[] {
  const sorted = selection.map((node) => ({ node, part: inspectNode(node) }));
  return (part) => sorted.filter((one) => one.part === part).map(({ node }) => node);
}

async function describeTargets(targets: readonly Target[], over: readonly SceneNode[]): Promise<Subject> {
  const covered = (target: Target) => over.reduce((sum, shape) => sum + shared(shape, target.node), 0);
  const [first, second] = [...targets].sort((a, b) => covered(b) - covered(a) || compare(a.node, b.node));
  if (!first) return { kind: 'unusable', reason: 'no-image' };
  const on = over.filter((shape) => shared(shape, first.node) > 0);
  const target = await describeNode(first.node, new Set(on.map(({ id }) => id)));
  const shapes = await Promise.all(on.map((shape) => describeNode(shape)));
  const opacity = maskOpacity(on);
  const faint = opacity < 1 ? { opacity } : {};
  const other: NodeInfo | undefined = second && (await describeNode(second.node));
  if (shapes.length > 0 && other) return { kind: 'shapes-and-other', target, shapes, ...faint, other };
  if (shapes.length > 0) return { kind: 'shapes', target, shapes, ...faint };
  if (other) return { kind: 'pair', target, other };
  // content is rendered at a size that is looked up only once it is needed; its own units are what a designer sees it in
  const shown = target.look === 'image' ? await sizeShown(first.node) : undefined;
  return {
    kind: 'image',
    target: { ...target, ...(shown ? { shown } : {}) },
    ...(first.room ? { room: first.room } : {}),
  };
}

/** Of two pictures the larger is worked on, since a swatch is small; of equal ones the left, as they are read. */
function compare(a: SceneNode, b: SceneNode): number {
  const [one, two] = [boxOf(a), boxOf(b)];
  if (!one || !two) return 0;
  const difference = two.width * two.height - one.width * one.height;
  return Math.abs(difference) > 1 ? difference : one.x - two.x || one.y - two.y;
}

/** A frame that holds one picture stands for it; where the frame is larger, it says how far the picture may grow. */
function toTarget(node: SceneNode): Target {
  const only = onlyImageIn(node);
  if (!only || !('width' in only) || !('width' in node)) return { node };
  if (node.type === 'GROUP') return { node: only };
  if ('rotation' in only && Math.abs(only.rotation) > 0.01) return { node };
  const sides = {
    left: only.x,
    top: only.y,
    right: node.width - only.x - only.width,
    bottom: node.height - only.y - only.height,
  };
  const values = Object.values(sides);
  // a picture that reaches out of its frame is cut by it: then the frame is what is seen
  if (values.some((side) => side < -0.5)) return { node };
  return values.some((side) => side > 0.5) ? { node: only, room: sides } : { node: only };
}

function shared(a: SceneNode, b: SceneNode): number {
  const [one, two] = [boxOf(a), boxOf(b)];
  return one && two ? overlap(one, two) : 0;
}

function isFilled(node: SceneNode): boolean {
  return 'fills' in node && typeof node.fills !== 'symbol' && node.fills.some(isVisiblePaint);
}

function isContainer(node: SceneNode): boolean {
  return node.type === 'FRAME' || node.type === 'COMPONENT' || node.type === 'SECTION';
}
