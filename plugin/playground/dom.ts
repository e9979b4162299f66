/** Makes HTML and SVG elements in one call, since the page has no framework. */

type Options<E extends Element> = {
  class?: string;
  text?: string;
  /** `undefined` leaves the attribute out, `true` sets it empty. */
  attributes?: Record<string, string | number | boolean | undefined>;
  on?: { [Type in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Type], element: E) => void };
};

export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  options: Options<HTMLElementTagNameMap[Tag]> = {},
  ...children: (Node | string | undefined)[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag);
  if (options.class !== undefined) made.className = options.class;
  if (options.text !== undefined) made.textContent = options.text;
  setAttributes(made, options.attributes ?? {});
  for (const [type, listener] of Object.entries(options.on ?? {})) {
    made.addEventListener(type, (event) => Reflect.apply(listener, undefined, [event, made]));
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

function setAttributes(target: Element, attributes: Record<string, string | number | boolean | undefined>): void {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) target.removeAttribute(name);
    else target.setAttribute(name, value === true ? '' : String(value));
  }
}

/** A 20 × 20 icon of strokes in the text's colour. Purely visual: its button has the name. */
export function icon(name: keyof typeof icons): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  setAttributes(svg, { viewBox: '0 0 20 20', width: 20, height: 20, 'aria-hidden': 'true', focusable: 'false' });
  setAttributes(svg, { fill: 'none', stroke: 'currentColor', 'stroke-width': 1.4 });
  setAttributes(svg, { 'stroke-linecap': 'round', 'stroke-linejoin': 'round' });
  const path = document.createElementNS(svg.namespaceURI, 'path');
  path.setAttribute('d', icons[name]);
  svg.append(path);
  return svg;
}

/** The tab's icon, as the page's policy takes it: no file of its own, no data URL. */
export function showTabIcon(name: IconName, colour: string): void {
  const drawn = icon(name);
  setAttributes(drawn, { xmlns: 'http://www.w3.org/2000/svg', stroke: colour });
  const url = URL.createObjectURL(new Blob([drawn.outerHTML], { type: 'image/svg+xml' }));
  document.head.append(element('link', { attributes: { rel: 'icon', href: url } }));
}

const icons = {
  move: 'M5 3.5v12l3.2-3.1 2 4.4 2-.9-2-4.3h4.3z',
  hand: 'M7 10V5.2a1.2 1.2 0 0 1 2.4 0V9 M9.4 9V4.2a1.2 1.2 0 0 1 2.4 0V9 M11.8 9V5.2a1.2 1.2 0 0 1 2.4 0v6.3c0 3.2-1.7 5.3-4.6 5.3-2.3 0-3.4-1.2-4.4-3.1L3.6 10.7a1.2 1.2 0 0 1 2-1.2L7 11.3',
  frame: 'M6.5 3v14 M13.5 3v14 M3 6.5h14 M3 13.5h14',
  rectangle: 'M4 4.5h12v11H4z',
  ellipse: 'M10 4a6 6 0 1 1 0 12a6 6 0 1 1 0-12z',
  lasso:
    'M6.2 14.2c-1.9-.9-3.2-2.5-3.2-4.4C3 6.6 6.1 4 10 4s7 2.6 7 5.8-3.1 5.8-7 5.8c-.7 0-1.4-.1-2-.2 M8 14.3a1.5 1.5 0 1 1-3 0a1.5 1.5 0 1 1 3 0 M6.5 15.8c0 1-.4 1.7-1.3 2.2',
  text: 'M4.5 6V4.5h11V6 M10 4.5v11 M8 15.5h4',
  image: 'M3.5 4.5h13v11h-13z M3.5 13l3.7-3.5 3 2.8 2.6-2.3 3.7 3.2 M13.5 7.6a.9.9 0 1 1-1.8 0a.9.9 0 1 1 1.8 0',
  undo: 'M7.5 5 4 8.5 7.5 12 M4 8.5h7.5a4 4 0 0 1 0 8H9',
  redo: 'M12.5 5 16 8.5 12.5 12 M16 8.5H8.5a4 4 0 0 0 0 8H11',
  plus: 'M10 4.5v11 M4.5 10h11',
  minus: 'M4.5 10h11',
  fit: 'M4 7.5V4h3.5 M12.5 4H16v3.5 M16 12.5V16h-3.5 M7.5 16H4v-3.5',
  sun: 'M10 6.8a3.2 3.2 0 1 1 0 6.4a3.2 3.2 0 1 1 0-6.4z M10 2.5v1.5 M10 16v1.5 M2.5 10H4 M16 10h1.5 M4.7 4.7l1.1 1.1 M14.2 14.2l1.1 1.1 M15.3 4.7l-1.1 1.1 M5.8 14.2l-1.1 1.1',
  moon: 'M16 11.6A6.5 6.5 0 0 1 8.4 4a6.5 6.5 0 1 0 7.6 7.6z',
  close: 'M5.5 5.5l9 9 M14.5 5.5l-9 9',
  chevron: 'M6 8.5l4 4 4-4',
  menu: 'M4 6h12 M4 10h12 M4 14h12',
  words: 'M4 4.5h12v8.5H9.5L6.5 15.8V13H4z M7 7.6h6 M7 10h4',
  shirt: 'M7.3 3.5 3 5.6l1.3 3.6 1.9-.6v7.9h7.6V8.6l1.9.6L17 5.6l-4.3-2.1a2.7 2.7 0 0 1-5.4 0z',
  beneath: 'M10 3.5 17 7l-7 3.5L3 7z M3.7 10.5 10 13.7l6.3-3.2 M3.7 13.5 10 16.7l6.3-3.2',
} as const;

export type IconName = keyof typeof icons;
