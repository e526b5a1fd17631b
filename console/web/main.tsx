import { render } from 'preact';
import { followAdvice } from './advice.ts';
import { Console } from './console.tsx';
import './style.css';

followAdvice();
const root = document.getElementById('app');
if (root) render(<Console />, root);
