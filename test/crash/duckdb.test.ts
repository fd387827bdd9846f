// SIGKILL at every named point and at random instants, on a DuckDB file with the embedded state.

import { describe } from 'vitest';
import { survives } from './survival.ts';

describe('On a DuckDB file with the embedded state', () => survives('duckdb'));
