// Salesforce: cases, their comments and e-mails, and any other object by its name.
// https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/ and docs/connectors/salesforce.md

import { asPipelineError, PipelineError } from '../core/errors.ts';
import { columnName } from '../core/names.ts';
import type { Connector, Context } from '../core/types.ts';
import { type Client, checkShare, createClient, readUsage } from './salesforce/client.ts';
import { type ObjectSpec, objectStream, type ReadOptions } from './salesforce/object-stream.ts';
import { createSessions } from './salesforce/session.ts';
import { settingProblems } from './salesforce/settings.ts';
import { objectName } from './salesforce/soql.ts';
import { RELATED } from './salesforce/words.ts';

export interface SalesforceOptions extends Partial<ReadOptions> {
  /** Narrows the connector to some of its streams. Default: all. */
  readonly streams?: readonly string[];
  /** More objects, by their API names: `Lead`, `Survey__c`. Each is a stream and a table named after it. */
  readonly objects?: readonly string[];
  /** The share of the org's daily API requests that this never touches, from 0 up to 1. Default 0.2. */
  readonly keptForOthers?: number;
}

const DEFAULTS: ReadOptions = {
  settleSeconds: 300,
  lookBackSeconds: 600,
  bulkFromRows: 20_000,
  rereadEveryDays: 7,
};

const spec = (
  stream: string,
  object: string,
  description: string,
  more: Partial<ObjectSpec> = {},
): ObjectSpec => ({
  stream,
  object,
  table: `salesforce_${stream}`,
  description,
  related: {},
  ...more,
});

const OBJECTS: readonly ObjectSpec[] = [
  spec('cases', 'Case', 'Cases, deleted ones included.', { related: RELATED.Case }),
  spec('case_comments', 'CaseComment', 'Comments on cases, internal ones included (is_published is false).', {
    related: RELATED.CaseComment,
  }),
  spec('email_messages', 'EmailMessage', 'E-mails of cases, in both directions.', {
    related: RELATED.EmailMessage,
    optional: true,
  }),
  spec('contacts', 'Contact', 'People at the accounts.'),
  spec('accounts', 'Account', 'Customers.'),
  spec('opportunities', 'Opportunity', 'Deals.', { optional: true }),
  spec('users', 'User', 'Users of the org, those of its portals included.', { neverEmpty: true, kept: true }),
];

/**
 * The connector. Org and credentials come from the environment. Throws config `salesforce.unknown_stream`, `salesforce.bad_object`
 * or `salesforce.bad_share` for options that cannot be meant.
 */
export function salesforce(options: SalesforceOptions = {}): Connector {
  const { streams, objects = [], keptForOthers = 0.2, ...reading } = options;
  const share = checkShare(keptForOthers);
  const sessionOf = createSessions();
  const connect = (context: Context): Client => createClient(context, sessionOf(context), share);
  const specs = choose([...OBJECTS, ...moreObjects(objects)], streams);
  return {
    name: 'salesforce',
    title: 'Salesforce',
    streams: specs.map((one) => objectStream(one, connect, { ...DEFAULTS, ...reading })),
    problems: settingProblems,
    async check(context) {
      try {
        const { session, ask } = connect(context);
        // Never /services/data: it lists the versions to anybody. The limits are shown only to whoever is signed in.
        const response = await ask({ path: 'limits', bucket: 'limits' });
        const usage = readUsage(response.headers);
        const left =
          usage === undefined
            ? ''
            : `; ${usage.allowed - usage.used} of ${usage.allowed} API requests are left today`;
        return { ok: true, message: `Signed in to Salesforce as ${session.identity}${left}.` };
      } catch (thrown) {
        const { kind, message, hint } = asPipelineError(thrown);
        if (kind === 'bug') throw thrown;
        return { ok: false, message, ...(hint === undefined ? {} : { hint }) };
      }
    },
  };
}

/** Objects that a pipeline names are read as the others are; those that are here already stay as they are. */
function moreObjects(names: readonly string[]): readonly ObjectSpec[] {
  const known = new Set(OBJECTS.map(({ object }) => object.toLowerCase()));
  const taken = new Set(OBJECTS.map(({ stream }) => stream));
  return names.flatMap((name) => {
    const object = objectName(name);
    if (known.has(object.toLowerCase())) return [];
    known.add(object.toLowerCase());
    const stream = columnName(object, { taken, nativeId: object });
    taken.add(stream);
    return spec(stream, object, `Records of ${object}.`);
  });
}

function choose(all: readonly ObjectSpec[], names: readonly string[] | undefined): readonly ObjectSpec[] {
  if (names === undefined) return all;
  const unknown = names.filter((name) => !all.some(({ stream }) => stream === name));
  if (unknown.length > 0) {
    throw new PipelineError(
      'config',
      'salesforce.unknown_stream',
      `Salesforce has no stream ${unknown.join(', ')}.`,
      {
        hint: `Streams are: ${all.map(({ stream }) => stream).join(', ')}. Others are named in \`objects\`.`,
      },
    );
  }
  return all.filter(({ stream }) => names.includes(stream));
}
