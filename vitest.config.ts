/**
 * The suites. What needs no rights and touches no kernel is `unit`; `kernel` works in namespaces of its own and needs root;
 * `virtual` brings labs up in virtual machines and needs root; `web` drives a browser, and what it does to a lab is in `kernel`;
 * `vm` runs inside the virtual machine that `scripts/vm/run` boots, where the kernel has everything; `disk` boots machines with
 * systemd on a disk, which reboot and lose their power, and needs root.
 */
import { defineConfig } from 'vitest/config';

const kernel = ['test/kernel/**/*.test.ts', 'test/lab/**/*.test.ts', 'test/**/*.kernel.test.ts'];
const virtual = ['test/lab/machine/**/*.test.ts'];
const web = ['test/web/**/*.test.ts'];
const vm = ['test/vm/**/*.vm.test.ts'];
const disk = ['test/vm/disk/**/*.disk.test.ts'];

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...kernel, ...web, ...vm, ...disk],
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'kernel',
          include: kernel,
          exclude: virtual,
          // One file at a time: they share one kernel's counters, conntrack table and two cores.
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'virtual',
          include: virtual,
          fileParallelism: false,
          // A machine takes ten seconds to boot where it is emulated, and everything in it ten times as long as outside.
          testTimeout: 900_000,
          hookTimeout: 900_000,
        },
      },
      {
        test: {
          name: 'web',
          include: web,
          exclude: kernel,
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'vm',
          include: vm,
          fileParallelism: false,
          // Emulated, everything takes ten times as long: one worker for all files saves seconds a file.
          pool: 'threads',
          isolate: false,
          testTimeout: 300_000,
          hookTimeout: 300_000,
        },
      },
      {
        test: {
          name: 'disk',
          include: disk,
          fileParallelism: false,
          testTimeout: 600_000,
          // The first one makes the image where there is none yet.
          hookTimeout: 900_000,
        },
      },
    ],
  },
});
