/** Software that makes bridges, and rules for them, over and over: what it made is left to it. */
const BRIDGES: readonly (readonly [RegExp, string])[] = [
  [/^(docker\d+|docker_gwbridge|br-[0-9a-f]{12})$/, 'Docker'],
  [/^virbr\d+$/, 'libvirt'],
  [/^(lxdbr\d+|incusbr\d+)$/, 'LXD or Incus'],
  [/^lxcbr\d+$/, 'LXC'],
  [/^(cni\d+|cni-podman\d+|podman\d+)$/, 'Podman'],
];

/** Whose bridge it is, by its name. */
export function managerOf(bridge: string): string | undefined {
  return BRIDGES.find(([form]) => form.test(bridge))?.[1];
}
