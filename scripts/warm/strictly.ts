/** While the picture of the loaded command is taken: what belongs to the process that takes it is out of reach. */

const OWN = ['env', 'argv', 'cwd', 'stdin', 'stdout', 'stderr'] as const;

const before = OWN.map((name) => [name, Object.getOwnPropertyDescriptor(process, name)] as const);
for (const name of OWN) {
  Object.defineProperty(process, name, {
    configurable: true,
    get: () => {
      throw new Error(`process.${name} would be the build's for ever: it is asked for while modules are loaded`);
    },
  });
}

export function endStrictness(): void {
  for (const [name, descriptor] of before) {
    if (descriptor !== undefined) Object.defineProperty(process, name, descriptor);
  }
}
