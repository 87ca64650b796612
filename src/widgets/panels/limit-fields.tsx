/** Fields into which limits are typed, as values or as percentiles. */

import type { IPrefix } from '../../model/units';
import { parseQuantity } from '../../model/units';
import type { Limits } from '../../render/statistics';
import type { End } from './limits';
import { limitText, movedLimits } from './limits';

interface IPercentileProps {
  label: string;
  value: number;
  onValue: (value: number) => void;
}

export function PercentileField({ label, value, onValue }: IPercentileProps) {
  return (
    <label class="usid-field">
      <span>{label}</span>
      <input
        type="number"
        min={0}
        max={100}
        step={0.5}
        value={value}
        aria-label={label}
        onChange={event => {
          const { valueAsNumber } = event.currentTarget;
          if (valueAsNumber >= 0 && valueAsNumber <= 100) {
            onValue(valueAsNumber);
          }
        }}
      />
      <span class="usid-field-units">%</span>
    </label>
  );
}

interface ILimitProps {
  label: string;
  end: End;
  limits: Limits;
  prefix: IPrefix;
  /** Units of the data, for what is typed with a unit of its own. */
  units: string;
  onLimits: (limits: Limits) => void;
}

export function LimitField(props: ILimitProps) {
  const { label, end, limits, prefix, units, onLimits } = props;
  const text = limitText(limits[end], limits, prefix);
  return (
    <label class="usid-field">
      <span>{label}</span>
      <input
        type="text"
        inputMode="decimal"
        value={text}
        aria-label={label}
        onChange={event => {
          const field = event.currentTarget;
          const value = parseQuantity(field.value, units, prefix);
          if (value === null) {
            field.value = text;
          } else {
            onLimits(movedLimits(limits, end, value));
          }
        }}
      />
      <span class="usid-field-units">{prefix.units}</span>
    </label>
  );
}
