/** A run in words. */

import type { IJob } from '../../model/job';

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;

/** "less than a second", "12 s", "3 min 20 s", "2 h 5 min", "3 d 4 h". */
export function duration(seconds: number): string {
  if (seconds < 1) {
    return 'less than a second';
  }
  if (seconds < MINUTE) {
    return `${Math.round(seconds)} s`;
  }
  if (seconds < HOUR) {
    return both(seconds, MINUTE, 'min', 1, 's');
  }
  return seconds < DAY
    ? both(seconds, HOUR, 'h', MINUTE, 'min')
    : both(seconds, DAY, 'd', HOUR, 'h');
}

function both(
  seconds: number,
  large: number,
  largeName: string,
  small: number,
  smallName: string
): string {
  const count = Math.floor(seconds / large);
  const rest = Math.floor((seconds - count * large) / small);
  const first = `${count} ${largeName}`;
  return rest > 0 ? `${first} ${rest} ${smallName}` : first;
}

/** "1,240 of 16,384 positions". */
export function amountDone({ done, total }: IJob): string {
  const [so, all] = [done, total].map(n => n.toLocaleString('en'));
  return `${so} of ${all} ${total === 1 ? 'position' : 'positions'}`;
}

/** "350 positions/s"; seconds a position where they are slow. */
export function pace(rate: number | null): string {
  if (rate === null || rate <= 0) {
    return '';
  }
  if (rate < 1) {
    return `${duration(1 / rate)} a position`;
  }
  const digits = { maximumFractionDigits: rate < 10 ? 1 : 0 };
  return `${rate.toLocaleString('en', digits)} positions/s`;
}

export function percent({ done, total }: IJob): number {
  return total > 0 ? Math.floor((100 * done) / total) : 0;
}

/** What is going on, in a word or two. */
export function stateText(job: IJob): string {
  if (job.stopping && isAlive(job)) {
    return 'Cancelling …';
  }
  return {
    waiting: 'Waiting to begin',
    running: 'Running',
    committing: 'Writing the results',
    done: 'Finished',
    cancelled: 'Cancelled',
    failed: 'Failed'
  }[job.state];
}

export function isAlive({ state }: IJob): boolean {
  return state === 'waiting' || state === 'running' || state === 'committing';
}
