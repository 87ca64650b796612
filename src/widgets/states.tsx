/** What is shown while there is nothing to show, or something went wrong. */

import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { IDatasetDescription } from '../model/dataset';
import type { FrameSlot, IDamage, IFailure } from '../model/messages';
import { Failure } from './alert';
import { CloseIcon, WarningIcon } from './icons';
import type { Store } from './store';
import { Underway } from './underway';

/** True once the component has been there for some time. */
function useDelay(milliseconds: number): boolean {
  const over = useSignal(false);
  useEffect(() => {
    const timer = setTimeout(() => (over.value = true), milliseconds);
    return () => clearTimeout(timer);
  }, []);
  return over.value;
}

/** The outline of what is coming, after a moment. */
export function Skeleton({ store, path }: { store: Store; path: string }) {
  const noticed = useDelay(150);
  const slow = useDelay(300);
  const long = useDelay(8000);
  const opening = path ? `Opening ${path}` : 'Opening';
  if (!noticed) {
    return <div class="usid-skeleton" />;
  }
  return (
    <div class="usid-skeleton usid-skeleton-visible">
      <div class="usid-skeleton-side">
        {[70, 85, 60, 78, 52].map(width => (
          <i key={width} style={{ width: `${width}%` }} />
        ))}
      </div>
      <div class="usid-skeleton-panel" />
      <div class="usid-skeleton-panel" />
      <div class="usid-skeleton-text">
        {slow ? (
          <Underway
            label="Opening"
            words={opening}
            fraction={store.session.fraction.value}
            onCancel={() => store.cancelOpening()}
          />
        ) : (
          <span role="status" aria-label="Opening">
            {opening} …
          </span>
        )}
        {long && <small>A large or remote file can take a while.</small>}
      </div>
    </div>
  );
}

/** The file could not be opened. */
export function OpenFailure({ store }: { store: Store }) {
  const { value: failure } = store.session.failure;
  return (
    <div class="usid-message">
      {failure && (
        <Failure failure={failure}>
          <button
            type="button"
            class="usid-button usid-button-accent"
            onClick={() => store.reload()}
          >
            Try again
          </button>
        </Failure>
      )}
    </div>
  );
}

/** Nothing in the file can be drawn. */
export function Empty({ store }: { store: Store }) {
  const rows = store.files.rows.value.length;
  return (
    <div class="usid-message">
      <p class="usid-quiet">
        {rows === 0
          ? 'This file is empty: it holds no groups and no datasets.'
          : 'This file holds no numbers that can be drawn. Its contents and their attributes are listed beside.'}
      </p>
    </div>
  );
}

interface ISlotProps {
  store: Store;
  slot: FrameSlot;
}

/** How far a slow read is; the old picture stays under it. */
export function Reading({ store, slot }: ISlotProps) {
  const { value: progress } = store.progress[slot];
  const refining = slot === 'map' ? store.refining.value : null;
  if (!progress && refining === null) {
    return null;
  }
  const preview = progress && store[slot].value?.preview;
  return (
    <div class="usid-reading">
      <Underway
        label={progress ? 'Reading' : 'Refining'}
        words={progress ? 'reading' : 'refining'}
        fraction={progress ? progress.fraction : refining}
        onCancel={() => store.cancel(slot)}
      >
        {preview && <span class="usid-badge">preview</span>}
      </Underway>
    </div>
  );
}

/** A read that failed, in its own panel. */
export function ReadFailure({ store, slot }: ISlotProps) {
  const { value: failure } = store.failure[slot];
  return failure ? (
    <div class="usid-pane-failure">
      <Failure failure={failure}>
        {failure.file === 'changed' ? (
          <LoadAgain store={store} />
        ) : (
          <button
            type="button"
            class="usid-button"
            onClick={() => store.readAgain(slot)}
          >
            {failure.file === 'missing' ? 'Try again' : 'Read again'}
          </button>
        )}
      </Failure>
    </div>
  ) : null;
}

/** Chunks that cannot be decoded: the rest of the picture is as it should be. */
export function Damage({ store, slot }: ISlotProps) {
  const damage = store[slot].value?.frame.damage;
  if (!damage || store.failure[slot].value || store.progress[slot].value) {
    return null;
  }
  return (
    <div role="alert">
      <details class="usid-strip usid-strip-warning">
        <summary>
          <WarningIcon />
          {damageText(damage, slot === 'curve' ? 'values' : 'pixels')}
        </summary>
        <pre class="usid-quiet">{damage.reason}</pre>
      </details>
    </div>
  );
}

