// Names of columns: readable, legal, unique and the same for ever.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { columnName, createColumnPins } from '../../core/names.ts';

const LEGAL = /^[a-z_][a-z0-9_]{0,62}$/;
const name = (label: string, nativeId = '1', taken: readonly string[] = []): string =>
  columnName(label, { nativeId, taken: new Set(taken) });

describe('columnName', () => {
  test.each([
    ['Order Number', 'order_number'],
    ['  Order -- number!  ', 'order_number'],
    ['AccountId', 'account_id'],
    ['HTTPServerURL', 'http_server_url'],
    ['customer_name__c', 'customer_name_c'],
    ['Crème brûlée', 'creme_brulee'],
    ['Straße, Łódź & Ærø', 'strasse_lodz_aero'],
    ['İstanbul ışık', 'istanbul_isik'],
    ['Ｆｕｌｌｗｉｄｔｈ １２', 'fullwidth_12'],
    ['2nd contact', '_2nd_contact'],
    ['الحالة', 'alhalh'],
    ['الأولوية', 'alawlwyh'],
    ['رقم الطلب', 'rqm_altlb'],
    ['نوع المشكلة (جديد)', 'nwa_almshklh_jdyd'],
    ['مدينة 2', 'mdynh_2'],
    ['مدينة ٢', 'mdynh_2'],
    ['شهر ۱۲', 'shhr_12'],
    ['مُحَمَّد', 'mhmd'],
    ['محـــمد', 'mhmd'],
    ['ﻣﺤﻤﺪ', 'mhmd'],
    ['می‌خواهم', 'mykhwahm'],
    ['پیگیری چک', 'pygyry_chk'],
    ['ٹیلی فون', 'tyly_fwn'],
    ['Status الحالة', 'status_alhalh'],
    ['a\u202eb\u200fc', 'abc'],
    ['__proto__', 'proto'],
    ['constructor', 'constructor'],
    ['select', 'select'],
    ['"; DROP TABLE tickets; --', 'drop_table_tickets'],
  ])('makes of %j the readable %s', (label, expected) => {
    expect(name(label)).toBe(expected);
  });

  test('tells the labels apart that other systems throw together', () => {
    const names = ['الحالة', 'الأولوية', 'رقم الطلب', 'نوع المشكلة (جديد)'].map((label) => name(label));
    expect(new Set(names).size).toBe(4);
    for (const readable of names) expect(readable).not.toMatch(/^field_/);
  });

  test.each(['', ' ', '???', '🔥🔥', '状态', 'Статус', 'סטטוס', '\u0000', '\ud800', 'ـ', '\u064b'])(
    'names %j, in which nothing is readable, by the native id',
    (label) => {
      // sha256 of "360001", first eight digits: the name is the same on every machine and for ever.
      expect(name(label, '360001')).toBe('field_89b8062b');
      expect(name(label, '360002')).not.toBe('field_89b8062b');
    },
  );

  test('cuts a long name to 63 bytes with a hash of the native id', () => {
    const long = name('a very long label '.repeat(20), '7');
    expect(long).toMatch(/^a_very_long_label_[a-z_]{35,36}_[0-9a-f]{8}$/);
    expect(long.length).toBeLessThanOrEqual(63);
    expect(name('a very long label '.repeat(20), '8')).not.toBe(long);
    expect(name('x'.repeat(63))).toBe('x'.repeat(63));
    expect(name(`${'x'.repeat(53)} ${'y'.repeat(20)}`)).toMatch(/^x{53}_[0-9a-f]{8}$/);
    expect(name('x'.repeat(64))).toMatch(/^x{54}_[0-9a-f]{8}$/);
  });

  test('never makes two underscores in a row, which belong to the columns of variants', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 80 }), fc.string(), (label, nativeId) => {
        expect(columnName(label, { nativeId, taken: new Set(), prefix: 'custom_' })).not.toContain('__');
      }),
    );
  });

  test('sets the name of a taken one apart by its native id, as far as it takes', () => {
    const second = name('Status', 'b', ['status']);
    expect(second).toMatch(/^status_[0-9a-f]{6}$/);
    const third = name('Status', 'b', ['status', second]);
    expect(third).toMatch(/^status_[0-9a-f]{7}$/);
    expect(third.startsWith(second)).toBe(true);
  });

  test('keeps within 63 bytes also when a long name is taken', () => {
    const long = 'x'.repeat(63);
    const other = name(long, 'b', [long]);
    expect(other).toMatch(/^x{56}_[0-9a-f]{6}$/);
  });

  test('makes no two underscores in a row where it cuts a taken name', () => {
    const long = `${'x'.repeat(55)}_${'y'.repeat(7)}`;
    expect(name(long, 'b', [long])).toMatch(/^x{55}_[0-9a-f]{6}$/);
  });

  test('says so when somebody took every name there is', () => {
    const taken = new Set<string>();
    expect(() => {
      for (let i = 0; i < 1000; i++) taken.add(columnName('Status', { nativeId: 'b', taken }));
    }).toThrow(expect.objectContaining({ kind: 'bug', code: 'names.exhausted' }));
  });

  test('gives a hundred thousand hostile labels legal names of their own, the same each time', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 12 }),
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.string({
        unit: fc.constantFrom(...'ابتثجحخدذرزسشصضطظعغفقكلمنهويىةءأإآؤئپچژگیٹڈے٠١٢۳۴ـًَُ ()'),
        maxLength: 24,
      }),
      fc.constantFrom(
        'Status',
        'status',
        'STATUS',
        'الحالة',
        'الأولوية',
        'رقم الطلب',
        '状态',
        '🔥',
        '"',
        "'; DROP TABLE x; --",
        '__proto__',
      ),
      fc.constantFrom(
        'constructor',
        'prototype',
        'toString',
        'hasOwnProperty',
        'select',
        'order',
        'user',
        'group',
        'at',
        'custom_',
        '_run_id',
      ),
      fc.constantFrom(
        'a'.repeat(54),
        'a'.repeat(62),
        'a'.repeat(63),
        'a'.repeat(64),
        'a_'.repeat(200),
        'ش'.repeat(40),
        '\u0000',
        '\ud800',
        '﷽',
      ),
    );
    const labels = fc.sample(fc.tuple(piece, piece), { numRuns: 100_000, seed: 7 });
    const nameAll = (): Set<string> => {
      const taken = new Set<string>();
      for (const [index, [one, two]] of labels.entries()) {
        const column = columnName(one + (index % 3 === 0 ? two : ''), {
          nativeId: `${index}`,
          taken,
          prefix: index % 2 ? 'custom_' : '',
        });
        if (!LEGAL.test(column)) throw new Error(`not legal: ${column}`);
        if (taken.has(column)) throw new Error(`twice: ${column}`);
        taken.add(column);
      }
      return taken;
    };
    const names = nameAll();
    expect(names.size).toBe(100_000);
    expect(nameAll()).toEqual(names);
  });
});

