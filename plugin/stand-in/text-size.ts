/** How large a text is, by the average width of letters: no font is at hand where the stand-in runs. */

/** Parts of the font size. Letters of Han, Kana and Hangul are as wide as they are high. */
const LETTER = 0.56;
const WIDE = 1;
const LINE = 1.2;

export function estimateText(
  characters: string,
  fontSize: number,
  wrapAt = Infinity,
): { width: number; height: number } {
  const widths = characters.split(/\r\n|[\n\u2028]/).map((line) => widthOf(line) * fontSize);
  const lines = widths.map((width) => (wrapAt === Infinity ? 1 : Math.max(1, Math.ceil(width / wrapAt))));
  const count = lines.reduce((total, number) => total + number, 0);
  return { width: Math.max(...widths), height: Math.round(count * fontSize * LINE) };
}

function widthOf(line: string): number {
  let width = 0;
  for (const letter of line) width += (letter.codePointAt(0) ?? 0) >= 0x2e80 ? WIDE : LETTER;
  return width;
}
