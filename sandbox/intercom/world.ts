// A workspace of Intercom with a year of history, and the changes that happen to it while it is read.
// Above 300 lines because it tells one story: every kind of change, next to the state that it changes.

import { type ChangeLog, createChangeLog, type VendorRecord } from '../change-log.ts';
import { PEOPLE } from '../people.ts';
import { AGENT_REPLIES, FIRST_NAMES, LAST_NAMES, ORGANIZATIONS, PRIVATE_NOTES } from '../phrases.ts';
import { createRandom, type Random } from '../random.ts';
import { composeUtterance } from '../utterance.ts';

export interface WorldOptions {
  readonly seed: number | string;
  readonly conversations: number;
  readonly contacts: number;
  readonly companies: number;
  readonly articles: number;
  readonly tickets: number;
  /** The first conversation has this many parts. */
  readonly longConversation: number;
  /** Unix seconds; the history ends one hour before. */
  readonly now: number;
}

/** How many changes of each kind should happen. */
export interface ChangeWish {
  readonly replies?: number;
  readonly newConversations?: number;
  /** Conversations, contacts and tickets that change all within one second. */
  readonly burst?: number;
  readonly ratings?: number;
  /** Parts whose words are taken out. */
  readonly redactions?: number;
  readonly contacts?: number;
  readonly newContacts?: number;
  readonly companies?: number;
  readonly articles?: number;
  readonly tickets?: number;
  readonly newTickets?: number;
  /** Conversations that are deleted. */
  readonly deletes?: number;
  readonly deletedContacts?: number;
  readonly deletedCompanies?: number;
  readonly deletedArticles?: number;
  /** Users that are merged into another one. */
  readonly merges?: number;
  /** Conversations, contacts and tickets that are made by an import, all within one second. */
  readonly imports?: number;
  /** Companies that lose their users: they are in no list and still there. */
  readonly emptiedCompanies?: number;
}

export interface World {
  readonly log: ChangeLog;
  /** Makes changes happen at this second. */
  change(wish: ChangeWish, at: number): { readonly changes: number };
}

export const ADMINS = ['991267459', '991267460', '991267461'] as const;
export const BOT = '991267499';
const DAY = 86_400;
const CHANNELS = ['conversation', 'conversation', 'email', 'whatsapp', 'instagram'] as const;
const FIRST_PART = 20_000_000_000_000_000_000n;

/** Contacts and companies have ids of 24 hexadecimal digits, as the vendor's. */
export function hexId(kind: 'contact' | 'company', id: number): string {
  return `6762f${kind === 'contact' ? 'c' : 'd'}${id.toString(16).padStart(18, '0')}`;
}

