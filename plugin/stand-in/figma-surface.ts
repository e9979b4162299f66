/** What of `figma` the stand-in has, with the signatures that Figma's typings give it. */
import type { PanelSurface } from './panel.js';
import type { ViewportSurface } from './viewport.js';

export type FigmaSurface = Pick<
  PluginAPI,
  | 'apiVersion'
  | 'editorType'
  | 'mode'
  | 'command'
  | 'currentPage'
  | 'root'
  | 'mixed'
  | 'skipInvisibleInstanceChildren'
  | 'setCurrentPageAsync'
  | 'loadAllPagesAsync'
  | 'getNodeByIdAsync'
  | 'getNodeById'
  | 'createRectangle'
  | 'createEllipse'
  | 'createPolygon'
  | 'createStar'
  | 'createLine'
  | 'createVector'
  | 'createText'
  | 'createSection'
  | 'createFrame'
  | 'createComponent'
  | 'createPage'
  | 'group'
  | 'union'
  | 'subtract'
  | 'intersect'
  | 'exclude'
  | 'createImage'
  | 'getImageByHash'
  | 'clientStorage'
  | 'notify'
  | 'showUI'
  | 'on'
  | 'once'
  | 'off'
  | 'commitUndo'
  | 'triggerUndo'
  | 'closePlugin'
  | 'openExternal'
  | 'base64Encode'
  | 'base64Decode'
  | 'loadFontAsync'
> & {
  ui: PanelSurface;
  viewport: ViewportSurface;
  parameters: ParametersAPI;
};
