// Payment cards: length and first digits of a known scheme, and Luhn's check digit (ISO/IEC 7812-1).

/** Scheme by first digits and lengths: Visa, Mastercard, American Express, Discover, Diners, JCB, UnionPay, Maestro, mada, Meeza. */
const SCHEMES =
  /^(?:4\d{12}(?:\d{3}|\d{6})?|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[689]\d)\d{11}|6(?:011|5\d\d|4[4-9]\d)\d{12,15}|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}|(?:50|5[6-9]|6\d)\d{11,17}|9682\d{12})$/;

/** Whether these digits are a card's number. */
export function isCard(digits: string): boolean {
  return SCHEMES.test(digits) && luhn(digits) && !/^(\d)\1+$/.test(digits);
}

/** Luhn's check: every second digit from the right doubled, the sum a multiple of ten. */
export function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 0x30;
    const doubled = i % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}
