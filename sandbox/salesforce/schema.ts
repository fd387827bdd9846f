// What the org's objects are made of: fields with Arabic labels, formulas, compound fields, and the ways from record to record.
// https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/

export interface FieldPlan {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly calculated?: true;
  readonly nameField?: true;
  /** The object that an id of this field belongs to, and the name of the way there. */
  readonly to?: string;
  readonly relation?: string;
  readonly help?: string;
}

export interface ObjectPlan {
  readonly name: string;
  readonly label: string;
  /** The first three letters of its ids. */
  readonly prefix: string;
  readonly fields: readonly FieldPlan[];
  /** False where the vendor keeps no list of deleted records. */
  readonly replicates: boolean;
}

type More = Omit<FieldPlan, 'name' | 'label' | 'type'>;

const field = (name: string, type: string, label: string, more: More = {}): FieldPlan => ({
  name,
  label,
  type,
  ...more,
});
const link = (name: string, to: string, label: string): FieldPlan =>
  field(name, 'reference', label, { to, relation: name.replace(/Id$/, '') });

const AUDIT: readonly FieldPlan[] = [
  field('CreatedDate', 'datetime', 'تاريخ الإنشاء'),
  link('CreatedById', 'User', 'أنشأه'),
  field('LastModifiedDate', 'datetime', 'تاريخ آخر تعديل'),
  link('LastModifiedById', 'User', 'آخر من عدّله'),
  field('SystemModstamp', 'datetime', 'System Modstamp'),
];
const ID = field('Id', 'id', 'المعرّف');
const IS_DELETED = field('IsDeleted', 'boolean', 'محذوف');

const object = (
  name: string,
  prefix: string,
  label: string,
  fields: readonly FieldPlan[],
  replicates = true,
): ObjectPlan => ({ name, prefix, label, replicates, fields: [ID, ...fields, ...AUDIT] });

export const OBJECTS: readonly ObjectPlan[] = [
  object(
    'User',
    '005',
    'مستخدم',
    [
      field('Username', 'string', 'اسم المستخدم'),
      field('LastName', 'string', 'اسم العائلة'),
      field('FirstName', 'string', 'الاسم الأول'),
      field('Name', 'string', 'الاسم الكامل', { nameField: true }),
      field('Email', 'email', 'البريد الإلكتروني'),
      field('IsActive', 'boolean', 'نشط'),
      field('UserType', 'picklist', 'نوع المستخدم'),
      link('ContactId', 'Contact', 'جهة الاتصال'),
    ],
    false,
  ),
  object('Account', '001', 'حساب', [
    IS_DELETED,
    field('Name', 'string', 'اسم الحساب', { nameField: true }),
    field('Type', 'picklist', 'النوع'),
    field('Industry', 'picklist', 'القطاع'),
    field('BillingCity', 'string', 'مدينة الفوترة'),
    field('BillingAddress', 'address', 'عنوان الفوترة'),
    field('AnnualRevenue', 'currency', 'الإيراد السنوي'),
    field('NumberOfEmployees', 'int', 'عدد الموظفين'),
    field('Website', 'url', 'الموقع'),
    field('Segment__c', 'picklist', 'شريحة العميل'),
  ]),
  object('Contact', '003', 'جهة اتصال', [
    IS_DELETED,
    link('AccountId', 'Account', 'الحساب'),
    field('LastName', 'string', 'اسم العائلة'),
    field('FirstName', 'string', 'الاسم الأول'),
    field('Name', 'string', 'الاسم الكامل', { nameField: true }),
    field('Email', 'email', 'البريد الإلكتروني'),
    field('Phone', 'phone', 'الهاتف'),
    field('MailingCity', 'string', 'المدينة'),
    field('MailingAddress', 'address', 'العنوان'),
    field('Birthdate', 'date', 'تاريخ الميلاد'),
    field('Loyalty_Tier__c', 'picklist', 'فئة الولاء'),
  ]),
  object('Case', '500', 'حالة', [
    IS_DELETED,
    field('CaseNumber', 'string', 'رقم الحالة', { nameField: true }),
    link('ContactId', 'Contact', 'جهة الاتصال'),
    link('AccountId', 'Account', 'الحساب'),
    field('SuppliedName', 'string', 'الاسم'),
    field('SuppliedEmail', 'email', 'البريد'),
    field('Type', 'picklist', 'النوع'),
    field('Status', 'picklist', 'الحالة'),
    field('Origin', 'picklist', 'القناة'),
    field('Subject', 'string', 'الموضوع'),
    field('Priority', 'picklist', 'الأولوية'),
    field('Description', 'textarea', 'الوصف'),
    field('IsClosed', 'boolean', 'مغلقة'),
    field('ClosedDate', 'datetime', 'تاريخ الإغلاق'),
    // Owners are users or queues: the way there leads to no single object.
    field('OwnerId', 'reference', 'المالك'),
    field('Order_Number__c', 'string', 'رقم الطلب'),
    field('Region__c', 'picklist', 'المنطقة'),
    field('Refund_Amount__c', 'currency', 'مبلغ الاسترداد', { help: 'بالريال السعودي' }),
    field('Delivery_Date__c', 'date', 'تاريخ التسليم المتوقع'),
    field('Is_VIP__c', 'boolean', 'عميل مميز'),
    field('Reasons__c', 'multipicklist', 'أسباب التواصل'),
    field('Calls__c', 'double', 'عدد المكالمات'),
    field('Status__c', 'string', 'Status'),
    field('Age_Days__c', 'double', 'عمر الحالة بالأيام', { calculated: true }),
    field('Place__c', 'location', 'الموقع'),
    field('Place__Latitude__s', 'double', 'خط العرض'),
    field('Signature__c', 'base64', 'التوقيع'),
  ]),
  object('CaseComment', '00a', 'تعليق', [
    IS_DELETED,
    link('ParentId', 'Case', 'الحالة'),
    field('IsPublished', 'boolean', 'منشور'),
    field('CommentBody', 'textarea', 'النص'),
  ]),
  object('EmailMessage', '02s', 'رسالة', [
    IS_DELETED,
    link('ParentId', 'Case', 'الحالة'),
    field('Subject', 'string', 'الموضوع'),
    field('TextBody', 'textarea', 'النص'),
    field('HtmlBody', 'textarea', 'النص المنسق'),
    field('FromName', 'string', 'المرسل'),
    field('FromAddress', 'email', 'عنوان المرسل'),
    field('ToAddress', 'string', 'إلى'),
    field('Incoming', 'boolean', 'واردة'),
    field('Status', 'picklist', 'الحالة'),
    field('MessageDate', 'datetime', 'تاريخ الرسالة'),
  ]),
  object('Opportunity', '006', 'فرصة', [
    IS_DELETED,
    link('AccountId', 'Account', 'الحساب'),
    field('Name', 'string', 'الاسم', { nameField: true }),
    field('StageName', 'picklist', 'المرحلة'),
    field('Amount', 'currency', 'المبلغ'),
    field('Probability', 'percent', 'الاحتمال'),
    field('CloseDate', 'date', 'تاريخ الإغلاق'),
    field('IsWon', 'boolean', 'تم الفوز'),
  ]),
  object('Survey__c', 'a0B', 'استبيان', [
    IS_DELETED,
    field('Name', 'string', 'رقم الاستبيان', { nameField: true }),
    field('Case__c', 'reference', 'الحالة', { to: 'Case', relation: 'Case__r' }),
    field('Stars__c', 'double', 'التقييم'),
    field('Answer__c', 'textarea', 'ماذا تقول لنا؟'),
  ]),
];