describe('the pins of columns', () => {
  test('begin every name with custom_', () => {
    const pins = createColumnPins([]);
    expect(pins.column('tickets', '1', 'الحالة')).toBe('custom_alhalh');
    expect(pins.column('tickets', '2', '状态')).toMatch(/^custom_field_[0-9a-f]{8}$/);
    expect(pins.column('tickets', '3', '2nd')).toBe('custom_2nd');
  });

  test('give one field one column for ever, whatever its label becomes', () => {
    const pins = createColumnPins([]);
    const before = pins.column('tickets', '360001', 'Order number');
    expect(pins.column('tickets', '360001', 'Nummer der Bestellung')).toBe(before);
    const later = createColumnPins(pins.added());
    expect(later.column('tickets', '360001', 'رقم الطلب')).toBe(before);
    expect(later.added()).toEqual([]);
  });

  test('give a new field that takes over an old label a column of its own', () => {
    const stored = [{ table: 'tickets', nativeId: '1', column: 'custom_status', label: 'Status' }];
    const pins = createColumnPins(stored);
    expect(pins.column('tickets', '1', 'Old status')).toBe('custom_status');
    expect(pins.column('tickets', '2', 'Status')).toMatch(/^custom_status_[0-9a-f]{6}$/);
  });

  test('tell names apart whatever their case', () => {
    const pins = createColumnPins([{ table: 'tickets', nativeId: '1', column: 'CUSTOM_Status', label: 'x' }]);
    expect(pins.column('tickets', '2', 'status')).toMatch(/^custom_status_[0-9a-f]{6}$/);
    expect(pins.column('tickets', '1', 'status')).toBe('CUSTOM_Status');
  });

  test('keep off the columns of the vendor, whose own names may begin with custom_ too', () => {
    const pins = createColumnPins([]);
    const column = pins.column('tickets', '1', 'Status ID', ['id', 'custom_status_id']);
    expect(column).toMatch(/^custom_status_id_[0-9a-f]{6}$/);
    expect(pins.column('tickets', '1', 'Status ID')).toBe(column);
  });

  test('keep tables apart', () => {
    const pins = createColumnPins([]);
    expect(pins.column('tickets', '1', 'Status')).toBe('custom_status');
    expect(pins.column('users', '1', 'Rank')).toBe('custom_rank');
    expect(pins.column('users', '2', 'Status')).toBe('custom_status');
  });

  test('know fields and tables called __proto__ and constructor', () => {
    const pins = createColumnPins([]);
    expect(pins.column('__proto__', 'constructor', 'a')).toBe('custom_a');
    expect(pins.column('constructor', '__proto__', 'b')).toBe('custom_b');
    expect(pins.added().map(({ table }) => table)).toEqual(['__proto__', 'constructor']);
  });

  test('list what is new in the order in which it was asked for, until it is stored', () => {
    const pins = createColumnPins([]);
    pins.column('tickets', '2', 'B');
    pins.column('tickets', '1', 'A');
    pins.column('tickets', '2', 'B again');
    const added = pins.added();
    expect(added).toEqual([
      { table: 'tickets', nativeId: '2', column: 'custom_b', label: 'B' },
      { table: 'tickets', nativeId: '1', column: 'custom_a', label: 'A' },
    ]);
    pins.column('tickets', '3', 'C');
    expect(pins.adopt(added)).toBe(false);
    expect(pins.added().map(({ nativeId }) => nativeId)).toEqual(['3']);
  });

  test('give way to what another process stored first', () => {
    const pins = createColumnPins([]);
    pins.column('tickets', '1', 'Status');
    expect(pins.adopt([{ table: 'tickets', nativeId: '1', column: 'custom_state', label: 'State' }])).toBe(
      true,
    );
    expect(pins.column('tickets', '1', 'Status')).toBe('custom_state');
    expect(pins.column('tickets', '2', 'State')).not.toBe('custom_state');
    expect(pins.added().map(({ nativeId }) => nativeId)).toEqual(['2']);
  });
});
