import type { ExplainNode } from '../api/types';
import { formatCount, formatValue } from '../format/number';

// The operators of a query as a tree, each with what it cost by itself and with all below it.
export function Explain({ root }: { root: ExplainNode }) {
  return (
    <div className="scroll">
      <table className="explain">
        <thead>
          <tr>
            <th>Operator</th>
            <th className="number">Time, own</th>
            <th className="number">Time, all</th>
            <th className="number">Series</th>
            <th className="number">Samples</th>
            <th className="number">Memory</th>
          </tr>
        </thead>
        <tbody>
          {flatten(root).map(({ node, depth, path }) => (
            <tr key={path}>
              <td>
                <span className="tree" style={{ paddingLeft: depth * 18 }}>
                  {depth > 0 && <span className="dim">└ </span>}
                  <b>{node.operator}</b> <code>{node.expression}</code>
                </span>
              </td>
              <td className="number">
                <span className="share">
                  <span style={{ width: `${share(ownSeconds(node), root.seconds)}%` }} />
                </span>{' '}
                {formatValue(ownSeconds(node), 'seconds', 3)}
              </td>
              <td className="number">{formatValue(node.seconds, 'seconds', 3)}</td>
              <td className="number">{formatCount(node.series)}</td>
              <td className="number">{formatCount(node.samples)}</td>
              <td className="number">{formatValue(node.bytes, 'bytes', 3)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function ownSeconds(node: ExplainNode): number {
  return Math.max(0, node.seconds - node.children.reduce((sum, child) => sum + child.seconds, 0));
}

function share(part: number, whole: number): number {
  return whole > 0 ? Math.min(100, (100 * part) / whole) : 0;
}

interface Row {
  node: ExplainNode;
  depth: number;
  path: string;
}

function flatten(node: ExplainNode, depth = 0, path = '0'): Row[] {
  const below = node.children.flatMap((child, i) => flatten(child, depth + 1, `${path}.${i}`));
  return [{ node, depth, path }, ...below];
}
