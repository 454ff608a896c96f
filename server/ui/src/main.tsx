import './styles/frame.css';
import './styles/controls.css';
import './styles/query.css';
import './styles/series.css';
import './styles/status.css';
import './styles/narrow.css';
import { createRoot } from 'react-dom/client';
import { App } from './app';
import { restoreTheme } from './theme';

restoreTheme();
createRoot(document.getElementById('app') as HTMLElement).render(<App />);
