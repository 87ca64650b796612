import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StaleError } from './client';
import { settled } from './fixtures';
import { Overtaking, PATIENCE } from './overtaking';

/** A slot whose answers the test gives. */
function slot() {
  const asked: string[] = [];
  const answers = new Map<string, (frame: string) => void>();
  const refusals = new Map<string, (error: unknown) => void>();
  const shown: string[] = [];
  const failed: unknown[] = [];
  const busy = vi.fn();
  const overtaking = new Overtaking<string, string>({
    ask: wish => {
      asked.push(wish);
      return new Promise((resolve, reject) => {
        answers.set(wish, resolve);
        refusals.set(wish, reject);
      });
    },
    arrived: frame => shown.push(frame),
    failed: error => failed.push(error),
    busy
  });
  const answer = async (wish: string): Promise<void> => {
    answers.get(wish)?.(wish);
    await settled();
  };
  const refuse = async (wish: string, error: unknown): Promise<void> => {
    refusals.get(wish)?.(error);
    await settled();
  };
  return { overtaking, asked, shown, failed, busy, answer, refuse };
}

describe('Overtaking', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('keeps one request and the newest wish', async () => {
    const { overtaking, asked, shown, answer } = slot();
    ['a', 'b', 'c', 'd'].forEach(wish => overtaking.wish(wish));
    expect(asked).toEqual(['a']);
    await answer('a');
    expect(asked).toEqual(['a', 'd']);
    await answer('d');
    expect(shown).toEqual(['a', 'd']);
  });

  it('overtakes an answer that is slow in coming', async () => {
    const { overtaking, asked, shown, failed, answer, refuse } = slot();
    overtaking.wish('a');
    overtaking.wish('b');
    vi.advanceTimersByTime(PATIENCE - 1);
    expect(asked).toEqual(['a']);
    vi.advanceTimersByTime(1);
    expect(asked).toEqual(['a', 'b']);
    await refuse('a', new StaleError());
    await answer('b');
    expect(shown).toEqual(['b']);
    expect(failed).toEqual([]);
  });

  it('grows patient, so that a long drag shows something', () => {
    const { overtaking, asked } = slot();
    overtaking.wish('a');
    overtaking.wish('b');
    vi.advanceTimersByTime(PATIENCE);
    overtaking.wish('c');
    vi.advanceTimersByTime(PATIENCE);
    expect(asked).toEqual(['a', 'b']);
    vi.advanceTimersByTime(PATIENCE);
    expect(asked).toEqual(['a', 'b', 'c']);
  });

  it('shows an overtaken frame, but never after a newer one', async () => {
    const { overtaking, shown, answer } = slot();
    overtaking.wish('a');
    overtaking.wish('b');
    vi.advanceTimersByTime(PATIENCE);
    await answer('b');
    await answer('a');
    expect(shown).toEqual(['b']);
  });

  it('reports the newest failure only', async () => {
    const { overtaking, failed, refuse } = slot();
    overtaking.wish('a');
    overtaking.wish('b');
    vi.advanceTimersByTime(PATIENCE);
    await refuse('a', 'old');
    await refuse('b', 'new');
    expect(failed).toEqual(['new']);
  });

  it('shows nothing of what was dropped', async () => {
    const { overtaking, asked, shown, busy, answer } = slot();
    overtaking.wish('a');
    overtaking.wish('b');
    overtaking.drop();
    expect(busy).toHaveBeenLastCalledWith(null, null);
    await answer('a');
    vi.advanceTimersByTime(10 * PATIENCE);
    expect(asked).toEqual(['a']);
    expect(shown).toEqual([]);
  });
});
