import './style.css';
import { createRoot } from 'react-dom/client';
import { App } from './app';
import { restoreTheme } from './theme';

restoreTheme();
createRoot(document.getElementById('app') as HTMLElement).render(<App />);