export function createWorld(options: WorldOptions): World {
  const log = createChangeLog();
  const random = createRandom(options.seed);
  const end = options.now - 3600;
  const begin = end - 365 * DAY;
  const next = { conversations: 500, contacts: 1, companies: 1, articles: 30, tickets: 600, parts: 1 };

  const write = (resource: string, id: number, at: number, record: VendorRecord): void =>
    log.append(resource, { id, at, record: { ...record, updated_at: at } });
  const here = (resource: string) => log.list(resource).filter(({ record }) => record['gone'] === undefined);

  function addCompany(at: number): void {
    const id = next.companies++;
    write('companies', id, at, {
      type: 'company',
      id: hexId('company', id),
      company_id: `crm-${id}`,
      name: `${ORGANIZATIONS[id % ORGANIZATIONS.length]} ${id}`,
      created_at: at,
      user_count: 1 + (id % 5),
      monthly_spend: id * 10.5,
      size: 10 * id,
      plan: {},
      custom_attributes: { city: 'الرياض' },
    });
  }

  function addContact(at: number): void {
    const id = next.contacts++;
    const { first, last, email } = PEOPLE[id - 1] ?? {
      first: FIRST_NAMES[id % FIRST_NAMES.length],
      last: LAST_NAMES[(id * 3) % LAST_NAMES.length],
      email: `c${id}@customers.example`,
    };
    write('contacts', id, at, {
      type: 'contact',
      id: hexId('contact', id),
      external_id: `${id}`,
      role: id % 4 === 0 ? 'lead' : 'user',
      name: `${first} ${last}`,
      email,
      phone: `+9665000${String(id).padStart(5, '0')}`,
      created_at: at,
      signed_up_at: at,
      last_seen_at: at,
      has_hard_bounced: false,
      custom_attributes: {},
      merge_history: [],
    });
  }

  /** Without a look at all of them: an import asks for ten thousand. */
  function pickContact(draw: Random): number {
    for (;;) {
      const id = draw.int(1, next.contacts - 1);
      if (log.latest('contacts', id)?.record['gone'] === undefined) return id;
    }
  }

  function authorOf(kind: 'customer' | 'agent' | 'bot', contact: number): VendorRecord {
    if (kind === 'bot') return { type: 'bot', id: BOT, name: 'Fin', email: 'operator@bots.example' };
    if (kind === 'agent')
      return { type: 'admin', id: ADMINS[contact % 3], name: 'نورة', email: 'nora@shop.example' };
    const { record } = log.latest('contacts', contact) ?? {};
    return {
      type: record?.['role'] ?? 'user',
      id: hexId('contact', contact),
      name: record?.['name'] ?? null,
    };
  }

  const html = (text: string): string => `<p dir="auto">${text.replaceAll('\n', '<br>')}</p>`;

  function open(at: number, id: number): void {
    const draw = random.fork(`conversation ${id}`);
    const contact = pickContact(draw);
    const kind = draw.chance(0.8) ? 'customer' : draw.chance(0.5) ? 'agent' : 'bot';
    write('conversations', id, at, {
      type: 'conversation',
      id: String(id),
      created_at: at,
      title: null,
      source: {
        type: draw.pick(CHANNELS),
        id: String(403_918_000 + id),
        delivered_as: kind === 'customer' ? 'customer_initiated' : 'admin_initiated',
        subject: '',
        body: html(composeUtterance(draw).text),
        author: authorOf(kind, contact),
        attachments: [],
        redacted: false,
      },
      contacts: { type: 'contact.list', contacts: [{ type: 'contact', id: hexId('contact', contact) }] },
      contact_number: contact,
      admin_assignee_id: Number(ADMINS[id % 3]),
      team_assignee_id: 0,
      open: true,
      state: 'open',
      read: false,
      priority: 'none',
      tags: { type: 'tag.list', tags: [] },
      conversation_rating: null,
      custom_attributes: {},
      statistics: { type: 'conversation_statistics', count_conversation_parts: 0 },
      ai_agent_participated: false,
    });
  }

  function reply(
    at: number,
    id: number,
    part_type: string,
    kind: 'customer' | 'agent' | 'bot',
    text: string | null,
  ): void {
    const conversation = log.latest('conversations', id);
    if (conversation === undefined) return;
    const number = next.parts++;
    write('conversation_parts', number, at, {
      type: 'conversation_part',
      // As large as ids can be: a number would lose its last digits.
      id: String(FIRST_PART + BigInt(number)),
      conversation: String(id),
      part_type,
      body: text === null ? null : html(text),
      created_at: at,
      author: authorOf(kind, Number(conversation.record['contact_number'])),
      attachments: [],
      redacted: false,
    });
    const parts = partsOf(log, String(id)).length;
    const state = part_type === 'close' ? 'closed' : 'open';
    write('conversations', id, at, {
      ...conversation.record,
      state,
      open: state === 'open',
      statistics: { type: 'conversation_statistics', count_conversation_parts: parts },
    });
  }

  function talk(at: number, id: number, draw: Random): void {
    const chance = draw.int(1, 10);
    if (chance <= 4) reply(at, id, 'comment', 'customer', composeUtterance(draw).text);
    else if (chance <= 7) reply(at, id, 'comment', 'agent', draw.pick(AGENT_REPLIES));
    else if (chance === 8) reply(at, id, 'comment', 'bot', 'كيف أقدر أساعدك؟');
    else if (chance === 9) reply(at, id, 'note', 'agent', draw.pick(PRIVATE_NOTES));
    else reply(at, id, 'close', 'agent', null);
  }

  function rate(at: number, id: number, draw: Random): void {
    const { record } = log.latest('conversations', id) ?? {};
    if (record === undefined) return;
    const rating = draw.int(1, 5);
    const remark = draw.chance(0.5) ? composeUtterance(draw).text : '';
    const conversation_rating = { rating, remark, created_at: at, updated_at: at };
    write('conversations', id, at, { ...record, conversation_rating });
  }

  function addArticle(at: number, id: number): void {
    write('articles', id, at, {
      type: 'article',
      id: String(id),
      title: `كيف أرجع الطلب؟ ${id}`,
      body: html('من صفحة الطلبات'),
      state: id % 5 === 0 ? 'draft' : 'published',
      author_id: Number(ADMINS[0]),
      created_at: at,
      url: null,
      parent_ids: [],
    });
  }

  function addTicket(at: number, id: number): void {
    const draw = random.fork(`ticket ${id}`);
    const contact = pickContact(draw);
    write('tickets', id, at, {
      type: 'ticket',
      id: String(id),
      ticket_id: String(id - 560),
      category: draw.pick(['Customer', 'Back-office', 'Tracker']),
      ticket_attributes: { _default_title_: `طلب ${id}`, _default_description_: composeUtterance(draw).text },
      ticket_state: { type: 'ticket_state', id: '8577', category: 'submitted' },
      ticket_type: { type: 'ticket_type', id: '100', name: 'شكوى' },
      contacts: { type: 'contact.list', contacts: [{ type: 'contact', id: hexId('contact', contact) }] },
      admin_assignee_id: 0,
      team_assignee_id: 0,
      created_at: at,
      open: true,
      is_shared: false,
      linked_objects: {
        type: 'list',
        data: id % 3 === 0 ? [{ type: 'conversation', id: '501' }] : [],
        total_count: 0,
      },
      ticket_parts: { type: 'ticket_part.list', ticket_parts: [], total_count: 0 },
    });
  }

  // The history: everything in the order of time; every tenth conversation opens in the second of the one before.
  for (let i = 0; i < options.companies; i++) addCompany(begin + i * 60);
  for (let i = 0; i < options.contacts; i++) addContact(begin + DAY + i * 997 - (i % 10 === 9 ? 997 : 0));
  for (let i = 0; i < options.articles; i++) addArticle(begin + 20 * DAY + i * 3600, next.articles++);
  const step = Math.floor((end - begin - 60 * DAY) / Math.max(1, options.conversations));
  for (let i = 0; i < options.conversations; i++) {
    const id = next.conversations++;
    const at = begin + 40 * DAY + (i % 10 === 9 ? i - 1 : i) * step;
    open(at, id);
    const draw = random.fork(`talk ${id}`);
    const parts = i === 0 ? options.longConversation : draw.int(0, 6);
    for (let part = 0; part < parts; part++)
      talk(at + Math.floor(((part + 1) * step) / (parts + 2)), id, draw);
    if (draw.chance(0.4)) rate(at + step - 1, id, draw);
  }
  for (let i = 0; i < options.tickets; i++) addTicket(end - 18 * DAY + i * 1800, next.tickets++);
  // Bulk changes of many records within one second: ties that cross the edge of a page.
  bulk('conversations', Math.floor(options.conversations / 3), end - 9 * DAY);
  bulk('contacts', Math.floor(options.contacts / 3), end - 9 * DAY);
  bulk('tickets', Math.floor(options.tickets / 3), end - 9 * DAY);
  const changing = random.fork('changes');

  function bulk(resource: string, count: number, at: number): number {
    const chosen = here(resource)
      .filter((version) => version.at <= at)
      .slice(-count);
    for (const { id, record } of chosen) {
      const custom_attributes = { ...(record['custom_attributes'] as VendorRecord), bulk: at };
      write(resource, id, at, { ...record, custom_attributes });
    }
    return chosen.length;
  }

  function times(count: number | undefined, work: () => void): number {
    for (let i = 0; i < (count ?? 0); i++) work();
    return count ?? 0;
  }

  const touch = (resource: string, at: number, changes: VendorRecord): void => {
    const { id, record } = changing.pick(here(resource));
    write(resource, id, at, { ...record, ...changes });
  };
  /** The record that has rested longest, or the newest, is gone; what is left is for the truth alone. */
  const remove = (resource: string, at: number, which: 'oldest' | 'newest' = 'oldest'): void => {
    const living = here(resource).toSorted((a, b) => a.at - b.at || a.id - b.id);
    const chosen = which === 'oldest' ? living[0] : living.at(-1);
    if (chosen) write(resource, chosen.id, at, { ...chosen.record, gone: 'deleted', gone_at: at });
  };

  function merge(at: number): void {
    const users = here('contacts').filter(({ record }) => record['role'] === 'user');
    const [into, from] = [users[0], users.at(-1)];
    if (into === undefined || from === undefined || into.id === from.id) return;
    write('contacts', from.id, at, {
      ...from.record,
      gone: 'merged',
      gone_at: at,
      merged_into: into.record['id'],
    });
    const merged = {
      type: 'merge_history',
      source_contact_id: from.record['id'],
      source_contact_role: 'user',
      merged_at: at,
    };
    const merge_history = [...(into.record['merge_history'] as readonly unknown[]), merged];
    write('contacts', into.id, at, { ...into.record, merge_history });
  }

  return {
    log,
    change(wish, at) {
      checkWish(wish);
      const draw = changing;
      const pick = (): number => draw.pick(here('conversations')).id;
      let changes = times(wish.newContacts, () => addContact(at));
      changes += times(wish.imports, () => addContact(at));
      changes += times(wish.imports, () => addTicket(at, next.tickets++));
      changes += times(wish.imports, () => open(at, next.conversations++));
      changes += times(wish.newConversations, () => open(at, next.conversations++));
      changes += times(wish.newTickets, () => addTicket(at, next.tickets++));
      changes += times(wish.replies, () => talk(at, pick(), draw));
      changes += times(wish.ratings, () => rate(at, pick(), draw));
      changes += times(wish.contacts, () => touch('contacts', at, { last_seen_at: at }));
      changes += times(wish.companies, () => touch('companies', at, { last_request_at: at }));
      changes += times(wish.articles, () => touch('articles', at, { title: `نسخة ${at}` }));
      changes += times(wish.tickets, () => touch('tickets', at, { open: draw.chance(0.5) }));
      changes += times(wish.emptiedCompanies, () => touch('companies', at, { user_count: 0 }));
      changes += times(wish.redactions, () => {
        const living = new Set(here('conversations').map(({ record }) => record['id']));
        const wordy = log
          .list('conversation_parts')
          .filter(
            ({ record }) =>
              record['redacted'] !== true && record['body'] !== null && living.has(record['conversation']),
          );
        const { id, record } = draw.pick(wordy);
        write('conversation_parts', id, at, { ...record, redacted: true, body: '<p><i>redacted</i></p>' });
        const conversation = log.latest('conversations', Number(record['conversation']));
        if (conversation) write('conversations', conversation.id, at, conversation.record);
      });
      for (const resource of ['conversations', 'contacts', 'tickets'])
        changes += bulk(resource, wish.burst ?? 0, at);
      changes += times(wish.deletes, () => remove('conversations', at));
      changes += times(wish.deletedContacts, () => remove('contacts', at));
      changes += times(wish.deletedCompanies, () => remove('companies', at));
      changes += times(wish.deletedArticles, () => remove('articles', at, 'newest'));
      changes += times(wish.merges, () => merge(at));
      return { changes };
    },
  };
}

/** The parts of one conversation, in the order in which they came. */
export function partsOf(log: ChangeLog, conversation: string): readonly VendorRecord[] {
  return log
    .list('conversation_parts')
    .map(({ record }) => record)
    .filter((record) => record['conversation'] === conversation);
}

const WISHES: ReadonlySet<string> = new Set<keyof ChangeWish>([
  'replies',
  'newConversations',
  'burst',
  'ratings',
  'redactions',
  'contacts',
  'newContacts',
  'companies',
  'articles',
  'tickets',
  'newTickets',
  'deletes',
  'deletedContacts',
  'deletedCompanies',
  'deletedArticles',
  'merges',
  'emptiedCompanies',
  'imports',
]);

/** Wishes come from tests and over HTTP: a misspelt one must not pass for a quiet workspace. */
function checkWish(wish: ChangeWish): void {
  for (const [name, count] of Object.entries(wish)) {
    if (!WISHES.has(name))
      throw new TypeError(`cannot change "${name}"; known are: ${[...WISHES].join(', ')}`);
    if (!Number.isInteger(count) || count < 0) throw new TypeError(`"${name}" must be a whole number`);
  }
}
