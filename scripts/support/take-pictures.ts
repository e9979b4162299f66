/** Screenshots in light and in dark, small enough to be kept with the source. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Page } from 'playwright-core';
import sharp from 'sharp';

const themes = ['light', 'dark'] as const;

/** @returns takes one picture a theme, of the page as it is, and ends in light again */
export async function createCamera(page: Page, folder: string): Promise<(name: string) => Promise<string[]>> {
  await mkdir(folder, { recursive: true });
  return async (name) => {
    const written: string[] = [];
    for (const colorScheme of themes) {
      await page.emulateMedia({ colorScheme });
      await twoFrames(page);
      const file = path.join(folder, `${name}-${colorScheme}.png`);
      const png = await page.screenshot();
      const small = await sharp(png).png({ palette: true, colours: 192, effort: 10 }).toBuffer();
      await writeFile(file, small);
      written.push(`${file} ${Math.ceil(small.length / 1000)} kB`);
    }
    await page.emulateMedia({ colorScheme: 'light' });
    return written;
  };
}

/** After which a change of theme has been drawn, on the canvas too. */
async function twoFrames(page: Page): Promise<void> {
  await page.evaluate(
    () => new Promise<void>((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve()))),
  );
}
