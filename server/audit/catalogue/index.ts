/** Every sort of finding, in the order of their ids. A new one is a file and a line here. */
import { DIF_001 } from './dif-001.ts';
import { DIF_002 } from './dif-002.ts';
import { EXP_001, EXP_007 } from './exp-001.ts';
import { EXP_002 } from './exp-002.ts';
import { EXP_003 } from './exp-003.ts';
import { EXP_004 } from './exp-004.ts';
import { EXP_005 } from './exp-005.ts';
import { EXP_006 } from './exp-006.ts';
import { EXP_008 } from './exp-008.ts';
import { EXP_009 } from './exp-009.ts';
import { NAT_001 } from './nat-001.ts';
import { NAT_002, NAT_005 } from './nat-002.ts';
import { NAT_003, NAT_004 } from './nat-003.ts';
import { NAT_006 } from './nat-006.ts';
import { NAT_007 } from './nat-007.ts';
import { NAT_008 } from './nat-008.ts';
import { POL_001 } from './pol-001.ts';
import { POL_002 } from './pol-002.ts';
import { POL_003 } from './pol-003.ts';
import { POL_004 } from './pol-004.ts';
import { POL_005 } from './pol-005.ts';
import { POL_006 } from './pol-006.ts';
import { POL_007 } from './pol-007.ts';
import { POL_008 } from './pol-008.ts';
import { POL_009 } from './pol-009.ts';
import { RUL_001, RUL_002, RUL_005 } from './rul-001.ts';
import { RUL_003, RUL_004 } from './rul-003.ts';
import { RUL_006, RUL_007 } from './rul-006.ts';
import { RUL_008 } from './rul-008.ts';
import { RUL_009 } from './rul-009.ts';
import { RUL_011 } from './rul-011.ts';
import { RUL_010 } from './rul-010.ts';
import { RUL_012 } from './rul-012.ts';
import type { FindingRule } from './rule.ts';
import { UNK_001 } from './unk-001.ts';

export const CATALOGUE: readonly FindingRule[] = [
  EXP_001,
  EXP_002,
  EXP_003,
  EXP_004,
  EXP_005,
  EXP_006,
  EXP_007,
  EXP_008,
  EXP_009,
  NAT_001,
  NAT_002,
  NAT_003,
  NAT_004,
  NAT_005,
  NAT_006,
  NAT_007,
  NAT_008,
  RUL_001,
  RUL_002,
  RUL_003,
  RUL_004,
  RUL_005,
  RUL_006,
  RUL_007,
  RUL_008,
  RUL_009,
  RUL_011,
  RUL_010,
  RUL_012,
  POL_001,
  POL_002,
  POL_003,
  POL_004,
  POL_005,
  POL_006,
  POL_007,
  POL_008,
  POL_009,
  DIF_001,
  DIF_002,
  UNK_001,
];
