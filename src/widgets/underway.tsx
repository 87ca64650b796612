/** How far something is that takes noticeable time, and a way to end it. */

import type { ComponentChildren } from 'preact';

interface IProps {
  /** What screen readers call it. */
  label: string;
  words: string;
  /** 0-1, or null while unknown. */
  fraction: number | null;
  /** Absent where it is too late. */
  onCancel: (() => void) | null;
  children?: ComponentChildren;
}

/** "reading … 37 %", a bar, and a button. */
export function Underway({
  label,
  words,
  fraction,
  onCancel,
  children
}: IProps) {
  const percent = fraction === null ? null : Math.round(100 * fraction);
  return (
    <>
      <span role="status" aria-label={label}>
        {percent === null ? `${words} …` : `${words} … ${percent} %`}
      </span>
      {children}
      <progress
        max={100}
        value={percent ?? undefined}
        aria-label={`${label}, part done`}
      />
      {onCancel && (
        <button type="button" class="usid-button" onClick={onCancel}>
          Cancel
        </button>
      )}
    </>
  );
}
