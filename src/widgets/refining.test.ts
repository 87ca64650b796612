import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { IFrame, IndexWindow, IReduced } from '../model/messages';
import type { IViewState } from '../model/view';
import { StaleError } from './client';
import type { IShown } from './controller';
import { dataset, settled } from './fixtures';
import { Refining, REST, withFine } from './refining';

const WHOLE: IndexWindow = [0, 800, 0, 800];
const view = dataset().view as unknown as IViewState;

function frame(window: IndexWindow, factor: number, preview: boolean): IFrame {
  const reduced: IReduced = {
    window,
    factors: [factor, factor],
    preview,
    words: ''
  };
  return { reduced };
}

const sight = (window: IndexWindow, side = 100) => ({
  window,
  screen: [side, side] as [number, number]
});

/** A slot whose answers the test gives. */
function slot(frame: IFrame) {
  const asked: {
    window: IndexWindow;
    settle(frame: IFrame): void;
    fail(error: Error): void;
    tell(fraction: number): void;
    come(frame: IFrame): void;
  }[] = [];
  const state = {
    shown: { frame, view } as IShown | null,
    hurried: 0,
    failed: 0,
    asked
  };
  const refining = new Refining({
    resting: () => state.shown,
    ask: (_, { window }, tell, come) =>
      new Promise((settle, fail) =>
        asked.push({ window, settle, fail, tell, come })
      ),
    hurry: () => state.hurried++,
    refined: shown => (state.shown = shown),
    failed: () => state.failed++
  });
  return { state, refining, asked };
}

describe('a picture is refined', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('once the eye rests, and only once', async () => {
    const { state, refining, asked } = slot(frame(WHOLE, 8, true));
    refining.look(sight(WHOLE));
    vi.advanceTimersByTime(REST - 1);
    expect(asked).toHaveLength(0);
    refining.touch();
    vi.advanceTimersByTime(REST - 1);
    expect(asked).toHaveLength(0);
    vi.advanceTimersByTime(1);
    expect(asked).toHaveLength(1);
    const fine = frame(WHOLE, 8, false);
    asked[0]?.settle(fine);
    await settled();
    expect(state.shown?.frame).toBe(fine);
    refining.touch();
    vi.advanceTimersByTime(REST);
    expect(asked).toHaveLength(1);
  });

  it('never, where every pixel has come', () => {
    const { refining, asked } = slot({});
    refining.look(sight(WHOLE));
    vi.advanceTimersByTime(REST);
    expect(asked).toHaveLength(0);
  });

  it('not while another is on its way', () => {
    const { state, refining, asked } = slot(frame(WHOLE, 8, true));
    state.shown = null;
    refining.look(sight(WHOLE));
    vi.advanceTimersByTime(REST);
    expect(asked).toHaveLength(0);
  });

  it('as its rows come, over the coarse picture', async () => {
    const base = frame(WHOLE, 8, true);
    const { state, refining, asked } = slot(base);
    refining.look(sight(WHOLE));
    vi.advanceTimersByTime(REST);
    const half = frame(WHOLE, 4, false);
    asked[0]?.tell(0.5);
    asked[0]?.come(half);
    expect(refining.progress.value).toBe(0.5);
    expect(state.shown).toMatchObject({ frame: base, coming: [half] });
    const more = frame(WHOLE, 4, false);
    asked[0]?.come(more);
    expect(state.shown?.coming).toEqual([more]);
    const fine = frame(WHOLE, 4, false);
    asked[0]?.settle(fine);
    await settled();
    expect(state.shown).toEqual({ frame: fine, view });
  });

  it('and what has come stays while the window moves', () => {
    const { state, refining, asked } = slot(frame(WHOLE, 8, true));
    refining.look(sight(WHOLE));
    vi.advanceTimersByTime(REST);
    const rows = frame(WHOLE, 4, false);
    asked[0]?.come(rows);
    const close: IndexWindow = [100, 200, 100, 200];
    refining.look(sight(close));
    asked[0]?.come(frame(WHOLE, 4, false)); // too late
    expect(state.shown?.coming).toEqual([rows]);
    vi.advanceTimersByTime(REST);
    const closer = frame(close, 1, false);
    asked[1]?.come(closer);
    expect(state.shown?.coming).toEqual([rows, closer]);
  });

  it('not any more once that was cancelled, until something changes', () => {
    const base = frame(WHOLE, 8, true);
    const { state, refining, asked } = slot(base);
    refining.look(sight(WHOLE));
    vi.advanceTimersByTime(REST);
    asked[0]?.come(frame(WHOLE, 4, false));
    refining.cancel();
    expect(state.shown).toEqual({ frame: base, view });
    expect(refining.progress.value).toBeNull();
    refining.touch();
    vi.advanceTimersByTime(REST);
    expect(asked).toHaveLength(1);
    refining.look(sight([100, 200, 100, 200]));
    vi.advanceTimersByTime(REST);
    expect(asked).toHaveLength(2);
  });

  it('in the window alone, over the old picture', async () => {
    const base = frame(WHOLE, 8, false);
    const { state, refining, asked } = slot(base);
    const close: IndexWindow = [100, 200, 100, 200];
    refining.look(sight(close));
    vi.advanceTimersByTime(REST);
    expect(asked[0]?.window).toEqual(close);
    const detail = frame(close, 1, false);
    asked[0]?.settle(detail);
    await settled();
    expect(state.shown).toMatchObject({ frame: base, detail });
    // Closer still, and back to all: both are there already.
    refining.look(sight([120, 140, 120, 140]));
    vi.advanceTimersByTime(REST);
    refining.look(sight(WHOLE));
    vi.advanceTimersByTime(REST);
    expect(asked).toHaveLength(1);
  });

  it('quickly first, where nothing is shown of it', () => {
    const { state, refining } = slot(frame([0, 400, 0, 400], 4, false));
    refining.look(sight([100, 200, 100, 200]));
    expect(state.hurried).toBe(0);
    refining.look(sight(WHOLE));
    expect(state.hurried).toBe(1);
  });

  it('not by an answer to what is not looked at any more', async () => {
    const base = frame(WHOLE, 8, true);
    const { state, refining, asked } = slot(base);
    refining.look(sight(WHOLE));
    vi.advanceTimersByTime(REST);
    refining.look(sight([0, 80, 0, 80]));
    asked[0]?.settle(frame(WHOLE, 8, false));
    await settled();
    expect(state.shown?.frame).toBe(base);
    // What was dropped is asked for again when the eye comes back.
    refining.look(sight(WHOLE));
    vi.advanceTimersByTime(REST);
    expect(asked).toHaveLength(2);
  });

  it('or says why not, unless it was overtaken', async () => {
    const { state, refining, asked } = slot(frame(WHOLE, 8, true));
    refining.look(sight(WHOLE));
    vi.advanceTimersByTime(REST);
    asked[0]?.fail(new StaleError());
    await settled();
    expect(state.failed).toBe(0);
    refining.touch();
    vi.advanceTimersByTime(REST);
    asked[1]?.fail(new Error('gone'));
    await settled();
    expect(state.failed).toBe(1);
  });
});

describe('a fine picture', () => {
  it('takes the place of one that shows no more', () => {
    const fine = frame([0, 400, 0, 400], 1, false);
    const less = { frame: frame([10, 20, 10, 20], 1, true), view };
    expect(withFine(less, fine)).toEqual({ frame: fine, view });
    const more = { frame: frame(WHOLE, 8, true), view };
    expect(withFine(more, fine)).toMatchObject({ detail: fine });
    expect(withFine(more, {})).toEqual({ frame: {}, view });
  });
});
