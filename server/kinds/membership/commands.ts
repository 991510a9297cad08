import type { Command } from '../../flow/command.ts';
import { tagged, vlanCommands } from '../link-vlans.ts';
import type { Membership } from './resource.ts';

export function membershipCommands(before: Membership | undefined, after: Membership | undefined): readonly Command[] {
  const state = after ?? before;
  if (state === undefined) return [];
  const list = (each: Membership | undefined) => (each?.member === true ? [tagged(state.vid)] : []);
  return vlanCommands(state.device, list(before), list(after), state.device === state.bridge);
}
