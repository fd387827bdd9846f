// Intercom keeps the contract of connectors.

import { connectorContract } from '../contracts/connector.ts';
import { contractPlace } from './intercom-place.ts';

connectorContract({ name: 'intercom', fixedToken: true, start: () => contractPlace() });
