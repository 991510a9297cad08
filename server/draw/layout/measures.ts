/** Sizes of the picture, in the units of the map (pixels at zoom 1). */
export const PAD = 14;
export const GAP = 10;
export const HEADER = 30;
export const HEAD = 24;
export const PORT = 22;
export const LEAF = 38;
/** Room above a bus where the head of something begins. */
export const HEAD_ROOM = HEAD + 20;
export const PLAIN_ROOM = 16;
export const LEAST_PITCH = 52;
/** From a bus down to the first thing that hangs on it. */
export const DROP = 14;
export const BUS = 4;
export const JOINT = 9;
export const NETWORK_CARD = 40;
export const FABRIC = 22;
export const HOST_GAP = 44;
export const ROW_GAP = 64;
export const LEFT_GAP = 40;
export const CARD = { w: 168, h: 78 };
/** The proportions that the picture is made for; the window only scales it. */
export const STAGE = { w: 1500, h: 900 };
