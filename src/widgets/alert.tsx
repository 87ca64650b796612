/** What went wrong, where it is shown. */

import type { ComponentChildren } from 'preact';
import type { IFailure } from '../model/messages';
import { WarningIcon } from './icons';

/** A sentence for people; the technical reason is folded under it. */
export function Failure({
  failure,
  children
}: {
  failure: IFailure;
  children?: ComponentChildren;
}) {
  return (
    <div class="usid-alert" role="alert">
      <WarningIcon />
      <div class="usid-alert-text">
        <p>{failure.message}</p>
        {failure.reason && (
          <details>
            <summary>Technical details</summary>
            <pre>{failure.reason}</pre>
          </details>
        )}
      </div>
      {children}
    </div>
  );
}
