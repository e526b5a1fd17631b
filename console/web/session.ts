import { effect, signal } from '@preact/signals';

export interface Me {
  client: string;
  organisation: { id: string; name: string };
  scopes: string[];
  accounts: string[] | null;
  /** A look at personal data is refused without a purpose. */
  purposeRequired: boolean;
  version: string;
}

export type Language = 'ru' | 'en';
export type Theme = 'auto' | 'light' | 'dark';

const KEY = 'hub-key';
const PURPOSE = 'hub-purpose';

/** The key lives as long as the tab does, and goes to the hub in a header alone. */
export const key = signal<string | null>(sessionStorage.getItem(KEY));
export const me = signal<Me | null>(null);
/** Why personal data are looked at in this session; goes with every call, for the audit log. */
export const purpose = signal<string | null>(sessionStorage.getItem(PURPOSE));
/** Why somebody has to sign in again; the place in the address stays as it was. */
export const expired = signal(false);
export const language = signal<Language>(localStorage.getItem('hub-language') === 'en' ? 'en' : 'ru');
export const theme = signal<Theme>(
  (['light', 'dark'] as const).find((t) => t === localStorage.getItem('hub-theme')) ?? 'auto',
);

effect(() => {
  if (key.value === null) sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, key.value);
});
effect(() => {
  if (purpose.value === null) sessionStorage.removeItem(PURPOSE);
  else sessionStorage.setItem(PURPOSE, purpose.value);
});
effect(() => {
  localStorage.setItem('hub-language', language.value);
  document.documentElement.lang = language.value;
});
effect(() => {
  localStorage.setItem('hub-theme', theme.value);
  document.documentElement.dataset.theme = theme.value;
});

/** A text in the language of the reader. */
export function t(ru: string, en: string): string {
  return language.value === 'ru' ? ru : en;
}

/** Whether the key may do this; `read:*` covers `read:accounts`, `*` covers everything. */
export function can(scope: string): boolean {
  return (me.value?.scopes ?? []).some(
    (s) => s === '*' || s === scope || (s.endsWith(':*') && scope.startsWith(s.slice(0, -1))),
  );
}

export function signOut(): void {
  key.value = null;
  me.value = null;
  purpose.value = null;
  expired.value = false;
}
