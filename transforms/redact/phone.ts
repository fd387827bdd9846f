// Phone numbers, by the numbering plans that libphonenumber-js carries.
//
// Its finder and its parser take 15 to 100 µs a number, more than all other work on a ticket. So only its plans are used: each is
// read once, and a number then costs a few short regular expressions. A test holds the two against each other.

import type { CountryCode } from 'libphonenumber-js/min';
import metadata from 'libphonenumber-js/min/metadata';

/** Where a number without a country code is looked for: Saudi Arabia first, then where its customers are. */
const HOME = 'SA EG AE KW JO QA BH OM IQ LB YE PS SY MA DZ TN LY SD MR IR'.split(
  ' ',
) as readonly CountryCode[];
/** ITU-T E.164: a country code has at most three digits, a number at most fifteen. */
const MAX_COUNTRY_CODE = 3;
const MAX_DIGITS = 15;

interface Plan {
  readonly code: string;
  readonly national: RegExp;
}
const plans = new Map<CountryCode, Plan>();

/** Whether digits that follow + or 00 are a number of some country: its code, then a national number of its plan. */
export function isInternational(digits: string): boolean {
  if (digits.length < 8 || digits.length > MAX_DIGITS + 1) return false;
  for (let length = 1; length <= MAX_COUNTRY_CODE; length++) {
    const countries = metadata.country_calling_codes[digits.slice(0, length)] ?? [];
    // +966 (0)50 …: the trunk zero is often kept.
    const national = digits.slice(length).replace(/^0/, '');
    if (countries.some((country) => planOf(country).national.test(national))) return true;
  }
  return false;
}

/** Whether the digits are a number of one of our countries with its code, written without a plus: 9665…. */
export function isHomeWithCode(digits: string): boolean {
  return (
    digits.length >= 11 &&
    HOME.some((country) => {
      const { code, national } = planOf(country);
      return digits.startsWith(code) && national.test(digits.slice(code.length));
    })
  );
}

/** Whether the digits are a number as it is dialled at home, with the trunk zero. */
export function isNational(digits: string): boolean {
  return digits.length >= 8 && digits.startsWith('0') && isSubscriber(digits.slice(1));
}

/** Whether the digits are a national number without a trunk zero. Order numbers look the same: only a word beside it tells. */
export function isSubscriber(digits: string): boolean {
  return digits.length >= 7 && HOME.some((country) => planOf(country).national.test(digits));
}

function planOf(country: CountryCode): Plan {
  let plan = plans.get(country);
  if (plan === undefined) {
    const [code = '', , pattern = ''] = metadata.countries[country] ?? [];
    plan = { code: String(code), national: new RegExp(`^(?:${String(pattern)})$`) };
    plans.set(country, plan);
  }
  return plan;
}
