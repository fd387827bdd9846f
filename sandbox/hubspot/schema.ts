// Which properties each kind of object has: HubSpot's own ones, and custom ones with Arabic labels.

export const OBJECT_TYPES = [
  'contacts',
  'companies',
  'tickets',
  'deals',
  'notes',
  'emails',
  'calls',
] as const;
export type ObjectType = (typeof OBJECT_TYPES)[number];

export function isObjectType(name: string): name is ObjectType {
  return OBJECT_TYPES.some((one) => one === name);
}

/** Contacts have a name of their own for the time of their last change. */
export function changedProperty(type: ObjectType): string {
  return type === 'contacts' ? 'lastmodifieddate' : 'hs_lastmodifieddate';
}

/** Which kinds a kind is associated with. */
export const LINKS: { readonly [type in ObjectType]: readonly ObjectType[] } = {
  contacts: ['companies'],
  companies: [],
  tickets: ['contacts', 'companies'],
  deals: ['contacts', 'companies'],
  notes: ['contacts', 'tickets'],
  emails: ['contacts', 'tickets'],
  calls: ['contacts', 'tickets'],
};

export interface Property {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly fieldType: string;
  readonly hubspotDefined: boolean;
  readonly options: readonly { readonly label: string; readonly value: string }[];
}

const own = (name: string, type = 'string', fieldType = 'text'): Property => ({
  name,
  label: name.replaceAll('_', ' '),
  type,
  fieldType,
  hubspotDefined: true,
  options: [],
});
const custom = (
  name: string,
  label: string,
  type: string,
  fieldType: string,
  options: readonly string[] = [],
): Property => ({
  name,
  label,
  type,
  fieldType,
  hubspotDefined: false,
  options: options.map((value) => ({ label: value, value })),
});

const TIMES = (type: ObjectType): readonly Property[] => [
  own('hs_object_id', 'number', 'number'),
  own('createdate', 'datetime', 'date'),
  own(changedProperty(type), 'datetime', 'date'),
];

/** Two custom properties share a label, as happens in real accounts. */
const CUSTOM: { readonly [type in ObjectType]?: readonly Property[] } = {
  contacts: [
    custom('tier', 'فئة العميل', 'enumeration', 'select', ['ذهبي', 'فضي', 'برونزي']),
    custom('loyalty_points', 'نقاط الولاء', 'number', 'number'),
    custom('consent', 'موافقة', 'bool', 'booleancheckbox'),
  ],
  tickets: [
    custom('order_number', 'رقم الطلب', 'string', 'text'),
    custom('order_number_2', 'رقم الطلب', 'string', 'text'),
    custom('delivery_day', 'تاريخ التوصيل', 'date', 'date'),
    custom('problems', 'نوع المشكلة', 'enumeration', 'checkbox', ['تأخير', 'تلف', 'فاتورة']),
  ],
};

const OWN: { readonly [type in ObjectType]: readonly string[] } = {
  contacts: [
    'email',
    'firstname',
    'lastname',
    'phone',
    'city',
    'country',
    'hubspot_owner_id',
    'hs_object_source',
  ],
  companies: ['name', 'domain', 'industry', 'city', 'country'],
  tickets: [
    'subject',
    'content',
    'hs_pipeline',
    'hs_pipeline_stage',
    'hs_ticket_priority',
    'source_type',
    'hubspot_owner_id',
    'hs_object_source',
  ],
  deals: ['dealname', 'amount', 'pipeline', 'dealstage'],
  notes: ['hs_note_body', 'hs_timestamp', 'hubspot_owner_id'],
  emails: [
    'hs_email_subject',
    'hs_email_text',
    'hs_email_html',
    'hs_email_direction',
    'hs_email_from_email',
    'hs_email_from_firstname',
    'hs_email_from_lastname',
    'hs_timestamp',
    'hubspot_owner_id',
  ],
  calls: ['hs_call_title', 'hs_call_body', 'hs_call_direction', 'hs_timestamp', 'hubspot_owner_id'],
};

export function propertiesOf(type: ObjectType): readonly Property[] {
  const merged = ['hs_merged_object_ids', ...(type === 'contacts' ? ['hs_calculated_merged_vids'] : [])];
  return [...TIMES(type), ...[...OWN[type], ...merged].map((name) => own(name)), ...(CUSTOM[type] ?? [])];
}
