/** A few choices side by side, one of them taken. */

import { useUniqueId } from './ids';
import { Shortened } from './shortened';

export interface ISegment {
  value: string;
  label: string;
}

interface ISegmentsProps {
  name: string;
  segments: readonly ISegment[];
  chosen: string;
  onChoose: (value: string) => void;
}

export function Segments({ name, segments, chosen, onChoose }: ISegmentsProps) {
  const group = useUniqueId();
  return (
    <div class="usid-segments" role="radiogroup" aria-label={name}>
      {segments.map(({ value, label }) => (
        <label key={value} class="usid-segment" title={label}>
          <input
            type="radio"
            name={group}
            checked={value === chosen}
            aria-label={label}
            onChange={() => onChoose(value)}
          />
          <span>
            <Shortened text={label} />
          </span>
        </label>
      ))}
    </div>
  );
}
