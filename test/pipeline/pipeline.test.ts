/**
 * From file to commands, whole: for every host of the shipped topologies, what is done to a machine that has nothing but its
 * ports. The expected texts lie beside this file and read like the work of a person at a terminal.
 *
 * UPDATE_PIPELINE=1 writes them anew; look at what changed.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Host, Model } from '../../server/flow/model.ts';
import type { HostView } from '../../server/flow/hostview.ts';
import { showCommand } from '../../server/flow/command.ts';
import { KINDS } from '../../server/kinds/index.ts';
import { compileText } from '../../server/model/compile-file.ts';
import { desiredState } from '../../server/model/desired.ts';
import { planHost } from '../../server/plan/host.ts';
import { link } from '../kinds/support/view.ts';

const TOPOLOGIES = join(import.meta.dirname, '../../topologies');

function modelOf(name: string): Model {
  const text = readFileSync(join(TOPOLOGIES, name, `${name}.yaml`), 'utf8');
  const { model } = compileText({ file: `${name}.yaml`, text });
  if (model === null) throw new Error(`${name} does not compile`);
  return model;
}

/** A machine with the ports that the file speaks of, and nothing else. */
function newMachine(host: Host): HostView {
  const ports = host.bridges.flatMap((bridge) => bridge.uplinks.map((uplink) => uplink.device));
  const links = new Map(ports.map((device, index) => [index + 2, link(index + 2, device, { up: false })]));
  const scope = {
    scope: '',
    links,
    routes: [],
    rules: [],
    tables: [],
    sysctls: new Map([['net/ipv6/conf/all/disable_ipv6', '0']]),
  };
  return { host: host.name, scopes: new Map([['', scope]]), namespaces: [], record: null };
}

function commandText(model: Model, host: Host): string {
  const plan = planHost(desiredState(model, host.name, KINDS), newMachine(host), KINDS);
  expect(plan.obstacles).toEqual([]);
  const lines = plan.steps.flatMap((step) => [
    ...(step.first ? [`# ${step.title}`] : []),
    ...step.commands.flatMap((command) => {
      const { argv, stdin } = showCommand(command);
      return [
        argv.join(' '),
        ...(stdin === null
          ? []
          : stdin
              .trimEnd()
              .split('\n')
              .map((line) => `  | ${line}`.trimEnd())),
      ];
    }),
  ]);
  return `${lines.join('\n')}\n`;
}

describe.each(['office', 'overlay', 'app-vlans'])('%s', (name) => {
  const model = modelOf(name);
  test.each([...model.hosts.values()].map((host) => [host.name, host] as const))('on %s', (hostName, host) => {
    const path = join(import.meta.dirname, `${name}.${hostName}.txt`);
    const text = commandText(model, host);
    if (process.env['UPDATE_PIPELINE'] === '1') writeFileSync(path, text);
    expect(existsSync(path), `${path} is missing`).toBe(true);
    expect(text).toBe(readFileSync(path, 'utf8'));
  });
});
