import { Text } from '@codemirror/state';
import type { ChangeSet } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import type { RefObject } from 'react';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { DraftChecked, FileText, OwnText } from '../../../server/api/schema/file.ts';
import type { GraphDocument } from '../../../server/flow/graph.ts';
import { call, RequestFailed } from '../../client/client.ts';
import { askAgain } from '../../client/useAnswer.ts';
import type { Stage } from '../mode.ts';
import type { Editor } from './editor/editor.ts';
import { createEditor } from './editor/editor.ts';
import { offsetIn } from './editor/problems.ts';
import { keepUnsaved, unsavedOf } from './kept.ts';
import { marksOf } from './marks.ts';
import type { Known } from './yaml/names.ts';
import { SECTIONS } from './yaml/names.ts';
import { nodesAt, offsetOf } from './yaml/places.ts';
import type { Schema } from './yaml/schema.ts';

export type Base = Pick<FileText, 'hash' | 'text'>;

/** What stands beside the text: nothing, the saved file, or what somebody else made of it. */
export type Beside = 'nothing' | 'saved' | 'theirs';

export interface Said {
  readonly tone: 'good' | 'bad' | 'plain';
  readonly text: string;
}

export interface Editing {
  readonly host: RefObject<HTMLDivElement | null>;
  readonly base: Base;
  readonly dirty: boolean;
  readonly beside: Beside;
  readonly setBeside: (beside: Beside) => void;
  readonly checked: DraftChecked | null;
  readonly checking: boolean;
  readonly said: Said | null;
  /** `true` where it was written. */
  readonly save: (force?: boolean) => Promise<boolean>;
  readonly format: () => void;
  readonly goTo: (line: number, column: number) => void;
  readonly showOnMap: () => void;
  readonly discard: () => void;
  /** The text was refused since it is no YAML. */
  readonly mayForce: boolean;
}

/** The file that is edited: of the topology itself, or one that it uses. */
export interface Opened extends OwnText {
  /** `undefined`: the topology itself. */
  readonly part: string | undefined;
}

