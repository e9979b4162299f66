/** How strongly shapes mask: as the least opaque of them does, with the groups that were selected as shapes. */
export function maskOpacity(shapes: readonly SceneNode[], around = 1): number {
  const each = shapes.map((shape) => {
    if (!shape.visible) return 1;
    const opacity = around * ('opacity' in shape ? shape.opacity : 1);
    return shape.type === 'GROUP' ? maskOpacity(shape.children, opacity) : opacity;
  });
  return Math.min(1, ...each);
}
