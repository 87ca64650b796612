// Bundles the viewers for anywidget: usid_lab/static/{workbench,job}.{js,css}.
import { fileURLToPath } from 'node:url';
import esbuild from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const watching = process.argv.includes('--watch');

const options = {
  absWorkingDir: root,
  entryPoints: {
    workbench: 'src/widgets/index.ts',
    job: 'src/widgets/job/index.ts'
  },
  outdir: 'usid_lab/static',
  bundle: true,
  format: 'esm',
  target: 'es2022',
  jsx: 'automatic',
  jsxImportSource: 'preact',
  loader: { '.svg': 'text' },
  minify: !watching,
  sourcemap: watching ? 'inline' : false,
  legalComments: 'eof',
  logLevel: 'info'
};

if (watching) {
  const context = await esbuild.context(options);
  await context.watch();
} else {
  await esbuild.build(options);
}
