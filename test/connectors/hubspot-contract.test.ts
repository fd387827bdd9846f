// HubSpot keeps the contract of connectors, signed in by an OAuth app and by a private app.

import { hubspot } from '../../connectors/hubspot.ts';
import { connectorContract } from '../contracts/connector.ts';
import { hubspotPlace } from './hubspot-place.ts';

connectorContract({ name: 'hubspot with an OAuth app', start: () => hubspotPlace(hubspot()) });
