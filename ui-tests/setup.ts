import { execFileSync } from 'node:child_process';

/** Writes the files that the tests open, once for all of them. */
export default function setup(): void {
  const files = process.env.USID_LAB_UI_FILES ?? '';
  execFileSync('python', ['fixtures.py', files], {
    cwd: __dirname,
    stdio: 'inherit'
  });
}
