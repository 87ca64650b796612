/** What the colours of the curves mean: which curve, or which moment. */

import type { RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';
import type { ICurveScene } from './curve-scene';
import { ordinateName } from './curve-scene';
import { familyColour, timeColour } from './curve-trace';
import { themeColour } from './surface';

interface IProps {
  scene: ICurveScene;
  root: RefObject<HTMLElement>;
  /** Changes with the theme. */
  theme: number;
}

export function CurveLegend({ scene, root, theme }: IProps) {
  const { curves, course } = scene;
  if (curves.length > 1) {
    return <FamilyLegend curves={curves} said={ordinateName(scene)} />;
  }
  return course === 'turning' ? <TimeLegend root={root} theme={theme} /> : null;
}

interface IFamilyProps extends Pick<ICurveScene, 'curves'> {
  /** What the axis says is not said again. */
  said: string;
}

function FamilyLegend({ curves, said }: IFamilyProps) {
  const rest = (name: string) =>
    name.startsWith(`${said} `) ? name.slice(said.length).trim() : name;
  return (
    <ul class="usid-legend" aria-label="Curves">
      {curves.map(({ name, current }, k) => (
        <li key={k} title={name} aria-current={current ? 'true' : undefined}>
          <i style={{ background: familyColour(k, curves.length) }} />
          {rest(name)}
        </li>
      ))}
    </ul>
  );
}

/** The file does not say what comes first, but the order of its steps does. */
function TimeLegend({ root, theme }: Omit<IProps, 'scene'>) {
  const [colours, setColours] = useState('');
  useLayoutEffect(() => {
    const { current: element } = root;
    const dark = element && themeColour(element, '--usid-dark') === '1';
    const stops = [0, 0.25, 0.5, 0.75, 1].map(at => timeColour(at, !!dark));
    setColours(stops.join(', '));
  }, [theme]);
  return (
    <span
      class="usid-legend usid-legend-time"
      title="Colours follow the order of the steps"
    >
      first
      <i style={{ background: `linear-gradient(to right, ${colours})` }} />
      last
    </span>
  );
}
