import type { ErrorFacts, ErrorKind } from '../../canonical/errors.ts';
import type { SignerCertificate } from '../signer.ts';
import type { XmlToSign } from '../xml/xades-request.ts';

/** What a signing thread is asked; keys are told once and named by number afterwards. */
export type ThreadRequest =
  | { id: number; what: 'load'; key: number; pkcs8: Uint8Array }
  | { id: number; what: 'forget'; key: number }
  | { id: number; what: 'sign'; key: number; data: Uint8Array }
  | { id: number; what: 'sign-digest'; key: number; digest: Uint8Array }
  /** A piece of a document; the first one begins the digest. */
  | { id: number; what: 'digest-update'; digest: number; algorithm: string; data: Uint8Array }
  | { id: number; what: 'digest-end'; digest: number; algorithm: string }
  | { id: number; what: 'digest-drop'; digest: number }
  | {
      id: number;
      what: 'sign-xml';
      key: number;
      document: Uint8Array;
      certificate: SignerCertificate;
      request: XmlToSign;
    }
  | { id: number; what: 'verify'; spki: Uint8Array; data: Uint8Array; signature: Uint8Array };

/** A HubError as it goes from thread to thread, where a class would be lost. */
export interface ThreadError {
  kind: ErrorKind;
  code: string;
  facts: ErrorFacts;
}

export type ThreadAnswer =
  | { id: number; value: Uint8Array | boolean }
  | { id: number; fault: string; error: ThreadError | undefined };
