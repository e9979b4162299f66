/** Bundles the server, the engine's child process, the command line, the playground and what manifest.json names, into dist/. */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

const { version } = JSON.parse(await readFile('package.json', 'utf8'));
const shared = { bundle: true, logLevel: 'warning', define: { TOILE_VERSION: JSON.stringify(version) } };

await build({
  ...shared,
  sourcemap: true,
  entryPoints: {
    'server/main': 'server/main.ts',
    'server/engine-child': 'server/engine/child.ts',
    'server/cli': 'server/cli/main.ts',
  },
  outdir: 'dist',
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
});

const browser = { ...shared, minify: true, target: 'es2020', format: 'iife' };
await build({ ...browser, entryPoints: ['plugin/main.ts'], outfile: 'dist/plugin/main.js' });

const panel = await build({
  ...browser,
  entryPoints: ['plugin/ui/main.tsx'],
  outdir: 'dist/plugin',
  write: false,
  jsx: 'automatic',
  jsxImportSource: 'preact',
  // an import for another bundler, in a part of the component library that goes unused
  external: ['!*'],
});
const textOf = (end) => panel.outputFiles.find(({ path }) => path.endsWith(end))?.text ?? '';
const html = await readFile('plugin/ui/ui.html', 'utf8');
await mkdir('dist/plugin', { recursive: true });
// functions, since a replacement string would give meaning to the script's dollar signs
await writeFile(
  'dist/plugin/ui.html',
  html
    .replace('<!-- style -->', () => `<style>${textOf('.css')}</style>`)
    .replace('<!-- script -->', () => `<script>${textOf('.js').replaceAll('</script', '<\\/script')}</script>`),
);

await build({ ...browser, entryPoints: ['plugin/playground/main.ts'], outfile: 'dist/playground/playground.js' });
// the stand-in for Figma by itself, for tests that run the main bundle outside a browser
await build({
  ...browser,
  minify: false,
  entryPoints: ['plugin/stand-in/index.ts'],
  outfile: 'dist/playground/stand-in.js',
  globalName: 'ToileStandIn',
});
for (const file of ['index.html', 'playground.css']) await cp(`plugin/playground/${file}`, `dist/playground/${file}`);
