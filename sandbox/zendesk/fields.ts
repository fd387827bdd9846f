// The ticket fields of the account: the vendor's own, and custom ones whose Arabic titles are hard on column names.

import type { Random } from '../random.ts';
import type { Account } from './account.ts';
import { iso } from './shapes.ts';

/** A custom field, with how the values of tickets are drawn. */
export interface FieldPlan {
  readonly id: number;
  readonly draw: (random: Random) => unknown;
  /** Tickets changed before this second do not hold the field. */
  readonly since: number;
}

/** Titles collide on purpose: equal, equal to a column of the ticket, and equal once written in Latin letters. */
const CUSTOM_FIELDS: readonly {
  readonly type: string;
  readonly title: string;
  readonly options?: readonly string[];
  readonly draw: (random: Random, options: readonly string[]) => unknown;
}[] = [
  {
    type: 'tagger',
    title: 'قناة الشكوى',
    options: ['التطبيق', 'الموقع', 'الفرع', 'مركز الاتصال'],
    draw: (random, options) => random.pick([...options, null]),
  },
  // Order numbers above 2^53, as plain JSON numbers: a reader that goes through a double loses their last digits.
  {
    type: 'integer',
    title: 'رقم الطلب',
    draw: (random) =>
      random.chance(0.7) ? 9_007_199_254_740_993n + BigInt(random.int(0, 1_000_000)) * 2n : null,
  },
  {
    type: 'decimal',
    title: 'مبلغ الاسترداد',
    draw: (random) => (random.chance(0.4) ? `${random.int(5, 900)}.${random.int(10, 99)}` : null),
  },
  {
    type: 'date',
    title: 'تاريخ التسليم المتوقع',
    draw: (random) => (random.chance(0.5) ? `2026-0${random.int(1, 9)}-${random.int(10, 28)}` : null),
  },
  { type: 'checkbox', title: 'عميل مميز', draw: (random) => random.chance(0.2) },
  {
    type: 'multiselect',
    title: 'أسباب التواصل',
    options: ['تأخير', 'تلف', 'استفسار', 'شكر'],
    draw: (random, options) => options.filter(() => random.chance(0.4)),
  },
  { type: 'text', title: 'المدينة', draw: (random) => random.pick(['الرياض', 'جدة', 'NA', '', null]) },
  {
    type: 'tagger',
    title: 'المدينة',
    options: ['الرياض', 'جدة', 'الدمام'],
    draw: (random, options) => random.pick([...options, null]),
  },
  { type: 'text', title: 'Status', draw: (random) => random.pick(['تحت المراجعة', 'مكتمل', null]) },
  { type: 'text', title: 'حالة', draw: (random) => random.pick(['جديدة', null]) },
  { type: 'text', title: 'حاله', draw: (random) => random.pick(['قديمة', null]) },
  { type: 'regexp', title: 'IBAN', draw: () => null },
  { type: 'textarea', title: 'ملاحظات', draw: (random) => (random.chance(0.2) ? 'سطر أول\nسطر ثانٍ' : null) },
];

const SYSTEM_FIELDS: readonly (readonly [type: string, title: string])[] = [
  ['subject', 'Subject'],
  ['description', 'Description'],
  ['status', 'Status'],
  ['tickettype', 'Type'],
  ['priority', 'Priority'],
  ['group', 'Group'],
  ['assignee', 'Assignee'],
  ['custom_status', 'Ticket status'],
];

export function addFields(account: Account, since: number, lateFieldAt: number): FieldPlan[] {
  for (const [position, [type, title]] of SYSTEM_FIELDS.entries())
    addField(account, since, { type, title, position, removable: false, options: [] });
  const plans: FieldPlan[] = [];
  for (const [position, plan] of CUSTOM_FIELDS.entries()) {
    const options = (plan.options ?? []).map((name, i) => ({ name, tag: `${plan.type}_${position}_${i}` }));
    const id = addField(account, since, {
      type: plan.type,
      title: plan.title,
      position: position + SYSTEM_FIELDS.length,
      removable: true,
      options,
    });
    const tags = options.map((option) => option.tag);
    plans.push({ id, since, draw: (random) => plan.draw(random, tags) });
  }
  plans.push(addLateField(account, lateFieldAt, 'رمز القسيمة'));
  return plans;
}

/** A field that did not exist when most tickets were written. */
export function addLateField(account: Account, at: number, title: string): FieldPlan {
  const id = addField(account, at, { type: 'text', title, position: 99, removable: true, options: [] });
  return { id, since: at, draw: (random) => random.pick(['رمضان20', 'WAHA10', null]) };
}

function addField(
  account: Account,
  at: number,
  field: {
    readonly type: string;
    readonly title: string;
    readonly position: number;
    readonly removable: boolean;
    readonly options: readonly { readonly name: string; readonly tag: string }[];
  },
): number {
  const id = account.ids.next();
  const { type, title } = field;
  const options = field.options.map((option) => ({
    id: account.ids.next(),
    name: option.name,
    raw_name: option.name,
    value: option.tag,
    default: false,
  }));
  account.log.append('ticket_fields', {
    id,
    at,
    record: {
      url: `${account.baseUrl}/api/v2/ticket_fields/${id}.json`,
      id,
      type,
      title,
      raw_title: title,
      description: title,
      raw_description: title,
      position: field.position,
      active: true,
      required: false,
      collapsed_for_agents: false,
      regexp_for_validation: type === 'regexp' ? '\\A[A-Z]{2}\\d+\\z' : null,
      title_in_portal: title,
      raw_title_in_portal: title,
      visible_in_portal: true,
      editable_in_portal: true,
      required_in_portal: false,
      tag: type === 'checkbox' ? 'vip' : null,
      created_at: iso(at),
      updated_at: iso(at),
      removable: field.removable,
      key: null,
      agent_description: null,
      ...(options.length > 0 ? { custom_field_options: options } : {}),
    },
  });
  return id;
}
