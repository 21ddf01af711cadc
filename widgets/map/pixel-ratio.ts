/** Device pixels in a CSS pixel of a picture. */
export const pixelRatio = 2;
