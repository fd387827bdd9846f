// The tables that Estuary fills, column by column, with what each one means.

import { column, declareTable, id, type MappedTable } from '../../core/mapping.ts';

/** The specs of one kind. */
export function specTable(name: string, description: string): MappedTable {
  return declareTable(
    { name: `estuary_${name}`, description, key: ['id'], version: 'updated_at' },
    {
      id: id('Id of the live spec.'),
      catalog_name: column('string', 'Its name in the catalog.'),
      catalog_type: column('string', 'capture, collection or materialization.'),
      created_at: column('timestamp', 'When it was created.'),
      updated_at: column('timestamp', 'When it last changed.'),
      last_pub_id: id('The publication that last changed it.'),
      last_build_id: id('The build that last changed it.'),
      is_disabled: column('boolean', 'Whether it is switched off.'),
      data_plane_id: id('The data plane that it runs in.'),
      model: column('json', 'The spec as it was published; its credentials are encrypted.'),
    },
    {
      from: {
        id: 'liveSpecId',
        catalog_name: 'catalogName',
        catalog_type: 'catalogType',
        created_at: 'createdAt',
        updated_at: 'updatedAt',
        last_pub_id: 'lastPubId',
        last_build_id: 'lastBuildId',
        is_disabled: 'isDisabled',
        data_plane_id: 'dataPlaneId',
      },
      derived: {
        status: { type: 'string', description: 'Summary of its status when its spec last changed.' },
        status_type: { type: 'string', description: 'OK, WARNING or ERROR, when its spec last changed.' },
      },
    },
  );
}

export const STATS = declareTable(
  {
    name: 'estuary_catalog_stats',
    description:
      'Documents and bytes by task or collection and day; rows whose name ends with a slash sum up a prefix.',
    key: ['id'],
  },
  {
    catalog_name: column('string', 'The task, the collection, or the prefix with its slash.'),
    grain: column('string', 'The length of the bucket: daily.'),
    ts: column('timestamp', 'The beginning of the bucket.'),
    bytes_written_by_me: column('integer', 'Bytes that it wrote.'),
    docs_written_by_me: column('integer', 'Documents that it wrote.'),
    bytes_read_by_me: column('integer', 'Bytes that it read.'),
    docs_read_by_me: column('integer', 'Documents that it read.'),
    bytes_written_to_me: column('integer', 'Bytes that others wrote to it.'),
    docs_written_to_me: column('integer', 'Documents that others wrote to it.'),
    bytes_read_from_me: column('integer', 'Bytes that others read from it.'),
    docs_read_from_me: column('integer', 'Documents that others read from it.'),
    usage_seconds: column('integer', 'Seconds that the task ran.'),
    warnings: column('integer', 'Warnings.'),
    errors: column('integer', 'Errors.'),
    failures: column('integer', 'Failures.'),
  },
  { derived: { id: { type: 'string', description: 'Grain, beginning and name of the bucket.' } } },
);
