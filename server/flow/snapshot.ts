/**
 * The raw state of a host as one folder: one file a read, just as the tool printed it, and `manifest.json` with the checksum and
 * exit code of each. Made by `trunkline snapshot` or by hand with the script that `trunkline snapshot --script` prints; import
 * and audit read it without asking the host anything.
 */
import type { ScopeView } from './hostview.ts';

export const SNAPSHOT_FORMAT = 1;

export interface SnapshotFile {
  /** `links.json`, `netns/web/links.json` */
  readonly file: string;
  readonly exitCode: number;
  /** Of the file's content, in hex. */
  readonly sha256: string;
}

export interface SnapshotManifest {
  readonly format: number;
  /** What the host calls itself (`uname -n`). */
  readonly host: string;
  /** UTC, `2026-11-21T18:40:00Z`. */
  readonly taken: string;
  readonly files: readonly SnapshotFile[];
}

/** A snapshot as read: each file checked against the manifest, and what of it is understood. */
export interface Snapshot {
  readonly manifest: SnapshotManifest;
  readonly host: ScopeView;
  /** Links of the named network namespaces, for who is at the other end of a veth pair. */
  readonly namespaces: ReadonlyMap<string, Pick<ScopeView, 'links'>>;
  /** Those of them that were read whole, with what `iptables-save` and its likes printed there. */
  readonly scopes: ReadonlyMap<string, SnapshotScope>;
  /** Who was heard: which address has which MAC on which interface. */
  readonly neighbours: readonly Neighbour[];
  /** Which MAC was learned on which port of a bridge, by the port's name. */
  readonly learned: ReadonlyMap<string, readonly string[]>;
  /** What `iptables-save` and its likes printed, by file; absent where there is none of it. */
  readonly iptables: ReadonlyMap<string, string>;
  /** UDP ports that programs on the host listen on. */
  readonly udpPorts: ReadonlySet<number>;
  /** Reads that could not be made because the tool is not there. */
  readonly missing: readonly string[];
}

export interface SnapshotScope {
  readonly view: ScopeView;
  readonly iptables: ReadonlyMap<string, string>;
}

export interface Neighbour {
  readonly address: string;
  readonly mac: string;
  readonly device: string;
}
