import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { language, t, theme } from '../session.ts';
import { number } from '../words.ts';

export interface Line {
  name: string;
  /** Name of a CSS variable with the colour. */
  color: string;
  values: readonly number[];
  fill?: boolean;
}

const HEIGHT = 220;

/** Lines over time; `label` tells a reader who does not see it what it shows. */
export function Plot({ times, lines, label }: { times: readonly number[]; lines: readonly Line[]; label: string }) {
  const [at, setAt] = useState<number | null>(null);
  const place = useRef<HTMLDivElement>(null);
  const content = JSON.stringify([times.length, times[0], lines.map((l) => [l.name, l.values])]);
  useEffect(() => {
    const element = place.current;
    if (!element) return undefined;
    const style = getComputedStyle(document.documentElement);
    const color = (name: string): string => style.getPropertyValue(name).trim();
    const axis = {
      stroke: color('--muted'),
      grid: { stroke: color('--line'), width: 1 },
      ticks: { show: false },
      font: '12px system-ui, sans-serif',
    };
    const locale = language.value === 'ru' ? 'ru-RU' : 'en-GB';
    const spanMs = ((times.at(-1) ?? 0) - (times[0] ?? 0)) * 1000;
    const tick = new Intl.DateTimeFormat(
      locale,
      spanMs > 2 * 86_400_000 ? { day: 'numeric', month: 'short' } : { hour: '2-digit', minute: '2-digit' },
    );
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        cursor: { y: false, points: { size: 7 } },
        legend: { show: false },
        hooks: { setCursor: [(u: uPlot) => setAt(u.cursor.idx ?? null)] },
        scales: { y: { range: (_u, _min, max) => [0, Math.max(4, Math.ceil(max * 1.1))] } },
        axes: [
          { ...axis, space: 70, values: (_u, marks) => marks.map((m) => tick.format(m * 1000)) },
          { ...axis, size: 48, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 5e4, 1e5, 1e6] },
        ],
        series: [
          {},
          ...lines.map((line) => ({
            label: line.name,
            stroke: color(line.color),
            width: 2,
            points: { show: false },
            ...(line.fill ? { fill: `${color(line.color)}1f` } : {}),
          })),
        ],
      },
      [[...times], ...lines.map((l) => [...l.values])],
      element,
    );
    const watch = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      plot.destroy();
    };
  }, [content, theme.value, language.value]);
  const whole = new Intl.DateTimeFormat(language.value === 'ru' ? 'ru-RU' : 'en-GB', {
    dateStyle: 'short',
    timeStyle: 'short',
  });
  const when = at === null ? undefined : times[at];
  return (
    <>
      <div class="plot" ref={place} role="img" aria-label={label} />
      <ul class="plain legend">
        {lines.map((line) => (
          <li key={line.name}>
            <span class={`dot ${line.color.slice(2)}`} />
            {line.name} <b>{number(at === null ? line.values.reduce((a, b) => a + b, 0) : (line.values[at] ?? 0))}</b>
          </li>
        ))}
        <li class="legend-when">{when === undefined ? t('всего', 'in all') : whole.format(when * 1000)}</li>
      </ul>
    </>
  );
}
