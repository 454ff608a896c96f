import { useEffect, useId, useRef, useState } from 'react';

export interface MenuItem {
  key: string;
  label: string;
  act: () => void;
}

interface Props {
  label: string;
  items: () => MenuItem[]; // asked for when it opens
  none: string;
  filter?: boolean;
}

// A button with a list below it. Arrows move in it, Escape and a click elsewhere close it.
export function Menu({ label, items, none, filter = false }: Props) {
  const [open, setOpen] = useState(false);
  const [wanted, setWanted] = useState('');
  const box = useRef<HTMLSpanElement>(null);
  const id = useId();

  useEffect(() => {
    if (!open) return;
    const close = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', close);
    document.addEventListener('focusin', close);
    return () => {
      document.removeEventListener('pointerdown', close);
      document.removeEventListener('focusin', close);
    };
  }, [open]);

  const move = (event: React.KeyboardEvent) => {
    if (event.key === 'Escape') {
      setOpen(false);
      box.current?.querySelector('button')?.focus();
      return;
    }
    if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
    event.preventDefault();
    const stops = [
      ...(box.current?.querySelectorAll<HTMLElement>('.menu button, .menu input') ?? []),
    ];
    const at = stops.indexOf(document.activeElement as HTMLElement);
    const next = at + (event.key === 'ArrowDown' ? 1 : -1);
    stops[(next + stops.length) % stops.length]?.focus();
  };

  const shown = open
    ? items().filter(({ label }) => label.toLowerCase().includes(wanted.toLowerCase()))
    : [];
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: keys go from the button into its list
    <span className="menu-box" ref={box} onKeyDown={move}>
      <button
        type="button"
        aria-expanded={open}
        aria-controls={id}
        onClick={() => {
          setWanted('');
          setOpen(!open);
        }}
      >
        {label} ▾
      </button>
      {open && (
        <div className="menu" id={id}>
          {filter && (
            <input
              type="search"
              placeholder="Filter"
              aria-label={`Filter ${label}`}
              value={wanted}
              // biome-ignore lint/a11y/noAutofocus: it was opened to be searched
              autoFocus
              onChange={(event) => setWanted(event.target.value)}
            />
          )}
          {shown.map((item) => (
            <button
              type="button"
              key={item.key}
              onClick={() => {
                setOpen(false);
                item.act();
              }}
            >
              {item.label}
            </button>
          ))}
          {shown.length === 0 && <p className="dim">{wanted ? 'Nothing matches.' : none}</p>}
        </div>
      )}
    </span>
  );
}
