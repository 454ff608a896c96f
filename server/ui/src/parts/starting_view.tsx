import { type Replay, replayedShare } from '../api/replay';
import type { Starting } from '../api/starting';
import { formatValue } from '../format/number';

// What stands in the place of a page while the server starts.
export function StartingView({ replay }: Starting) {
  return (
    <section className="starting" aria-label="The server is starting">
      <h1>The server is starting</h1>
      {replay ? <Progress replay={replay} /> : <p role="status">It does not say how far it is.</p>}
      <p className="dim">
        It reads the log of what it had in memory, and answers when it is done. This page goes on by
        itself.
      </p>
    </section>
  );
}

function Progress({ replay }: { replay: Replay }) {
  const share = replayedShare(replay);
  const { min, max, current, state } = replay;
  const segments = max - min + 1;
  const text =
    state === 'waiting' || segments <= 0
      ? 'It has not begun yet.'
      : state === 'done'
        ? 'The log is read.'
        : `Segment ${Math.min(segments, Math.max(1, current - min + 1))} of ${segments}, ${formatValue(share, 'ratio', 2)}`;
  return (
    <>
      <progress max={1} value={share} aria-label="Of the log" />
      <p role="status">{text}</p>
    </>
  );
}
