import { describe } from '@jest/globals';
import { defineCells } from './testing/define-cells.ts';

describe('explicit', () => defineCells('explicit'));
