/** A handle that moves one end of the limits, by pointer and by keys. */

import type { Limits } from '../../render/statistics';
import type { IPrefix } from '../../model/units';
import { quantityText } from '../../model/units';
import type { End } from './limits';
import {
  fractionIn,
  keyedLimits,
  limitText,
  movedLimits,
  valueIn
} from './limits';

interface IProps {
  end: End;
  label: string;
  orientation: 'vertical' | 'horizontal';
  limits: Limits;
  prefix: IPrefix;
  /** Values at the ends of the track. */
  domain: Limits;
  onLimits: (limits: Limits) => void;
  /** A movement begins or ends. */
  onMoving: (moving: boolean) => void;
}

export function LimitHandle(props: IProps) {
  const { end, label, orientation, limits, domain, prefix } = props;
  const place = `${100 * fractionIn(domain, limits[end])}%`;
  const text = limitText(limits[end], limits, prefix);
  return (
    <div
      class={`usid-limit usid-limit-${orientation} usid-limit-${end ? 'high' : 'low'}`}
      style={orientation === 'vertical' ? { bottom: place } : { left: place }}
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-orientation={orientation}
      aria-valuemin={domain[0]}
      aria-valuemax={domain[1]}
      aria-valuenow={limits[end]}
      aria-valuetext={quantityText({ text, units: prefix.units })}
      title={`${label}: ${quantityText({ text, units: prefix.units })}`}
      onPointerDown={event => grab(event, props)}
      onKeyDown={event => press(event, props)}
      onKeyUp={() => props.onMoving(false)}
      onBlur={() => props.onMoving(false)}
      onDblClick={event => event.stopPropagation()}
    />
  );
}

function press(event: KeyboardEvent, props: IProps): void {
  const limits = keyedLimits(props.limits, props.end, event);
  if (limits) {
    event.preventDefault();
    event.stopPropagation();
    props.onMoving(true);
    props.onLimits(limits);
  }
}

/** Follow the pointer until it is released; the track stays as it was. */
function grab(event: PointerEvent, props: IProps): void {
  const handle = event.currentTarget as HTMLElement;
  const track = handle.parentElement?.getBoundingClientRect();
  if (!track || event.button !== 0) {
    return;
  }
  const { domain, limits, end, orientation } = props;
  const offset = limits[end] - pointed(event, track, domain, orientation);
  const move = (moved: PointerEvent) => {
    const value = pointed(moved, track, domain, orientation) + offset;
    props.onLimits(movedLimits(limits, end, value));
  };
  const release = () => {
    handle.removeEventListener('pointermove', move);
    props.onMoving(false);
  };
  handle.setPointerCapture(event.pointerId);
  handle.addEventListener('pointermove', move);
  handle.addEventListener('lostpointercapture', release, { once: true });
  props.onMoving(true);
}

function pointed(
  { clientX, clientY }: PointerEvent,
  track: DOMRect,
  domain: Limits,
  orientation: IProps['orientation']
): number {
  const fraction =
    orientation === 'vertical'
      ? (track.bottom - clientY) / track.height
      : (clientX - track.left) / track.width;
  return valueIn(domain, fraction);
}
