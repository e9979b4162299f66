/** Bundles the server, the engine's child process, the command line and what manifest.json names, into dist/. */
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import { build } from 'esbuild';

const shared = { bundle: true, sourcemap: true, logLevel: 'warning' };

await build({
  ...shared,
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
await cp('server/page', 'dist/page', { recursive: true });

const browser = { ...shared, sourcemap: false, minify: true, target: 'es2020' };
await build({ ...browser, entryPoints: ['plugin/main.ts'], outfile: 'dist/plugin/main.js', format: 'iife' });
const ui = await build({ ...browser, entryPoints: ['plugin/ui/ui.ts'], write: false, format: 'iife' });
const html = await readFile('plugin/ui/ui.html', 'utf8');
await mkdir('dist/plugin', { recursive: true });
// a function, since a replacement string would give meaning to the script's dollar signs
await writeFile(
  'dist/plugin/ui.html',
  html.replace(
    '<!-- script -->',
    () => `<script>${ui.outputFiles[0].text.replaceAll('</script', '<\\/script')}</script>`,
  ),
);
