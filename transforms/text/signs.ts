// The signs of Arabic writing that more than one text treats alike: vowel signs, tatweel, digits.

/** For a character class: vowel signs and Qur'anic marks. U+0653–0655 are not among them: NFC has made letters of those. */
export const TASHKEEL =
  '\u0610-\u061a\u064b-\u0652\u0656-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed\u08ca-\u08e1\u08e3-\u08ff';

export const TATWEEL = '\u0640';

/** Arabic-Indic and Persian digits, the decimal and thousands separators and the percent sign: each one ASCII sign, so that offsets hold. */
export const ASCII_OF_SIGN: ReadonlyMap<string, string> = new Map([
  ...[...'٠١٢٣٤٥٦٧٨٩'].map((digit, value) => [digit, String(value)] as const),
  ...[...'۰۱۲۳۴۵۶۷۸۹'].map((digit, value) => [digit, String(value)] as const),
  ['٫', '.'],
  ['٬', ','],
  ['٪', '%'],
]);

const EASTERN_NUMBER = /[\u0660-\u066c\u06f0-\u06f9]/g;

/** Arabic-Indic and Persian digits and the signs of their numbers in ASCII, one for one. */
export function foldDigits(text: string): string {
  return text.replace(EASTERN_NUMBER, (sign) => ASCII_OF_SIGN.get(sign) ?? sign);
}
