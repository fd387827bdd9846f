// Salesforce keeps the contract of connectors, through each of its two APIs.

import { salesforce } from '../../connectors/salesforce.ts';
import { connectorContract } from '../contracts/connector.ts';
import { contractPlace } from './salesforce-place.ts';

connectorContract({
  name: 'salesforce by query',
  start: () => contractPlace(salesforce({ objects: ['Survey__c'] }), 'query'),
});
connectorContract({
  name: 'salesforce in bulk',
  start: () => contractPlace(salesforce({ streams: ['cases', 'accounts'], bulkFromRows: 1 }), 'bulk'),
});
