// SIGKILL at every named point and at random instants, on PostgreSQL for warehouse and state.

import { describe } from 'vitest';
import { survives } from './survival.ts';

describe('On PostgreSQL for warehouse and state', () => survives('postgres'));
