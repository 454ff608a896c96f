import { useEffect, useState } from 'react';
import { useStarting, watchStart } from './api/starting';
import { findPage, pages } from './pages';
import { HelpDialog } from './parts/help_dialog';
import { StartingView } from './parts/starting_view';
import { hrefOf, navigate, usePageName } from './router';
import { useShortcuts } from './shortcuts';
import { chooseTheme, type ThemeChoice, themeChoice, useThemeName } from './theme';

const nextTheme: Record<ThemeChoice, ThemeChoice> = { auto: 'dark', dark: 'light', light: 'auto' };

export function App() {
  const name = usePageName();
  const page = findPage(name);
  const [help, setHelp] = useState(false);
  const starting = useStarting();
  useShortcuts({ help: () => setHelp(true) });

  useEffect(() => {
    watchStart();
  }, []);

  useEffect(() => {
    document.title = page ? `${page.title} – Narthex` : 'Narthex';
    // On a phone, the links scroll.
    document
      .querySelector('nav [aria-current]')
      ?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [page]);

  return (
    <>
      <header>
        <a
          className="brand"
          href={hrefOf('query')}
          onClick={(event) => follow(event, hrefOf('query'))}
        >
          Narthex
        </a>
        <nav aria-label="Pages">
          {pages.map(({ path, title, key }) => (
            <a
              key={path}
              href={hrefOf(path)}
              title={`${title} (g ${key})`}
              aria-current={page?.path === path ? 'page' : undefined}
              onClick={(event) => follow(event, hrefOf(path))}
            >
              {title}
            </a>
          ))}
        </nav>
        <ThemeButton />
        <button
          type="button"
          className="plain"
          title="Keys (?)"
          aria-label="Keys"
          onClick={() => setHelp(true)}
        >
          ?
        </button>
      </header>
      {starting && (
        <main>
          <StartingView {...starting} />
        </main>
      )}
      {/* Kept, with what was typed in it. */}
      <main key={page?.path} hidden={starting !== undefined}>
        {page ? <page.content /> : <p className="empty">There is no page “{name}”.</p>}
      </main>
      {help && <HelpDialog close={() => setHelp(false)} />}
    </>
  );
}

// Clicks that open a tab or a window stay the browser's.
function follow(event: React.MouseEvent, to: string) {
  if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)
    return;
  event.preventDefault();
  navigate(to);
}

function ThemeButton() {
  useThemeName();
  const choice = themeChoice();
  return (
    <button
      type="button"
      className="plain theme"
      title={`Theme: ${choice}`}
      aria-label={`Theme: ${choice}; change it`}
      onClick={() => chooseTheme(nextTheme[choice])}
    >
      {choice === 'auto' ? '◐' : choice === 'dark' ? '●' : '○'}
    </button>
  );
}
