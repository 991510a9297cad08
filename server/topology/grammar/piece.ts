/** A part of a text that knows where it begins, so that what is wrong in it can be pointed at. */
export interface Piece {
  readonly text: string;
  readonly offset: number;
}

export function pieceOf(text: string): Piece {
  return trimmed({ text, offset: 0 });
}

export function trimmed({ text, offset }: Piece): Piece {
  const body = text.trimStart();
  return { text: body.trimEnd(), offset: offset + text.length - body.length };
}

/** The parts between separators, without the spaces around them. */
export function split(piece: Piece, separator: string): readonly Piece[] {
  let offset = piece.offset;
  return piece.text.split(separator).map((text) => {
    const part = trimmed({ text, offset });
    offset += text.length + separator.length;
    return part;
  });
}

/** From a character on, counted inside the piece. */
export function from({ text, offset }: Piece, start: number): Piece {
  return { text: text.slice(start), offset: offset + start };
}
