import type { Command } from 'commander';
import type { AnswerWith, DeclareVerb } from './context.ts';
import { declareLabCapture } from './lab-capture.ts';
import { declareLabDown, declareLabList } from './lab-down.ts';
import { declareLabExec } from './lab-exec.ts';
import { declareLabFail, declareLabHeal } from './lab-fail.ts';
import { declareLabTest } from './lab-test.ts';
import { declareLabUp } from './lab-up.ts';

const SUBVERBS: readonly ((lab: Command, answer: AnswerWith) => void)[] = [
  declareLabUp,
  declareLabTest,
  declareLabExec,
  declareLabCapture,
  declareLabFail,
  declareLabHeal,
  declareLabList,
  declareLabDown,
];

export const declareLab: DeclareVerb = (command, answer) => {
  command.enablePositionalOptions();
  for (const declare of SUBVERBS) declare(command, answer);
};
