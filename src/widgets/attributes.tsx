/** The attributes of the selected object. */

import type { FileContents } from './files';

export function Attributes({ files }: { files: FileContents }) {
  const { value: node } = files.selected;
  return (
    <section class="usid-attributes" aria-label="Attributes">
      <h3 title={node?.path}>
        Attributes <span class="usid-quiet">{node?.name}</span>
      </h3>
      {node?.reason && <p class="usid-reason">{node.reason}</p>}
      {node ? (
        <AttributeList files={files} refused={node.kind === 'refused'} />
      ) : (
        <p class="usid-quiet">Select an object to see its attributes.</p>
      )}
    </section>
  );
}

function AttributeList({
  files,
  refused
}: {
  files: FileContents;
  refused: boolean;
}) {
  const { value: list } = files.attributes;
  if (!list) {
    return refused ? null : <p class="usid-quiet">…</p>;
  }
  if (list.total === 0) {
    return <p class="usid-quiet">No attributes.</p>;
  }
  const left = list.total - list.attributes.length;
  return (
    <>
      <dl>
        {list.attributes.map(({ name, value, truncated }) => (
          <div key={name}>
            <dt title={name}>{name}</dt>
            <dd title={value}>
              {value}
              {truncated && <span class="usid-quiet"> … (shortened)</span>}
            </dd>
          </div>
        ))}
      </dl>
      {left > 0 && (
        <button
          type="button"
          class="usid-button"
          onClick={() => files.moreAttributes()}
        >
          Show more ({left} left)
        </button>
      )}
    </>
  );
}
