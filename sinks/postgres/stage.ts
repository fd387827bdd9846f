// The temporary tables of one load in PostgreSQL: how they are made and how COPY fills them.

import { list, POSTGRES, quote } from '../sql/dialect.ts';
import type { Layout } from '../sql/layout.ts';
import { createStage, createTombstoneStage } from '../sql/merge.ts';
import { type Staging, staging } from '../sql/staging.ts';
import { escapeOf } from './copy.ts';

type Escapes = readonly ReturnType<typeof escapeOf>[];

/** One temporary table and the lines on their way into it. */
export interface Stage {
  readonly name: string;
  readonly copy: string;
  readonly create: string;
  readonly escapes: Escapes;
  created: boolean;
  lines: string;
}

export interface TableStage extends Staging {
  readonly rowStage: Stage;
  readonly tombstoneStage: Stage;
}

const text = escapeOf('string');

/** The two temporary tables of the load's table number `index`; they are made when their first rows are sent. */
export function tableStage(layout: Layout, index: number): TableStage {
  const rows = `_stage_${index}`;
  const gone = `_gone_${index}`;
  const version = layout.version === undefined ? [] : [layout.version];
  const keys = layout.keyAt.flatMap((at) => layout.staged[at] ?? []);
  const goneColumns = [...keys, ...version.filter(({ name }) => !layout.table.key.includes(name))];
  return {
    ...staging(layout),
    rowStage: {
      name: rows,
      create: createStage(POSTGRES, layout, rows),
      copy: `COPY ${quote(rows)} ("_seq", "_read_at", "_variants", ${list(layout.staged.map(({ name }) => name))}) FROM STDIN`,
      escapes: [undefined, undefined, escapeOf('json'), ...layout.staged.map(({ type }) => escapeOf(type))],
      created: false,
      lines: '',
    },
    tombstoneStage: {
      name: gone,
      create: createTombstoneStage(POSTGRES, layout, gone),
      copy: `COPY ${quote(gone)} ("_seq", "_read_at", "_deleted_at", ${list(goneColumns.map(({ name }) => name))}) FROM STDIN`,
      escapes: [undefined, undefined, undefined, ...goneColumns.map(() => text)],
      created: false,
      lines: '',
    },
  };
}
