import { effect, signal } from '@preact/signals';
import { language, me } from './session.ts';

export interface Advice {
  what: string;
  who: string;
  press: string;
}

interface Table {
  language: string;
  items: Readonly<Record<string, Advice>>;
}

const table = signal<Table | null>(null);
const AGAIN_MS = 10_000;

/** What the hub advises about a code, in the language of the reader; undefined until it is known, and for codes of a newer hub. */
export function adviceOf(code: string | null | undefined): Advice | undefined {
  const known = table.value;
  return code && known?.language === language.value && Object.hasOwn(known.items, code) ? known.items[code] : undefined;
}

/** Keeps the advice in the language of the reader; before the sign-in too, which may fail with a code. */
export function followAdvice(): void {
  effect(() => {
    const wanted = language.value;
    // A hub that was updated meanwhile knows more codes.
    void me.value?.version;
    void load(wanted);
  });
}

async function load(wanted: string): Promise<void> {
  try {
    const response = await fetch(`/v1/advice?language=${wanted}`, { cache: 'no-store' });
    if (!response.ok) throw new Error(`status ${response.status}`);
    const loaded = (await response.json()) as Table;
    // The reader may have changed the language meanwhile.
    if (wanted === language.value) table.value = loaded;
  } catch {
    // Codes stand without their explanation until the hub answers.
    if (wanted === language.value) setTimeout(() => wanted === language.value && void load(wanted), AGAIN_MS);
  }
}
