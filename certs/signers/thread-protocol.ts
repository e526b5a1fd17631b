/** What a signing thread is asked; keys are told once and named by number afterwards. */
export type ThreadRequest =
  | { id: number; what: 'load'; key: number; pkcs8: Uint8Array }
  | { id: number; what: 'forget'; key: number }
  | { id: number; what: 'sign'; key: number; data: Uint8Array }
  | { id: number; what: 'sign-digest'; key: number; digest: Uint8Array }
  | { id: number; what: 'verify'; spki: Uint8Array; data: Uint8Array; signature: Uint8Array };

export type ThreadAnswer = { id: number; value: Uint8Array | boolean } | { id: number; fault: string };
