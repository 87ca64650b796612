/** Ids that no other viewer in the same page has. */

import { useState } from 'preact/hooks';

export function useUniqueId(): string {
  const [id] = useState(() => `usid-${Math.random().toString(36).slice(2)}`);
  return id;
}