/** A place in another file of the topology. */
export interface Elsewhere {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

interface Means {
  /** Opens another file there; `false` where it is none that can be opened. */
  readonly onElsewhere: (place: Elsewhere) => boolean;
  readonly schema: Schema;
  readonly mayWrite: boolean;
}

const CHECK_AFTER_MS = 250;

/** The text, what the server says of it, and the way between it and the map. */
export function useEditing(stage: Stage, file: Opened, { schema, mayWrite, onElsewhere }: Means): Editing {
  const { name, dark } = stage;
  const { file: path, part } = file;
  const kept = useMemo(() => unsavedOf(path), [path]);
  const host = useRef<HTMLDivElement>(null);
  const editor = useRef<Editor>(null);
  const [base, setBase] = useState<Base>(kept?.base ?? file);
  const [dirty, setDirty] = useState(kept !== undefined);
  const [beside, setBeside] = useState<Beside>('nothing');
  const [checked, setChecked] = useState<DraftChecked | null>(null);
  const [checking, setChecking] = useState(false);
  const [said, setSaid] = useState<Said | null>(
    kept === undefined ? null : { tone: 'plain', text: 'What you had not saved is back.' },
  );
  const [mayForce, setMayForce] = useState(false);
  const [version, setVersion] = useState(0);
  const [shown, setShown] = useState<readonly string[]>([]);
  /** The last text that was right, its graph, and what was typed since. */
  const placed = useRef<{ graph: GraphDocument | null; text: string; since: ChangeSet | null }>({
    ...{ graph: stage.graph, text: normal(file.text), since: null },
  });
  const current = useRef({ base, stage, file, onElsewhere });
  current.current = { base, stage, file, onElsewhere };

  const textOf = useCallback((): string => editor.current?.view.state.sliceDoc() ?? '', []);
  const say = useCallback((error: unknown): void => {
    setSaid({ tone: 'bad', text: error instanceof RequestFailed ? sentence(error) : String(error) });
  }, []);

  const save = useCallback(
    async (force = false): Promise<boolean> => {
      const text = textOf();
      const saved = current.current.base;
      if (text === saved.text) {
        setSaid({ tone: 'good', text: 'It is saved already.' });
        setBeside('nothing');
        return true;
      }
      try {
        const body = { text, part, base: saved.hash, ...(force ? { force } : {}) };
        const { hash } = await call('PUT /api/topologies/:name/file', { params: { name }, body });
        setBase({ hash, text });
        setDirty(textOf() !== text);
        setMayForce(false);
        setBeside('nothing');
        setSaid({ tone: 'good', text: 'Saved.' });
        askAgain();
        return true;
      } catch (error) {
        say(error);
        if (!(error instanceof RequestFailed)) return false;
        setMayForce(error.failure?.kind === 'file-wrong');
        if (error.conflict === undefined) return false;
        setBase(error.conflict.present);
        setBeside('theirs');
        return false;
      }
    },
    [name, part, say, textOf],
  );

  const format = useCallback((): void => {
    const text = textOf();
    call('POST /api/topologies/:name/format', { params: { name }, body: { text, part } }).then((answer) => {
      const view = editor.current?.view;
      if (!view || view.state.sliceDoc() !== text) return;
      if (answer.text === null) setSaid({ tone: 'bad', text: 'What is no YAML cannot be formatted.' });
      else if (answer.text === text) setSaid({ tone: 'good', text: 'It is in that form already.' });
      else replaceAll(view, answer.text);
    }, say);
  }, [name, part, say, textOf]);

  const select = useCallback((from: number): void => {
    const view = editor.current?.view;
    if (!view) return;
    view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: 'center' }) });
    view.focus();
  }, []);

  const goTo = useCallback(
    (line: number, column: number): void => {
      const view = editor.current?.view;
      if (view) select(offsetIn(view.state.doc, line, column));
    },
    [select],
  );

  const showOnMap = useCallback((): void => {
    const view = editor.current?.view;
    const { graph, text, since } = placed.current;
    if (!view || graph === null) return;
    const position = view.state.selection.main.head;
    const at = since === null ? position : since.invertedDesc.mapPos(position);
    const nodes = nodesAt(graph, path, text, at);
    setShown(nodes);
    const [first] = nodes;
    if (first === undefined) setSaid({ tone: 'plain', text: 'What is written here is not on the map.' });
    else current.current.stage.choose(first);
  }, [path]);

  const acts = useRef({ save, format, showOnMap });
  acts.current = { save, format, showOnMap };

  // The editor itself: made anew where something is put beside it, with its text, selection and history.
  const original = beside === 'nothing' ? null : base.text;
  useEffect(() => {
    if (!host.current) return undefined;
    const before = editor.current;
    const made = createEditor(host.current, {
      label: `Text of ${path}`,
      from: before?.view.state ?? kept?.text ?? current.current.file.text,
      beside:
        original === null
          ? null
          : { label: beside === 'saved' ? 'The saved file' : 'The file as it is now', text: original },
      ...{ readOnly: !mayWrite, dark: current.current.stage.dark, schema },
      known: () => knownOf(placed.current.graph),
      onChange(changes) {
        placed.current.since = placed.current.since?.compose(changes) ?? changes;
        setVersion((each) => each + 1);
        setSaid(null);
        setMayForce(false);
      },
      onCursor: () => {
        setShown((list) => (list.length === 0 ? list : []));
      },
      onSave: () => void acts.current.save(),
      onShow: () => {
        acts.current.showOnMap();
      },
      onFormat: () => {
        acts.current.format();
      },
    });
    before?.destroy();
    editor.current = made;
    setVersion((each) => each + 1);
    made.view.focus();
    return undefined;
  }, [path, mayWrite, schema, kept, beside, original]);
  useEffect(
    () => () => {
      editor.current?.destroy();
      editor.current = null;
    },
    [],
  );
  useEffect(() => {
    editor.current?.setDark(dark);
  }, [dark, beside]);

  // Somebody else wrote the file, and nothing was typed here: the new text is taken.
  useEffect(() => {
    const view = editor.current?.view;
    if (!view || file.hash === current.current.base.hash || unsavedOf(path) !== undefined) return;
    replaceAll(view, file.text);
    setBase(file);
  }, [file, path]);

  useEffect(() => {
    const view = editor.current?.view;
    if (!view) return undefined;
    const text = view.state.sliceDoc();
    const changed = text !== base.text;
    setDirty(changed);
    keepUnsaved(path, changed ? { text, base } : null);
    const abort = new AbortController();
    const later = setTimeout(() => {
      setChecking(true);
      call('POST /api/topologies/:name/check', { params: { name }, body: { text, part } }, abort.signal)
        .then((answer) => {
          setChecked(answer);
          editor.current?.setProblems(answer.diagnostics, path);
          if (answer.graph !== null) placed.current = { graph: answer.graph, text: normal(text), since: null };
        })
        .catch((error: unknown) => {
          if (!abort.signal.aborted) say(error);
        })
        .finally(() => {
          if (!abort.signal.aborted) setChecking(false);
        });
    }, CHECK_AFTER_MS);
    return () => {
      clearTimeout(later);
      abort.abort();
    };
  }, [name, path, part, base, version, say]);

  useOnMap(stage, { checked, dirty, shown });
  const { onPoint } = stage;
  useEffect(() => {
    onPoint((id) => {
      current.current.stage.choose(id);
      const { graph, text, since } = placed.current;
      const node = graph?.nodes.find((each) => each.id === id);
      if (node === undefined) return;
      const at = offsetOf(node, path, text);
      if (at !== null) select(since === null ? at : since.mapPos(at));
      else if (node.place) {
        if (current.current.onElsewhere(node.place)) return;
        setSaid({ tone: 'plain', text: `It is written in ${node.place.file}, line ${String(node.place.line)}.` });
      } else setSaid({ tone: 'plain', text: 'It follows from others, and is written nowhere of its own.' });
      setShown(id === null ? [] : [id]);
    });
    return () => {
      onPoint(null);
    };
  }, [onPoint, path, select]);

  const discard = useCallback((): void => {
    const view = editor.current?.view;
    if (view) replaceAll(view, current.current.base.text);
    keepUnsaved(path, null);
    setBeside('nothing');
  }, [path]);
  return {
    ...{
      host,
      base,
      dirty,
      beside,
      setBeside,
      checked,
      checking,
      said,
      save,
      format,
      goTo,
      showOnMap,
      discard,
      mayForce,
    },
  };
}

