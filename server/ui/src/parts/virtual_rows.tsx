import { type KeyboardEvent, type ReactNode, useLayoutEffect, useRef, useState } from 'react';

interface Props {
  count: number;
  rowHeight: number; // pixels
  className?: string;
  label: string;
  header?: ReactNode;
  row: (index: number) => ReactNode;
}

const beyond = 10; // rows made outside of what is seen

// A list of any length, of which only the rows in sight are in the document. It scrolls by itself.
// From a button in a row to that of the row above or below, which is there as long as rows beyond sight are.
function step(event: KeyboardEvent) {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  const row = (event.target as HTMLElement).closest('.row');
  const next = event.key === 'ArrowDown' ? row?.nextElementSibling : row?.previousElementSibling;
  const button = next?.querySelector<HTMLElement>('button, a');
  if (!button) return;
  event.preventDefault();
  button.focus();
}

export function VirtualRows({ count, rowHeight, className = '', label, header, row }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState({ top: 0, height: 600 });

  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const look = () =>
      setSeen((before) =>
        before.top === element.scrollTop && before.height === element.clientHeight
          ? before
          : { top: element.scrollTop, height: element.clientHeight },
      );
    look();
    const observer = new ResizeObserver(look);
    observer.observe(element);
    element.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      element.removeEventListener('scroll', look);
    };
  }, []);

  const first = Math.max(0, Math.floor(seen.top / rowHeight) - beyond);
  const last = Math.min(count, Math.ceil((seen.top + seen.height) / rowHeight) + beyond);
  const rows: ReactNode[] = [];
  for (let i = first; i < last; i++) rows.push(row(i));
  return (
    <div
      ref={box}
      className={`virtual ${className}`}
      role="table"
      aria-label={label}
      aria-rowcount={count}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard
      tabIndex={0}
      onKeyDown={step}
    >
      {header}
      <div role="presentation" style={{ height: first * rowHeight }} />
      {rows}
      <div role="presentation" style={{ height: (count - last) * rowHeight }} />
    </div>
  );
}
