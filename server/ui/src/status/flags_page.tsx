import { usePolled } from '../api/use_polled';
import { Notices } from '../parts/notices';
import { useParameter } from '../parts/use_parameter';

export function FlagsPage() {
  const flags = usePolled<Record<string, string>>('status/flags');
  const [text, setText] = useParameter('search');
  const wanted = text.toLowerCase();
  const rows = Object.entries(flags.data ?? {}).filter(([name, value]) =>
    `--${name}=${value}`.toLowerCase().includes(wanted),
  );
  return (
    <>
      <div className="bar">
        <h1>Flags</h1>
        <input
          type="search"
          placeholder="Search"
          aria-label="Search flags"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      <Notices of={[flags]} />
      {rows.length > 0 && (
        <table className="flags">
          <thead>
            <tr>
              <th>Flag</th>
              <th>Value</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([name, value]) => (
              <tr key={name}>
                <td>
                  <code>--{name}</code>
                </td>
                <td>{value === '' ? <span className="dim">empty</span> : <code>{value}</code>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}
