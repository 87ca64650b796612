/** Tree and attributes: a column beside the panels, or a drawer over them. */

import { Attributes } from './attributes';
import type { Store } from './store';
import { Tree } from './tree';

export function Sidebar({ store }: { store: Store }) {
  return (
    <div class="usid-sidebar" data-panel="tree">
      <Tree store={store} />
      <Attributes files={store.files} />
    </div>
  );
}