export function objectOf(name: string): ObjectPlan | undefined {
  return OBJECTS.find((plan) => plan.name.toLowerCase() === name.toLowerCase());
}

export function fieldOf(plan: ObjectPlan, name: string): FieldPlan | undefined {
  return plan.fields.find((one) => one.name.toLowerCase() === name.toLowerCase());
}

/** The answer of `describe`, with what clients read of it. */
export function describeObject(plan: ObjectPlan, more: readonly FieldPlan[]): object {
  return {
    name: plan.name,
    label: plan.label,
    labelPlural: plan.label,
    keyPrefix: plan.prefix,
    custom: plan.name.endsWith('__c'),
    queryable: true,
    replicateable: plan.replicates,
    retrieveable: true,
    searchable: true,
    fields: [...plan.fields, ...more].map((one) => ({
      name: one.name,
      label: one.label,
      type: one.type,
      custom: /__[a-z]$/.test(one.name),
      calculated: one.calculated === true,
      nameField: one.nameField === true,
      compoundFieldName: one.name.endsWith('__s') ? 'Place__c' : null,
      inlineHelpText: one.help ?? null,
      referenceTo: one.type !== 'reference' ? [] : one.to === undefined ? ['Group', 'User'] : [one.to],
      relationshipName: one.relation ?? (one.type === 'reference' ? one.name.replace(/Id$/, '') : null),
      filterable: !['textarea', 'base64'].includes(one.type),
      sortable: !['textarea', 'base64', 'multipicklist'].includes(one.type),
      nillable: !['Id', 'SystemModstamp', 'CreatedDate'].includes(one.name),
      length: one.type === 'textarea' ? 32_000 : 255,
      soapType: one.type === 'id' ? 'tns:ID' : 'xsd:string',
      picklistValues: [],
    })),
    childRelationships: [],
    recordTypeInfos: [],
    urls: {},
  };
}
