import { useState } from 'react';
import { usePolled } from '../api/use_polled';
import { roughDuration } from '../format/duration';
import { formatTime } from '../format/time';
import { Notices } from '../parts/notices';
import { useNow } from '../parts/use_now';
import type { RuntimeInfo } from './runtime';

interface Configuration {
  yaml: string;
  lastChanges?: string[];
  lastReloadError?: string;
}

const colouredUpTo = 5000; // lines

export function ConfigurationPage() {
  const config = usePolled<Configuration>('status/config', 10_000);
  const runtime = usePolled<RuntimeInfo>('status/runtimeinfo', 10_000);
  const [copied, setCopied] = useState(false);
  const now = useNow();
  const { yaml = '', lastChanges = [], lastReloadError } = config.data ?? {};
  const loaded = Date.parse(runtime.data?.lastConfigTime ?? '');
  const copy = () => navigator.clipboard?.writeText(yaml).then(() => setCopied(true));
  return (
    <>
      <div className="bar">
        <h1>Configuration</h1>
        {runtime.data && (
          <span className="dim">
            loaded {formatTime(loaded)}, {roughDuration(now - loaded)} ago
          </span>
        )}
        <span className="grow" />
        {/* Browsers have a clipboard for pages over HTTPS and of localhost only. */}
        {navigator.clipboard && (
          <button type="button" onClick={copy}>
            {copied ? 'Copied' : 'Copy'}
          </button>
        )}
      </div>
      <Notices of={[config, runtime]} />
      {lastReloadError && (
        <p className="error" role="alert">
          The last reload failed, and what was in force still is:{'\n'}
          {lastReloadError}
        </p>
      )}
      {lastChanges.length > 0 && (
        <>
          <h2>What the last reload changed</h2>
          <ul className="changes">
            {lastChanges.map((change) => (
              <li key={change}>{change}</li>
            ))}
          </ul>
        </>
      )}
      {config.data && (
        <>
          <h2>In force, with all defaults</h2>
          <Yaml text={yaml} />
        </>
      )}
    </>
  );
}

const keyLine = /^(\s*(?:- )*)([^\s:#"'][^:]*|"[^"]*"|'[^']*')(:)(\s.*|)$/;

function Yaml({ text }: { text: string }) {
  const lines = text.split('\n');
  if (lines.length > colouredUpTo) return <pre className="yaml">{text}</pre>;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
    <pre className="yaml" tabIndex={0}>
      {lines.map((line, i) => {
        const match = keyLine.exec(line);
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: lines have nothing else that tells them apart
          <span key={i}>
            {match ? (
              <>
                {match[1]}
                <span className="label-name">{match[2]}</span>:
                <span className="label-value">{match[4]}</span>
              </>
            ) : (
              line
            )}
            {'\n'}
          </span>
        );
      })}
    </pre>
  );
}
