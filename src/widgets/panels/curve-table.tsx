/** Values at the cursor, where the curve axis is too short to draw. */

import type { IFrame } from '../../model/messages';

type Rows = NonNullable<IFrame['table']>;

export function CurveTable({ rows, caption }: { rows: Rows; caption: string }) {
  return (
    <div class="usid-table-holder">
      <table class="usid-table">
        <caption>Values {caption || 'at the cursor'}</caption>
        <tbody>
          {rows.map(({ label, value, units }, i) => (
            <tr key={i}>
              <th scope="row">{label}</th>
              <td>{value}</td>
              <td class="usid-table-units">{units}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
