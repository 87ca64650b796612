/** The keys, and what the pointer does, on one page. */

import { useEffect, useRef } from 'preact/hooks';
import { CloseIcon } from './icons';
import { KEYS } from './keys';

const POINTER: readonly (readonly [string, string])[] = [
  ['Click or drag on the map', 'Move the cursor; the spectrum follows'],
  ['Drag on the spectrum', 'Move the marker; the map follows'],
  ['Shift + drag on the spectrum', 'Make a band; the map shows its mean'],
  ['Wheel', 'Zoom a panel that has the focus; elsewhere with Ctrl'],
  ['Space + drag, middle button', 'Pan'],
  ['Double click', 'Fit view']
];

export function Help({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const { current } = dialog;
    current?.showModal();
    return () => current?.close();
  }, []);
  return (
    <dialog
      class="usid-help"
      aria-label="Help"
      ref={dialog}
      onClose={onClose}
      onKeyDown={event => event.stopPropagation()}
      onClick={event => event.target === dialog.current && onClose()}
    >
      <div class="usid-help-page">
        <header>
          <h2>Keys and pointer</h2>
          <button
            type="button"
            class="usid-button"
            aria-label="Close"
            onClick={onClose}
          >
            <CloseIcon />
          </button>
        </header>
        <p class="usid-quiet">Keys work while a panel has the focus.</p>
        <div class="usid-help-columns">
          <Table rows={KEYS} keys />
          <Table rows={POINTER} />
        </div>
      </div>
    </dialog>
  );
}

function Table({
  rows,
  keys
}: {
  rows: readonly (readonly [string, string])[];
  keys?: boolean;
}) {
  return (
    <table>
      <tbody>
        {rows.map(([what, does]) => (
          <tr key={what}>
            <th scope="row">{keys ? <kbd>{what}</kbd> : what}</th>
            <td>{does}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
