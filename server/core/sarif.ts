/**
 * Diagnostics as SARIF 2.1.0 (OASIS), which code forges and editors read: `trunkline check -f sarif`. Every code is a rule of the
 * run, every diagnostic a result. Paths become relative URIs, so that a forge finds the file in its own copy.
 */
import type { Log, Location, Result } from 'sarif';
import { CODES } from './codes.ts';
import type { DiagnosticCode } from './codes.ts';
import type { Diagnostic } from './diagnostic.ts';
import type { Place } from './place.ts';
import { visibleText } from './visible-text.ts';

export interface SarifOptions {
  /** Version of Trunkline. */
  readonly version: string;
  /** The folder that paths are made relative to: an absolute path with `/` between its parts. */
  readonly folder: string;
}

const RULE_IDS = Object.keys(CODES) as readonly DiagnosticCode[];
const RULE_INDEX = new Map(RULE_IDS.map((id, index) => [id, index]));

export function sarifOf(diagnostics: readonly Diagnostic[], options: SarifOptions): Log {
  return {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'trunkline',
            semanticVersion: options.version,
            rules: RULE_IDS.map((id) => ({
              id,
              shortDescription: { text: CODES[id].summary },
              defaultConfiguration: { level: CODES[id].severity },
            })),
          },
        },
        // `Place` counts columns as JavaScript counts characters.
        columnKind: 'utf16CodeUnits',
        results: diagnostics.map((each) => resultOf(each, options.folder)),
      },
    ],
  };
}

function resultOf(each: Diagnostic, folder: string): Result {
  const hint = each.hint === null ? '' : `\nHint: ${visibleText(each.hint)}`;
  const related = each.related.map((place, index) => ({
    id: index + 1,
    ...locationOf(place, folder),
    message: { text: messageText(visibleText(place.message)) },
  }));
  return {
    ruleId: each.code,
    ruleIndex: RULE_INDEX.get(each.code) ?? -1,
    level: each.severity,
    message: { text: messageText(`${each.summary}. ${visibleText(each.detail)}${hint}`) },
    locations: [locationOf(each, folder)],
    ...(related.length === 0 ? {} : { relatedLocations: related }),
  };
}

/** A place in a file, for a `folder` that paths are made relative to. */
export function locationOf({ file, line, column }: Place, folder: string): Location {
  return {
    physicalLocation: {
      artifactLocation: artifactOf(file, folder),
      region: { startLine: line, startColumn: column },
    },
  };
}

/** Outside of the folder a path stays absolute: no base would be right for it on another machine. */
function artifactOf(file: string, folder: string): { uri: string; uriBaseId?: string } {
  const parts = file.startsWith('/') ? partsOf(file) : [...partsOf(folder), ...partsOf(file)];
  const path = withoutDots(parts);
  const base = withoutDots(partsOf(folder));
  if (path.length > base.length && base.every((part, index) => part === path[index]))
    return { uri: uriOf(path.slice(base.length)), uriBaseId: '%SRCROOT%' };
  return { uri: `file:///${uriOf(path)}` };
}

function partsOf(path: string): readonly string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

function withoutDots(parts: readonly string[]): readonly string[] {
  const result: string[] = [];
  for (const part of parts) {
    if (part === '..') result.pop();
    else result.push(part);
  }
  return result;
}

function uriOf(parts: readonly string[]): string {
  return parts.map((part) => encodeURIComponent(part.toWellFormed())).join('/');
}

/**
 * Plain text for a message. SARIF reads `{0}` as a placeholder (3.11.5) and `[text](target)` as a link (3.11.6); what a file says
 * must become neither.
 */
export function messageText(text: string): string {
  return text.replace(/[{}]/g, '$&$&').replace(/\[(?=[^\]]*\]\()/g, '\\[');
}
