import type { Call } from '../service.ts';
import { descendants, type Element, text } from '../xml.ts';

/** Tells the file store of every file that an element names. @throws Refusal for one that is not there, or is another */
export function referToFiles(call: Call, context: string, element: Element): void {
  for (const hash of descendants(element).filter((e) => e.localName === 'AttachmentHASH'))
    call.files.refer(
      call.org,
      context,
      text(hash.parentNode as Element, 'Attachment', 'AttachmentGUID') ?? '',
      hash.textContent ?? '',
    );
}
