import js from '@eslint/js';
import jupyter from '@jupyter/eslint-plugin';
import prettier from 'eslint-config-prettier';
import tseslint from 'typescript-eslint';

/** No HTML and no code is ever built from text: files are hostile. */
const hostileText = {
  'no-eval': 'error',
  'no-implied-eval': 'error',
  'no-new-func': 'error',
  'no-restricted-properties': [
    'error',
    ...[
      'innerHTML',
      'outerHTML',
      'insertAdjacentHTML',
      'dangerouslySetInnerHTML'
    ].map(property => ({ property, message: 'Use text content.' })),
    { object: 'document', property: 'write', message: 'Use text content.' }
  ]
};

export default tseslint.config(
  {
    ignores: [
      '**/node_modules/**',
      'lib/**',
      '.venv*/**',
      'usid_lab/labextension/**',
      'usid_lab/static/**',
      'src/render/colormaps.ts',
      'ui-tests/test-results/**',
      'ui-tests/playwright-report/**',
      'ui-tests/build/**',
      '.lab/**'
    ]
  },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    rules: {
      ...hostileText,
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      eqeqeq: 'error',
      'no-console': 'error',
      'prefer-arrow-callback': 'error'
    }
  },
  // The rules of JupyterLab concern what talks to JupyterLab.
  ...jupyter.configs.recommended.map(config => ({
    plugins: { jupyter },
    ...config,
    files: config.files?.some(file => file.includes('schema'))
      ? ['schema/*.json']
      : config.files?.some(file => /spec|test/.test(file))
        ? ['ui-tests/**/*.ts']
        : ['src/index.ts', 'src/document/**/*.ts', 'src/plugins/**/*.ts']
  })),
  {
    files: ['**/*.mjs', 'scripts/**', 'benchmarks/**', '*.config.*'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        performance: 'readonly',
        setTimeout: 'readonly',
        document: 'readonly',
        window: 'readonly',
        requestAnimationFrame: 'readonly',
        fetch: 'readonly',
        addEventListener: 'readonly',
        MutationObserver: 'readonly',
        TextDecoder: 'readonly',
        Blob: 'readonly',
        WebGLRenderingContext: 'readonly',
        WebGL2RenderingContext: 'readonly'
      }
    },
    rules: { 'no-console': 'off' }
  },
  prettier
);
