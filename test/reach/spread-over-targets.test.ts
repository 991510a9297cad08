import { expect, test } from 'vitest';
import { judgeExpectations } from '../../server/run/expectations.ts';
import { labModel } from '../support/lab-model.ts';

const outcomes = (name: string, change?: (text: string) => string): readonly string[] =>
  judgeExpectations(labModel(name, change)).results.map(({ outcome }) => outcome);

test('what packets show of proxies and of balanced services, the model says too', () => {
  expect(new Set(outcomes('intercepted'))).toEqual(new Set(['met']));
  expect(new Set(outcomes('balanced'))).toEqual(new Set(['met']));
});

test('a connection that is handed to a proxy is judged by where it is for', () => {
  const [web, , , , , ...others] = outcomes('intercepted', (text) =>
    text.replace('allow: [80/tcp, 443/tcp], from: clients', 'allow: 443/tcp, from: clients'),
  );
  expect(web).toBe('failed');
  expect(new Set(others)).toEqual(new Set(['met']));
});

test('where one of the targets is not let through, nobody says that the service is reached', () => {
  const denied = (text: string): string =>
    text.replace('policy: []', 'policy: [{ deny: any, from: internet, to: web3 }]');
  expect(outcomes('balanced', denied)).toEqual(['unknown', 'unknown', 'met', 'unknown', 'met', 'met']);
});
