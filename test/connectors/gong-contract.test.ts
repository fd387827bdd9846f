// Gong keeps the contract of connectors.

import { connectorContract } from '../contracts/connector.ts';
import { contractPlace } from './gong-place.ts';

connectorContract({ name: 'gong', fixedToken: true, start: () => contractPlace() });
