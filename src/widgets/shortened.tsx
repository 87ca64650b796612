/** A name that may be shortened in the middle: its end tells it from others. */

const TAIL = 7;
/** Shorter names are left whole. */
const LONG = 16;

export function Shortened({ text }: { text: string }) {
  const letters = [...text];
  if (letters.length < LONG) {
    return <span class="usid-shortened">{text}</span>;
  }
  return (
    <span class="usid-shortened">
      <span class="usid-shortened-head">
        {letters.slice(0, -TAIL).join('')}
      </span>
      <span class="usid-shortened-tail">{letters.slice(-TAIL).join('')}</span>
    </span>
  );
}
