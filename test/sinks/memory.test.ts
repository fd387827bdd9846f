// The warehouse in memory against the promises of a sink.

import { memorySink } from '../../sinks/memory.ts';
import { sinkContract } from '../contracts/sink.ts';

sinkContract('memory', async () => memorySink());
