/** The page has no style of its own inside: the policy of the server allows none. */
export const DOCS_STYLE = `:root { color-scheme: light dark; --line: light-dark(#d5dbe3, #39424e); --soft: light-dark(#f4f6f9, #1b2028); --faint: light-dark(#566171, #a2adbb);
  --read: light-dark(#0b5cad, #7db8ff); --write: light-dark(#9a4a00, #ffb066); --gone: light-dark(#b3261e, #ff9d94); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem 1.25rem 4rem; font: 15px/1.5 system-ui, sans-serif; background: light-dark(#fff, #12161c); color: light-dark(#17202b, #e4e9ef); }
h1 { font-size: 1.5rem; margin: 0 0 .5rem; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .75rem; padding-bottom: .25rem; border-bottom: 1px solid var(--line); }
h3 { font-size: 1rem; font-weight: 500; margin: 0; overflow-wrap: anywhere; }
code { font: .92em/1.4 ui-monospace, monospace; }
a { color: var(--read); }
em, small, caption, nav span { color: var(--faint); font-style: normal; }
nav ul { display: flex; flex-wrap: wrap; gap: .5rem 1.25rem; list-style: none; margin: 1rem 0 0; padding: 0; }
article { margin: .75rem 0; padding: .75rem 1rem; border: 1px solid var(--line); border-radius: 8px; background: var(--soft); }
article:target { outline: 2px solid var(--read); }
article p { margin: .25rem 0 .5rem; }
b.get { color: var(--read); } b.post, b.put { color: var(--write); } b.delete { color: var(--gone); }
table { border-collapse: collapse; width: 100%; margin: .25rem 0 .5rem; }
caption { text-align: left; font-size: .85em; }
th, td { text-align: left; font-weight: 400; padding: .2rem .9rem .2rem 0; border-top: 1px solid var(--line); vertical-align: top; }
thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
summary { cursor: pointer; width: fit-content; }
:focus-visible { outline: 2px solid var(--read); outline-offset: 2px; }
dl { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: .15rem 1rem; margin: .35rem 0 .35rem .25rem; padding-left: .75rem; border-left: 2px solid var(--line); }
dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
dt { overflow-wrap: anywhere; }
`;
