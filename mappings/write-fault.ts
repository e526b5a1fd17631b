import { RecordFault, shownValue } from './faults.ts';
import { ConversionFault } from './types.ts';

/** Tells a value that a converter could not take by its place in the file. @throws RecordFault */
export function guarded(
  work: () => void,
  place: { file: string; line: number; field: string; value: unknown; personal: boolean },
): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof ConversionFault)) throw error;
    throw new RecordFault({
      file: place.file,
      line: place.line,
      field: place.field,
      message: error.message,
      value: shownValue(place.value, place.personal),
    });
  }
}
