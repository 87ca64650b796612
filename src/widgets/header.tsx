/** The file's and the dataset's names, and remarks about them. */

import { useSignal } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { IBadge } from '../model/dataset';
import { useDismissal } from './dismiss';
import { TreeIcon, WarningIcon } from './icons';
import type { Store } from './store';

interface IHeaderProps {
  store: Store;
  treeOpen: boolean;
  onToggleTree: () => void;
}

export function Header({ store, treeOpen, onToggleTree }: IHeaderProps) {
  const file = store.session.file.value;
  const { value: dataset } = store.dataset;
  const badges = [...(file?.badges ?? []), ...(dataset?.badges ?? [])];
  return (
    <header class="usid-header">
      <button
        type="button"
        class="usid-button"
        aria-label="File contents"
        aria-pressed={treeOpen}
        title={treeOpen ? 'Hide the file contents' : 'Show the file contents'}
        onClick={onToggleTree}
      >
        <TreeIcon />
      </button>
      <span class="usid-path" title={file?.path}>
        <b>{file?.name}</b>
        {dataset && <span title={dataset.path}>{dataset.path}</span>}
      </span>
      {dataset && <span class="usid-quiet usid-form">{formOf(dataset)}</span>}
      {badges.length > 0 && <Badges badges={badges} />}
    </header>
  );
}

function formOf({ quantity, units, dtype }: IBadgeSource): string {
  const unit = units.trim();
  const what = unit ? `${quantity} (${unit})` : quantity;
  return [what, dtype].filter(Boolean).join(' · ');
}

type IBadgeSource = Record<'quantity' | 'units' | 'dtype', string>;

/** Short remarks; pressing one of them shows what is behind them all. */
function Badges({ badges }: { badges: readonly IBadge[] }) {
  const open = useSignal(false);
  const root = useRef<HTMLDivElement>(null);
  useDismissal(root, open);
  return (
    <div
      class="usid-badges"
      ref={root}
      onKeyDown={event => {
        if (event.key === 'Escape' && open.value) {
          open.value = false;
          event.stopPropagation();
        }
      }}
    >
      <div class="usid-badge-row">
        {badges.map(({ text, detail, level }) => (
          <button
            key={text}
            type="button"
            class="usid-badge"
            data-level={level}
            title={detail}
            aria-expanded={open.value}
            onClick={() => (open.value = !open.value)}
          >
            {level === 'warning' && <WarningIcon />}
            <span>{text}</span>
          </button>
        ))}
      </div>
      {open.value && (
        <dl class="usid-flyout" tabIndex={-1}>
          {badges.map(({ text, detail }) => (
            <div key={text}>
              <dt>{text}</dt>
              <dd>{detail}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}
