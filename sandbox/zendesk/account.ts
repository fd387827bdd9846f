// The slow part of a Zendesk account: its people, organizations, groups, brands and ticket fields.

import type { ChangeLog, VendorRecord } from '../change-log.ts';
import { PEOPLE } from '../people.ts';
import { FIRST_NAMES, LAST_NAMES, ORGANIZATIONS } from '../phrases.ts';
import type { Random } from '../random.ts';
import { iso } from './shapes.ts';

export interface Account {
  readonly baseUrl: string;
  readonly log: ChangeLog;
  readonly random: Random;
  readonly ids: { next(): number };
}

/** The first users are the team: one admin, the others agents. Everyone after them is a customer. */
export const TEAM = 6;

export function addOrganizations(account: Account, count: number, since: number): void {
  const random = account.random.fork('organizations');
  for (let i = 0; i < count; i++) {
    const id = account.ids.next();
    // Two in three organizations share their second with the one before: an import does that.
    const at = since + Math.floor(i / 3) * 61;
    const name = `${ORGANIZATIONS[i % ORGANIZATIONS.length]}${i < ORGANIZATIONS.length ? '' : ` ${i}`}`;
    account.log.append('organizations', {
      id,
      at,
      record: {
        url: `${account.baseUrl}/api/v2/organizations/${id}.json`,
        id,
        name,
        shared_tickets: false,
        shared_comments: false,
        external_id: random.chance(0.5) ? `ORG-${1000 + i}` : null,
        created_at: iso(at),
        updated_at: iso(at),
        domain_names: [`org${i}.example.com`],
        details: random.chance(0.3) ? 'عميل شركات، أولوية في الرد' : null,
        notes: null,
        group_id: null,
        tags: random.chance(0.4) ? ['vip', 'عقد_سنوي'] : [],
        organization_fields: { region: random.pick(['الخليج', 'مصر', 'الشام']), seats: random.int(1, 500) },
      },
    });
  }
}

export function addUsers(account: Account, count: number, since: number): void {
  const random = account.random.fork('users');
  const organizations = account.log.list('organizations').map((one) => one.id);
  for (let i = 0; i < Math.max(count, TEAM + 1); i++) {
    const id = account.ids.next();
    // The first hundred are imported ten a second, so ties cross the edge of any small page.
    const at = since + 1000 + (i < 100 ? Math.floor(i / 10) : i) * 37;
    account.log.append('users', {
      id,
      at,
      record: describeUser(account, random, { i, id, at, organizations }),
    });
  }
}

function describeUser(
  account: Account,
  random: Random,
  who: {
    readonly i: number;
    readonly id: number;
    readonly at: number;
    readonly organizations: readonly number[];
  },
): VendorRecord {
  const { i, id, at } = who;
  const role = i === 0 ? 'admin' : i < TEAM ? 'agent' : 'end-user';
  const organization =
    who.organizations.length > 0 && random.chance(0.4) ? random.pick(who.organizations) : null;
  const known = PEOPLE[i - TEAM];
  const drawn = {
    name: `${random.pick(FIRST_NAMES)} ${random.pick(LAST_NAMES)}`,
    email: random.chance(0.08) && role === 'end-user' ? null : `user${i}@example.com`,
  };
  return {
    id,
    url: `${account.baseUrl}/api/v2/users/${id}.json`,
    ...(known === undefined ? drawn : { name: `${known.first} ${known.last}`, email: known.email }),
    created_at: iso(at),
    updated_at: iso(at),
    time_zone: random.pick(['Riyadh', 'Cairo', 'Kuwait', 'Abu Dhabi']),
    iana_time_zone: 'Asia/Riyadh',
    phone: random.chance(0.5) ? `+9665${random.int(10_000_000, 99_999_999)}` : null,
    shared_phone_number: null,
    photo: null,
    locale_id: 66,
    locale: 'ar',
    organization_id: organization,
    role,
    verified: role !== 'end-user' || random.chance(0.6),
    external_id: random.chance(0.3) ? `C-${random.int(10_000, 99_999)}` : null,
    tags: random.chance(0.2) ? ['مميز'] : [],
    alias: null,
    active: !(role === 'end-user' && random.chance(0.03)),
    shared: false,
    shared_agent: false,
    last_login_at: role === 'end-user' ? null : iso(at + 3600),
    two_factor_auth_enabled: null,
    signature: null,
    details: null,
    notes: null,
    role_type: role === 'admin' ? 4 : role === 'agent' ? 0 : null,
    custom_role_id: null,
    moderator: role !== 'end-user',
    ticket_restriction: role === 'end-user' ? 'requested' : null,
    only_private_comments: false,
    restricted_agent: role !== 'admin',
    suspended: random.chance(0.02),
    default_group_id: null,
    report_csv: role === 'admin',
    user_fields: { loyalty_tier: random.pick(['gold', 'silver', null]), birth_date: null },
  };
}

export function addGroupsAndBrands(account: Account, since: number): void {
  for (const [i, name] of ['دعم الطلبات', 'المدفوعات', 'Technical Support'].entries()) {
    const id = account.ids.next();
    account.log.append('groups', {
      id,
      at: since,
      record: {
        url: `${account.baseUrl}/api/v2/groups/${id}.json`,
        id,
        is_public: true,
        name,
        description: '',
        default: i === 0,
        deleted: false,
        created_at: iso(since),
        updated_at: iso(since),
      },
    });
  }
  for (const [i, name] of ['متجر الواحة', 'Waha Express'].entries()) {
    const id = account.ids.next();
    account.log.append('brands', {
      id,
      at: since,
      record: {
        url: `${account.baseUrl}/api/v2/brands/${id}.json`,
        id,
        name,
        brand_url: `https://brand${i}.example.com`,
        subdomain: `brand${i}`,
        host_mapping: null,
        has_help_center: true,
        help_center_state: 'enabled',
        active: true,
        default: i === 0,
        is_deleted: false,
        logo: null,
        ticket_form_ids: [],
        signature_template: '{{agent.signature}}',
        created_at: iso(since),
        updated_at: iso(since),
      },
    });
  }
}
