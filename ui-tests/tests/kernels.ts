/** Processes of kernels, for the tests that stop or suspend them. */

import { execFileSync } from 'node:child_process';

/** The process that serves a kernel, found by its connection file. */
export function processOf(kernel: string): number {
  const list = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' });
  const line = list.split('\n').find(each => each.includes(`kernel-${kernel}`));
  if (!line) {
    throw new Error(`no process serves the kernel ${kernel}`);
  }
  return Number.parseInt(line, 10);
}

export function signal(kernel: string, name: NodeJS.Signals): void {
  process.kill(processOf(kernel), name);
}
