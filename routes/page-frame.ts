import { createHash } from 'node:crypto';

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** A value as text in HTML, also between double quotes. */
export function escapeHtml(value: unknown): string {
  return String(value ?? '').replace(/[&<>"]/g, (sign) => escapes[sign] ?? sign);
}

/** A page to read: no script, one style, nothing from elsewhere. @param body HTML */
export function framed({ title, language, body }: { title: string; language: string; body: string }): string {
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" type="image/svg+xml" href="/console/icon.svg"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body>
${body}
</body></html>`;
}

const STYLE = `:root{color-scheme:light dark;background:#fff;color:#1b1f24}a{color:#0b4fb3}@media(prefers-color-scheme:dark){:root{background:#14171c;color:#e4e6ea}a{color:#8ab4f8}}
body{font:15px/1.5 system-ui,sans-serif;margin:0 auto;max-width:64rem;padding:1rem}
nav ul{columns:18rem;padding:0;list-style:none}nav li{overflow-wrap:anywhere}nav b,h2 b{font-size:.75em;padding:.1em .4em;border:1px solid;border-radius:.3em}
section{border-top:1px solid #8884;padding:.5rem 0 1rem}table{border-collapse:collapse;width:100%;margin:.5rem 0}caption{text-align:left;font-weight:600}
th,td{text-align:left;padding:.2rem .6rem .2rem 0;border-bottom:1px solid #8883;vertical-align:top;overflow-wrap:anywhere}.scope{opacity:.8}section h2{font-size:1.1rem}
pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:.3rem 0;padding:.6rem .8rem;border:1px solid #8884;border-radius:.3em;background:#8881;font-size:.87em}
code{overflow-wrap:anywhere}.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(24rem,100%),1fr));gap:.2rem 1rem}.pair>div{min-width:0}
h3{font-size:1em;margin:.5rem 0 0}img{max-width:100%;height:auto}summary{cursor:pointer}`;

/** What a content policy must name for a page to have its style. */
export const styleHash = `sha256-${createHash('sha256').update(STYLE).digest('base64')}`;
