import { useState } from 'react';
import { errorText, post } from '../api/client';
import type { ActiveQuery } from '../api/types';
import { usePolled } from '../api/use_polled';
import { formatDuration, roughDuration } from '../format/duration';
import { formatCount, formatValue } from '../format/number';
import { formatTime } from '../format/time';
import { Notices } from '../parts/notices';

interface Queries {
  limit: number;
  queries: ActiveQuery[];
}

export function QueriesPage() {
  const asked = usePolled<Queries>('status/active_queries', 1000);
  const features = usePolled<{ api?: { admin?: boolean } }>('features');
  const [problem, setProblem] = useState<string>();
  const mayCancel = features.data?.api?.admin === true;
  const queries = [...(asked.data?.queries ?? [])].sort((a, b) => b.ageSeconds - a.ageSeconds);
  const cancel = async (id: number) => {
    setProblem(undefined);
    try {
      await post(`admin/queries/${id}/cancel`);
    } catch (error) {
      setProblem(errorText(error));
    }
    asked.again();
  };
  return (
    <>
      <div className="bar">
        <h1>Running queries</h1>
        {asked.data && (
          <span className="dim">
            {formatCount(queries.length)}; {formatCount(asked.data.limit)} may run at once, more
            wait
          </span>
        )}
      </div>
      <Notices of={[asked, features]} />
      {problem && (
        <p className="error" role="alert">
          {problem}
        </p>
      )}
      {features.data && !mayCancel && (
        <p className="note">
          To cancel queries here, start the server with <code>--web.enable-admin-api</code>.
        </p>
      )}
      {asked.data && queries.length === 0 && <p className="empty">No query is running.</p>}
      {queries.length > 0 && (
        <div className="scroll">
          <table>
            <thead>
              <tr>
                <th>Query</th>
                <th className="number">For</th>
                <th>Range</th>
                <th className="number">Samples</th>
                <th className="number">Memory, most</th>
                <th>From</th>
                {mayCancel && <th />}
              </tr>
            </thead>
            <tbody>
              {queries.map((query) => (
                <tr key={query.id}>
                  <td className="query">
                    <code>{query.query}</code>{' '}
                    {query.state === 'waiting' && <span className="badge unknown">waiting</span>}
                  </td>
                  <td className="number">{roughDuration(query.ageSeconds * 1000)}</td>
                  <td>{rangeText(query)}</td>
                  <td className="number">{formatCount(query.samples)}</td>
                  <td className="number">{formatValue(query.peakBytes, 'bytes', 3)}</td>
                  <td>
                    {query.origin.clientIP} <span className="dim">{query.origin.path}</span>
                  </td>
                  {mayCancel && (
                    <td>
                      <button type="button" onClick={() => cancel(query.id)}>
                        Cancel
                      </button>
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  );
}

function rangeText({ start, end, step }: ActiveQuery): string {
  const [from, to] = [Date.parse(start), Date.parse(end)];
  if (from === to) return `at ${formatTime(from)}`;
  return `${formatDuration(to - from)} to ${formatTime(to)}, step ${formatDuration(step * 1000)}`;
}
