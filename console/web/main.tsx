import { render } from 'preact';
import { Console } from './console.tsx';
import './style.css';

const root = document.getElementById('app');
if (root) render(<Console />, root);
