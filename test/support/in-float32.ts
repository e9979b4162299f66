import type { Bundle } from '../../server/engine/bundle.js';

/** The bundle as it was before there were graphs in int8. */
export function inFloat32({ model, ...rest }: Bundle): Bundle {
  const files = { ...model.files, transformer_int8: undefined, head_int8: undefined };
  return { ...rest, model: { ...model, files } };
}
