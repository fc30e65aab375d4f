/** Starts the page. */

import { render } from 'preact';
import { Page } from './page.tsx';
import './styles/index.css';

const place = document.getElementById('page');
if (place) render(<Page />, place);