function damageText(
  { chunks, of }: IDamage,
  what: 'values' | 'pixels'
): string {
  const [number, all] = [chunks, of].map(n => n.toLocaleString('en'));
  const whole = of === 1 ? 'chunk' : 'chunks';
  const lost = what === 'pixels' ? 'pixels are marked' : 'values are left out';
  return chunks === 1
    ? `${number} of ${all} ${whole} is damaged; its ${lost}.`
    : `${number} of ${all} ${whole} are damaged; their ${lost}.`;
}

function LoadAgain({ store }: { store: Store }) {
  return (
    <button
      type="button"
      class="usid-button usid-button-accent"
      onClick={() => store.reload()}
    >
      Load again
    </button>
  );
}

const NO_MORE = {
  changed:
    'This file was changed on disk since it was opened. What is shown was read before.',
  missing:
    'This file is not there any more: it was deleted, moved or renamed. What is shown was read before.'
};

/** The file is not what it was when it was opened. */
function FileNotice({ store }: { store: Store }) {
  const { value: state } = store.session.fileState;
  return state === 'same' ? null : (
    <Failure failure={{ message: NO_MORE[state], reason: '' }}>
      {state === 'changed' && <LoadAgain store={store} />}
    </Failure>
  );
}

/** Above the panels: what is being opened, what could not be, what is amiss. */
export function Notices({ store }: { store: Store }) {
  const { session, dataset, files, saver } = store;
  return (
    <>
      {session.opening.value !== null && (
        <div class="usid-strip usid-underway">
          <Underway
            label="Opening"
            words={`Opening ${session.opening.value}`}
            fraction={session.fraction.value}
            onCancel={() => store.cancelOpening()}
          />
        </div>
      )}
      <FileNotice store={store} />
      <Saving store={store} />
      <Dismissable failure={session.refusal} />
      <Dismissable failure={saver.failure} />
      <Dismissable failure={files.failure} />
      {dataset.value && dataset.value.faults.length > 0 && (
        <Faults dataset={dataset.value} />
      )}
    </>
  );
}

/** How far something is that is saved, and where it went. */
function Saving({ store }: { store: Store }) {
  const { progress, saved, cancel } = store.saver;
  const { value: fraction } = progress;
  if (fraction !== null) {
    return (
      <div class="usid-strip usid-underway">
        <Underway
          label="Saving"
          words="Saving"
          fraction={fraction}
          onCancel={cancel.value}
        />
      </div>
    );
  }
  return saved.value ? (
    <div class="usid-strip usid-underway">
      <span role="status" aria-label="Saved">
        Saved {saved.value.paths.join(', ')} in {saved.value.file}
      </span>
      <button
        type="button"
        class="usid-button"
        aria-label="Dismiss"
        onClick={() => (saved.value = null)}
      >
        <CloseIcon />
      </button>
    </div>
  ) : null;
}

function Dismissable({ failure }: { failure: { value: IFailure | null } }) {
  return failure.value ? (
    <Failure failure={failure.value}>
      <button
        type="button"
        class="usid-button"
        aria-label="Dismiss"
        onClick={() => (failure.value = null)}
      >
        <CloseIcon />
      </button>
    </Failure>
  ) : null;
}

/** Why a dataset is no Main dataset, or what is amiss with one. */
function Faults({ dataset }: { dataset: IDatasetDescription }) {
  const { faults } = dataset;
  return (
    <details class="usid-strip usid-strip-warning" open={faults.length < 3}>
      <summary>
        <WarningIcon />
        {faultsTitle(dataset)}
      </summary>
      <ul aria-label="Faults">
        {faults.map((fault, i) => (
          <li key={i}>{fault}</li>
        ))}
      </ul>
    </details>
  );
}

function faultsTitle({ kind, faults }: IDatasetDescription): string {
  if (kind === 'main') {
    return 'This Main dataset is not quite as the data format asks.';
  }
  return faults.length === 1
    ? 'Shown as a plain array: it is not quite a Main dataset.'
    : `Shown as a plain array: ${faults.length} things keep it from being a Main dataset.`;
}
