import type { Host, Model } from '../../flow/model.ts';
import { netnsId } from '../link-ids.ts';
import type { Netns } from './resource.ts';

export function desireNetns(_model: Model, host: Host): readonly Netns[] {
  return host.namespaces.map(({ name }) => ({ kind: 'netns', id: netnsId(name), scope: '', name, marked: true }));
}
