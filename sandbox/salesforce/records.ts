// What stands in the records of the org: names, places, and what customers and agents write.

import type { VendorRecord } from '../change-log.ts';
import { PEOPLE } from '../people.ts';
import { AGENT_REPLIES, CITIES, FIRST_NAMES, LAST_NAMES, ORGANIZATIONS } from '../phrases.ts';
import type { Random } from '../random.ts';
import { composeUtterance, type Oddity } from '../utterance.ts';
import type { Org } from './org.ts';
import { instant } from './shapes.ts';

const ODDITIES: readonly Oddity[] = [
  'tatweel',
  'tashkeel',
  'presentation_forms',
  'bidi_controls',
  'joined_emoji',
  'formula',
];

export function accountValues(random: Random, i: number): VendorRecord {
  return {
    Name: `${ORGANIZATIONS[i % ORGANIZATIONS.length] ?? ''} ${i}`,
    Type: random.pick(['Customer', 'Prospect']),
    Industry: random.pick(['تجزئة', 'Retail', null]),
    BillingCity: random.pick(CITIES),
    AnnualRevenue: random.chance(0.5) ? random.int(10_000, 9_000_000) + 0.25 : null,
    NumberOfEmployees: random.chance(0.7) ? random.int(1, 5000) : null,
    Website: `https://org${i}.example.com`,
    Segment__c: random.pick(['ذهبي', 'فضي', 'NA', null]),
  };
}

export function contactValues(org: Org, random: Random, i: number): VendorRecord {
  const drawn = { first: random.pick(FIRST_NAMES), last: random.pick(LAST_NAMES) };
  // Sales people type addresses off a card.
  const { first, last, email } = PEOPLE[i] ?? { ...drawn, email: `contact${i}@example.com` };
  return {
    AccountId: pick(org, random, 'Account'),
    FirstName: first,
    LastName: last,
    Name: `${first} ${last}`,
    Email: `${email.charAt(0).toUpperCase()}${email.slice(1)}`,
    Phone: random.chance(0.6) ? `+9665${random.int(10_000_000, 99_999_999)}` : null,
    MailingCity: random.pick(CITIES),
    Birthdate: random.chance(0.3)
      ? `19${random.int(60, 99)}-0${random.int(1, 9)}-1${random.int(0, 9)}`
      : null,
    Loyalty_Tier__c: random.pick(['ذهبي', 'null', null]),
  };
}

export function dealValues(org: Org, random: Random, i: number): VendorRecord {
  return {
    AccountId: pick(org, random, 'Account'),
    Name: `عقد "سنوي" ${i}`,
    StageName: random.pick(['Prospecting', 'Closed Won', 'مفاوضة']),
    Amount: random.int(1000, 900_000),
    Probability: random.int(0, 100),
    CloseDate: `2026-0${random.int(1, 9)}-2${random.int(0, 8)}`,
    IsWon: random.chance(0.3),
  };
}

function pick(org: Org, random: Random, object: string): string {
  return String(random.pick(org.visible(object))['Id']);
}

/** What a customer writes, with the commas, quotes and line ends that CSV stumbles over. */
function words(random: Random): string {
  const odd = random.chance(0.1) ? { oddity: random.pick(ODDITIES) } : { oddShare: 0 };
  const { text } = composeUtterance(random, odd);
  return random.chance(0.2) ? `${text}\r\n"عاجل"، كما قلت: ""لا أحد يرد"", شكرا` : text;
}

function caseValues(org: Org, random: Random): VendorRecord {
  const contact = org.find('Contact', pick(org, random, 'Contact'));
  const text = words(random);
  const known = random.chance(0.85);
  return {
    CaseNumber: String(10_000 + org.visible('Case').length).padStart(8, '0'),
    ContactId: known ? contact?.['Id'] : null,
    AccountId: known ? contact?.['AccountId'] : null,
    SuppliedName: known ? null : `${random.pick(FIRST_NAMES)} ${random.pick(LAST_NAMES)}`,
    SuppliedEmail: known ? null : `web${random.int(1, 999)}@example.com`,
    Type: random.pick(['Problem', 'Question', null]),
    Status: 'New',
    Origin: random.pick(['Web', 'Email', 'Phone', 'واتساب']),
    Subject: text.split('\n')[0]?.slice(0, 60) ?? '',
    Priority: random.pick(['High', 'Medium', 'Low']),
    Description: text,
    IsClosed: false,
    Order_Number__c: random.chance(0.6) ? `9007199254740993${random.int(100, 999)}` : null,
    Region__c: random.pick(['الخليج', 'مصر', 'الشام', null]),
    Refund_Amount__c: random.chance(0.4) ? random.int(5, 900) + 0.5 : null,
    Delivery_Date__c: random.chance(0.5) ? `2026-0${random.int(1, 9)}-${random.int(10, 28)}` : null,
    Is_VIP__c: random.chance(0.2),
    Reasons__c: random.pick(['تأخير;تلف', 'استفسار', null]),
    Calls__c: random.int(0, 9),
    Status__c: random.pick(['تحت المراجعة', null]),
    Age_Days__c: random.int(0, 400),
  };
}

