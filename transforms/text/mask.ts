// Hides what names a person from text that leaves the house: addresses, links, phones and long numbers.

/** What stands where personal data stood; Arabic words, because most of the text around them is Arabic. */
export const MASKS = { email: '[بريد]', link: '[رابط]', phone: '[هاتف]', number: '[رقم]' } as const;

// Every repetition is bounded, so that a hostile text cannot make the search quadratic.
const EMAIL = /[\p{L}\p{N}._%+-]{1,64}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}/gu;
const LINK = /(?:[a-z][a-z0-9+.-]{1,20}:\/\/|(?<![a-z])www\.)[^\s<>"]+/gi;
/** A national or international prefix, then 9 to 15 digits in all, with spaces, dots, hyphens or brackets between them. */
const PHONE = /(?:\+\d|(?<!\d)00\d|(?<!\d)\(?0\d)(?:[ .()-]{0,2}\d){6,13}(?!\d)/g;
const LONG_NUMBER = /\d{9,}/g;
const DIGIT_RUN = /\d(?:[ .()-]{0,2}\d){8}/;

/**
 * Replaces e-mail addresses, links, phone numbers and runs of nine or more digits by a typed mask. Expects ASCII digits.
 * Shorter numbers stay: they are order numbers, prices and dates. Names and identity cards are not recognised.
 */
export function maskPersonalData(text: string): string {
  let masked = text;
  // Addresses go before links: the domain of an address is not a link.
  if (masked.includes('@')) masked = masked.replace(EMAIL, MASKS.email);
  if (masked.includes('://') || /www\./i.test(masked)) masked = masked.replace(LINK, MASKS.link);
  if (DIGIT_RUN.test(masked)) masked = masked.replace(PHONE, MASKS.phone).replace(LONG_NUMBER, MASKS.number);
  return masked;
}
