/** The button Save to file: what is shown becomes datasets of the file. */

import { useSignal, type Signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { ISavingPlan } from '../../model/messages';
import { SaveIcon } from '../icons';
import type { Store } from '../store';
import { PopoverButton } from './popover';

interface IProps {
  store: Store;
}

export function SaveButton({ store }: IProps) {
  return (
    <PopoverButton
      label="Save to file"
      title="Save what is shown"
      icon={<SaveIcon />}
    >
      {close => <SaveForm store={store} onClose={close} />}
    </PopoverButton>
  );
}

export function SaveForm({ store, onClose }: IProps & { onClose: () => void }) {
  const { saver, view } = store;
  const left = useSignal<ReadonlySet<string>>(new Set());
  useEffect(() => {
    if (view.value) {
      void saver.prepare(view.value);
    }
  }, []);
  const { value: plan } = saver.plan;
  if (!plan) {
    return <p class="usid-quiet">{saver.failure.value?.message ?? '…'}</p>;
  }
  const wanted = plan.choices
    .map(({ what }) => what)
    .filter(what => !left.value.has(what));
  const save = (): void => {
    if (view.value) {
      void saver.save(view.value, wanted);
    }
    onClose();
  };
  return (
    <form
      class="usid-save"
      onSubmit={event => {
        event.preventDefault();
        save();
      }}
    >
      <Choices plan={plan} left={left} />
      <Destination plan={plan} />
      <footer>
        <button
          type="submit"
          class="usid-button usid-button-accent"
          disabled={wanted.length === 0 || saver.progress.value !== null}
        >
          Save
        </button>
      </footer>
    </form>
  );
}

function Choices({
  plan,
  left
}: {
  plan: ISavingPlan;
  left: Signal<ReadonlySet<string>>;
}) {
  const toggle = (what: string): void => {
    const next = new Set(left.value);
    if (!next.delete(what)) {
      next.add(what);
    }
    left.value = next;
  };
  return (
    <fieldset>
      <legend>What is shown, as new datasets</legend>
      {plan.choices.map(({ what, label, detail }) => (
        <label key={what}>
          <input
            type="checkbox"
            checked={!left.value.has(what)}
            onChange={() => toggle(what)}
          />
          <span>
            {label}
            <small>{detail}</small>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

/** Where it goes, and why not into the file where it does not. */
function Destination({ plan }: { plan: ISavingPlan }) {
  const { file, inside, reason } = plan;
  return (
    <p class="usid-save-target">
      {reason && <span>{reason} </span>}
      {inside ? 'Into ' : 'It goes into a file of its own: '}
      <b>{file}</b>
      {inside
        ? '. Nothing that is in the file is changed.'
        : '. Your file is not changed.'}
    </p>
  );
}