function commentValues(org: Org, random: Random): { readonly values: VendorRecord; readonly by: string } {
  const fromCustomer = random.chance(0.4);
  const type = fromCustomer ? 'CspLitePortal' : random.chance(0.1) ? 'AutomatedProcess' : 'Standard';
  return {
    by: random.pick(usersOf(org, type)),
    values: {
      ParentId: pick(org, random, 'Case'),
      IsPublished: fromCustomer || random.chance(0.6),
      CommentBody: fromCustomer ? words(random) : random.pick(AGENT_REPLIES),
    },
  };
}

function emailValues(org: Org, random: Random, at: number): VendorRecord {
  const incoming = random.chance(0.6);
  const text = incoming ? words(random) : random.pick(AGENT_REPLIES);
  const asHtml = incoming && random.chance(0.3);
  return {
    ParentId: pick(org, random, 'Case'),
    Subject: random.pick(['رد: طلبي متأخر', 'Re: your order', 'استفسار']),
    TextBody: asHtml ? null : text,
    HtmlBody: asHtml ? `<div dir="rtl"><p>${text.replaceAll('\n', '<br>')}</p></div>` : null,
    FromName: incoming ? `${random.pick(FIRST_NAMES)} ${random.pick(LAST_NAMES)}` : 'Support',
    FromAddress: incoming ? 'customer@example.com' : 'support@example.com',
    ToAddress: incoming ? 'support@example.com' : 'customer@example.com',
    Incoming: incoming,
    Status: incoming ? '0' : '3',
    MessageDate: instant(at - 60),
  };
}

function surveyValues(org: Org, random: Random): VendorRecord {
  return {
    Name: `S-${random.int(1000, 9999)}`,
    Case__c: pick(org, random, 'Case'),
    Stars__c: random.int(1, 5),
    Answer__c: words(random),
  };
}

/** A record comes into being. */
export function bear(org: Org, random: Random, object: string, at: number, staff: readonly string[]): void {
  const by = random.pick(staff);
  const i = org.visible(object).length;
  switch (object) {
    case 'Account':
      org.add(object, at, accountValues(random, i), by);
      return;
    case 'Contact':
      org.add(object, at, contactValues(org, random, i), by);
      return;
    case 'Opportunity':
      org.add(object, at, dealValues(org, random, i), by);
      return;
    case 'Case':
      org.add(object, at, caseValues(org, random), by);
      return;
    case 'CaseComment': {
      const comment = commentValues(org, random);
      org.add(object, at, comment.values, comment.by);
      return;
    }
    case 'EmailMessage':
      org.add(object, at, emailValues(org, random, at), by);
      return;
    case 'Survey__c':
      org.add(object, at, surveyValues(org, random), by);
      return;
    default:
      org.add('User', at, {
        Username: `late${at}@example.com`,
        LastName: random.pick(LAST_NAMES),
        Name: random.pick(FIRST_NAMES),
        Email: `late${at}@example.com`,
        IsActive: true,
        UserType: 'Standard',
      });
  }
}

/** A record changes in a field that people change. */
export function touch(org: Org, random: Random, object: string, id: string, at: number): void {
  const values: { readonly [object: string]: VendorRecord } = {
    User: { IsActive: random.chance(0.8) },
    Account: { NumberOfEmployees: random.int(1, 5000) },
    Contact: { MailingCity: random.pick(CITIES) },
    Opportunity: { Amount: random.int(1000, 900_000) },
    Case: { Status: random.pick(['Working', 'Closed', 'Escalated']), Calls__c: random.int(0, 30) },
    CaseComment: { CommentBody: `${random.pick(AGENT_REPLIES)} (${at})` },
    EmailMessage: { Status: random.pick(['1', '2']) },
    Survey__c: { Stars__c: random.int(1, 5) },
  };
  org.change(object, id, at, values[object] ?? {});
}

function usersOf(org: Org, type: string): readonly string[] {
  return org.visible('User').flatMap((user) => (user['UserType'] === type ? String(user['Id']) : []));
}
