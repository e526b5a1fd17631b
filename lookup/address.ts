import { plainForm } from '../canonical/values/words.ts';

/** A postal address, or a part of one, as somebody wrote it. */
export interface ParsedAddress {
  /** Words and loose numbers in their order, without kinds of streets and places. */
  words: readonly Word[];
  /** Number of the house with its block, `5а`, `5/2`. */
  house?: string;
  flat?: string;
}

export interface Word {
  text: string;
  isNumber: boolean;
}

/** Kinds of places and streets: they are left out and put in another order as people like. */
const KINDS = new Set(
  (
    'г гор город с село п пос поселок пгт дер деревня обл область респ республика край район тер снт ' +
    'ул улица пр просп проспект пер переулок бул бульвар пл площадь ш шоссе наб набережная проезд туп тупик ал аллея ' +
    'тракт мкр микрорайон кв-л квартал жк адрес л лс'
  ).split(' '),
);
const HOUSE = new Set(['д', 'дом', 'влад', 'владение']);
const BLOCK = new Set(['к', 'корп', 'корпус', 'стр', 'строение', 'лит', 'литер']);
const FLAT = new Set(['кв', 'квартира', 'оф', 'офис', 'пом', 'помещение', 'комн', 'комната']);

/** Abbreviations with a dash, before dashes part words. */
const DASHED = /(?<![\p{L}\d])(?:пр-т|пр-кт|просп-т|пр-д|пр-зд|б-р|р-н|мкр-н|м-н|ш-се|пл-дь|наб-я|ул-ца)(?!\p{L})\.?/gu;
/** `9-я`, `2-й`: the ordinal is the number. */
const ORDINAL = /(\d+)-?(?:ая|я|ый|ий|й|ое|ого|го|е)(?!\p{L})/gu;
/** A number with its letter (`5а`, unless more follows) and fraction (`5/2`), letters, or a comma, which no number is looked for behind. */
const TOKEN = /\d+(?:\p{L}(?![\p{L}\d]))?(?:\/\d+(?:\p{L}(?![\p{L}\d]))?)?|\p{L}+|,/gu;

/** Takes an address apart; a text that is none gives its words and numbers. */
export function parseAddress(text: string): ParsedAddress {
  const plain = plainForm(text).replace(DASHED, ' ').replace(ORDINAL, '$1 ');
  const tokens = plain.match(TOKEN) ?? [];
  const words: Word[] = [];
  let house: string | undefined;
  let block: string | undefined;
  let flat: string | undefined;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] as string;
    const next = tokens[i + 1];
    const number = next !== undefined && /^\d/.test(next) ? next : undefined;
    if (number !== undefined && (HOUSE.has(token) || BLOCK.has(token) || FLAT.has(token))) {
      if (HOUSE.has(token)) house = number;
      else if (BLOCK.has(token)) block = number;
      else flat = number;
      i++;
      // A letter of the house that stands apart: `д. 5 а`.
      if (HOUSE.has(token) && /^\d+$/.test(number) && isLetterOfHouse(tokens[i + 1], tokens[i + 2])) {
        house += tokens[i + 1] as string;
        i++;
      }
    } else if (/^\d/.test(token)) {
      // `13 кв`: what kind of number it is stands behind it, unless that has one of its own.
      const isNamed = next !== undefined && !/^\d/.test(tokens[i + 2] ?? '');
      if (isNamed && HOUSE.has(next)) house = token;
      else if (isNamed && FLAT.has(next)) flat = token;
      else words.push({ text: token, isNumber: true });
    } else if (token !== ',' && !isKind(token)) words.push({ text: token, isNumber: false });
  }
  // A block belongs to the number before it, whether that was called a house or not.
  if (house === undefined && block !== undefined) {
    const last = words.findLastIndex((w) => w.isNumber);
    if (last >= 0) house = words.splice(last, 1)[0]?.text;
  }
  return {
    words,
    ...(house === undefined ? {} : { house: block === undefined ? house : `${house}/${block}` }),
    ...(flat === undefined ? {} : { flat }),
  };
}

/** Single letters may be the initials of somebody as well; `к` is left for that. */
function isKind(token: string): boolean {
  return KINDS.has(token) || HOUSE.has(token) || FLAT.has(token) || (BLOCK.has(token) && token.length > 1);
}

function isLetterOfHouse(token: string | undefined, after: string | undefined): boolean {
  if (token === undefined || !/^\p{L}$/u.test(token)) return false;
  return !(BLOCK.has(token) && after !== undefined && /^\d/.test(after));
}

/** Forms in which the number of a flat may be stored. */
export function flatForms(flat: string): string[] {
  const forms = [flat, flat.toUpperCase()];
  return [
    ...new Set(forms.flatMap((f) => [f, `кв. ${f}`, `кв.${f}`, `кв ${f}`, `Кв. ${f}`, `№${f}`, `№ ${f}`, `пом. ${f}`])),
  ];
}
