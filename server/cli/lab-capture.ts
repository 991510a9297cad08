import type { Command } from 'commander';
import { Failure } from '../core/failure.ts';
import type { Model } from '../flow/model.ts';
import { labCapture, openLab } from '../lab/index.ts';
import type { Answer, AnswerWith, CliContext } from './context.ts';
import { splitFile } from './lab-words.ts';
import { takesSettings, withModel } from './topology-argument.ts';
import type { CommonOptions } from './topology-argument.ts';

interface CaptureOptions extends CommonOptions {
  readonly write: string;
  readonly count?: string;
  readonly seconds?: string;
}

export function declareLabCapture(lab: Command, answer: AnswerWith): void {
  const summary = 'write the frames of a node’s interface as pcap, for Wireshark and its like';
  takesSettings(lab.command('capture'))
    .summary(summary)
    .description(
      `${summary}; until Ctrl-C, or as long as said\n\nINTERFACE is a network of the node or a device; it can be left out where there is only one.
  trunkline lab capture FILE web lan -w web.pcap
  trunkline lab capture FILE vgw-1@gw-x wan | wireshark -k -i -`,
    )
    .exitOverride()
    .argument('<words...>', '[FILE] NODE [INTERFACE]')
    .option('-w, --write <file>', 'where to; - is stdout', '-')
    .option('--count <n>', 'end after so many frames')
    .option('--seconds <n>', 'end after so many seconds')
    .option('--json', 'print one JSON document; needs -w FILE')
    .action(
      answer((context: CliContext, words: readonly string[], options: CaptureOptions) =>
        capture(context, words, options),
      ),
    );
}

function capture(context: CliContext, given: readonly string[], options: CaptureOptions): Promise<Answer> {
  const { file, words } = splitFile(given);
  const [node, asked, ...more] = words;
  if (node === undefined || more.length > 0)
    throw new Failure('usage', 'Capture where?', {
      detail: 'Write: trunkline lab capture FILE NODE [INTERFACE] -w FILE',
    });
  const { write } = options;
  if (write === '-' && (context.json || process.stdout.isTTY)) {
    throw new Failure('usage', 'Frames are no text to be shown', {
      detail: 'Say where to: -w FILE, or pipe them into a program that reads pcap.',
    });
  }
  const [count, seconds] = [wholeNumber('--count', options.count), wholeNumber('--seconds', options.seconds)];
  return withModel(file, options, async (model) => {
    const lab = await openLab(model.topology);
    const captured = await labCapture(lab, node, {
      ...(asked === undefined ? {} : { interface: asked }),
      write,
      count,
      seconds,
      deviceOf: (network) => deviceOf(model, node, network),
      onListening: (device) => {
        context.progress(`capturing on ${device} of ${node}`);
      },
    });
    const { device, frames, dropped } = captured;
    const lost = dropped === 0 ? '' : `, ${String(dropped)} came too fast and are missing`;
    const text = `${String(frames)} frames${lost}`;
    if (write === '-') {
      context.progress(text);
      return { document: {}, text: '', exitCode: 0 };
    }
    return {
      document: { topology: model.topology, node, interface: device, file: write, frames, dropped },
      text: `${text} in ${write}.`,
      exitCode: 0,
    };
  });
}

/** The device that a gateway member or a host has on a network; guests and `internet` call theirs like the network. */
function deviceOf(model: Model, node: string, network: string): string | undefined {
  const members = [...model.gateways.values()].flatMap((gateway) => gateway.members);
  const nics = members.find((member) => member.name === node)?.nics ?? model.hosts.get(node)?.nics;
  return nics?.find((nic) => nic.network === network)?.device;
}

function wholeNumber(option: string, text: string | undefined): number {
  if (text === undefined) return 0;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new Failure('usage', `${option} takes a number of 1 or more, not ${JSON.stringify(text)}`);
}
