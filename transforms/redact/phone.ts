// Phone numbers, by the numbering plans that libphonenumber-js carries.
//
// Its finder and its parser take 15 to 100 µs a number, more than all other work on a ticket. So only its plans are used: each is
// read once, and a number then costs one or two regular expressions. A test holds the two against each other.

import type { CountryCode } from 'libphonenumber-js/min';
import metadata from 'libphonenumber-js/min/metadata';

/** Where a number without a country code is looked for: Saudi Arabia first, then where its customers are. */
const HOME = 'SA EG AE KW JO QA BH OM IQ LB YE PS SY MA DZ TN LY SD MR IR'.split(
  ' ',
) as readonly CountryCode[];
/** ITU-T E.164: a country code has at most three digits, a number at most fifteen. */
const MAX_COUNTRY_CODE = 3;
const MAX_DIGITS = 15;

/** Whether digits that follow + or 00 are a number of some country: its code, then a national number of its plan. */
export function isInternational(digits: string): boolean {
  if (digits.length < 8 || digits.length > MAX_DIGITS + 1) return false;
  for (let length = 1; length <= MAX_COUNTRY_CODE; length++) {
    const plan = planOfCode(digits.slice(0, length));
    // +966 (0)50 …: the trunk zero is often kept.
    if (plan?.test(digits.slice(digits.charCodeAt(length) === ZERO ? length + 1 : length))) return true;
  }
  return false;
}

const ZERO = 0x30;

/** Whether the digits are a number of one of our countries with its code, written without a plus: 9665…. */
export function isHomeWithCode(digits: string): boolean {
  if (digits.length < 11) return false;
  withCode ??= oneOf(HOME.map((country) => `${codeOf(country)}(?:${patternOf(country)})`));
  return withCode.test(digits);
}

/** Whether the digits are a number as it is dialled at home, with the trunk zero. */
export function isNational(digits: string): boolean {
  return digits.length >= 8 && digits.startsWith('0') && isSubscriber(digits.slice(1));
}

/** Whether the digits are a national number without a trunk zero. Order numbers look the same: only a word beside it tells. */
export function isSubscriber(digits: string): boolean {
  const { length } = digits;
  if (length < 7 || length > MAX_DIGITS) return false;
  let plan = subscribers[length];
  if (plan === undefined) {
    plan = oneOf(HOME.filter((country) => lengthsOf(country).includes(length)).map(patternOf));
    subscribers[length] = plan;
  }
  return plan.test(digits);
}

/** Made when they are first asked for, as one expression each: the engine tries all plans at once. */
let withCode: RegExp | undefined;
/** By the number of digits: most lengths are only a few countries'. */
const subscribers: RegExp[] = [];
const plans = new Map<string, RegExp>();

/** The plans of the countries that share a code; none where no country has it. */
function planOfCode(code: string): RegExp | undefined {
  const made = plans.get(code);
  if (made !== undefined) return made;
  const countries = metadata.country_calling_codes[code];
  if (countries === undefined) return undefined;
  const plan = oneOf(countries.map(patternOf));
  plans.set(code, plan);
  return plan;
}

function oneOf(patterns: readonly string[]): RegExp {
  return new RegExp(`^(?:${patterns.map((pattern) => `(?:${pattern})`).join('|')})$`);
}

function codeOf(country: CountryCode): string {
  return String(metadata.countries[country]?.[0] ?? '');
}

function patternOf(country: CountryCode): string {
  return String(metadata.countries[country]?.[2] ?? '');
}

/** How many digits the national numbers of the country may have. */
function lengthsOf(country: CountryCode): readonly unknown[] {
  const lengths: unknown = metadata.countries[country]?.[3];
  return Array.isArray(lengths) ? lengths : [];
}
