// National identity numbers of the Arab countries: what their form proves, and what takes a word beside it.

import { luhn } from './card.ts';

/** Governorates of birth in an Egyptian number; 88 is abroad. */
const GOVERNORATES = /^(?:0[1-4]|1[1-9]|2[1-9]|3[1-5]|88)$/;

/**
 * `proven` by its form alone: Saudi Arabia (ten digits from 1 or 2 with Luhn's check digit), the Emirates (784, year of
 * birth), Egypt (century, date of birth, governorate). `likely` where a word must say so: Saudi numbers with a wrong check
 * digit, Kuwait (12 digits with a date), Qatar (11), Bahrain (9), Jordan (10), Oman and others of 8 to 15 digits.
 */
export function nationalId(digits: string): 'proven' | 'likely' | 'no' {
  switch (digits.length) {
    case 10:
      return /^[12]/.test(digits) && luhn(digits) && !/^(\d)\1+$/.test(digits) ? 'proven' : 'likely';
    case 14:
      return isEgyptian(digits) ? 'proven' : 'likely';
    case 15:
      return /^784(?:19|20)\d{10}$/.test(digits) ? 'proven' : 'likely';
    default:
      return digits.length >= 8 && digits.length <= 15 ? 'likely' : 'no';
  }
}

function isEgyptian(digits: string): boolean {
  if (!/^[23]/.test(digits) || !GOVERNORATES.test(digits.slice(7, 9))) return false;
  const year = (digits.startsWith('2') ? 1900 : 2000) + Number(digits.slice(1, 3));
  return isDate(year, Number(digits.slice(3, 5)), Number(digits.slice(5, 7)));
}

function isDate(year: number, month: number, day: number): boolean {
  const date = new Date(Date.UTC(year, month - 1, day));
  return month >= 1 && month <= 12 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}