interface OnMap {
  readonly checked: DraftChecked | null;
  readonly dirty: boolean;
  readonly shown: readonly string[];
}

/** The draft instead of the file, where it is right, with what is new; and what was asked to be shown. */
function useOnMap({ show, draw, graph }: Stage, { checked, dirty, shown }: OnMap): void {
  const draft = dirty ? (checked?.graph ?? null) : null;
  useEffect(() => {
    draw(draft === null ? null : { graph: draft, says: 'As you have written it, not saved yet' });
  }, [draw, draft]);
  const marks = useMemo(() => (draft === null ? new Map() : marksOf(graph, draft)), [graph, draft]);
  useEffect(() => {
    show({ lit: shown.length > 1 ? new Set(shown) : null, marks });
  }, [show, shown, marks]);
  useEffect(
    () => () => {
      show(null);
      draw(null);
    },
    [show, draw],
  );
}

function knownOf(graph: GraphDocument | null): Known {
  const names = (kind: string): readonly string[] =>
    (graph?.nodes ?? []).filter((node) => node.kind === kind).map(({ label }) => label);
  const [networks = [], hosts = [], guests = [], gateways = []] = SECTIONS.map((each) => names(each.slice(0, -1)));
  return { networks, hosts, guests, gateways };
}

/** One change for what differs in the middle, so that the cursor and the places of things stay. */
function replaceAll(view: EditorView, text: string): void {
  const next = Text.of(text.split(/\r\n?|\n/));
  const [before, after] = [view.state.doc.toString(), next.toString()];
  const most = Math.min(before.length, after.length);
  let from = 0;
  while (from < most && before[from] === after[from]) from += 1;
  let end = 0;
  while (end < most - from && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  view.dispatch({ changes: { from, to: before.length - end, insert: next.slice(from, next.length - end) } });
}

/** Ends of lines as the editor counts them. */
function normal(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n');
}

function sentence({ message, detail }: RequestFailed): string {
  return [message, detail ?? ''].join(' ').trim();
}
