import { createRoot } from 'react-dom/client';
import './theme.css';
import { App } from './frame/app.tsx';
import { startTheme } from './frame/theme.ts';

startTheme();
const root = document.getElementById('root');
if (root !== null) createRoot(root).render(<App />);
