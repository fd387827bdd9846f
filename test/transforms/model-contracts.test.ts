// The promises of a label provider, kept by Claude (live and in batches), Gemini on Vertex and Bedrock against their stand-ins.

import { labelBatchesContract, labelProviderContract } from '../contracts/label-provider.ts';
import { anthropicVendor, bedrockVendor, vertexVendor } from './model-vendors.ts';

labelProviderContract('Anthropic', anthropicVendor);
labelBatchesContract('Anthropic', anthropicVendor);
labelProviderContract('Vertex', vertexVendor);
labelProviderContract('Bedrock', bedrockVendor);
